"""Clips as the page draws and plays them, and as sound: read in a process of its own, within a time, at a size."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from gen.errors import GenError, UsageError
from gen.system.crew import Crew, DiedError, LateError

MOST_CLIP = 1 << 23
"""Bytes of a clip."""

_MOST_NOTES = 20_000  # that are drawn; there may be more
_LONGEST = 300.0  # seconds of sound
_SECONDS = 20.0  # for a clip
_KEPT = 64  # clips that were looked at
_MEMORY = 3 << 30  # bytes that reading it may take


class Reader:
    """Another process that reads clips; one asks it at a time."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="studio-reader")
        died = "reading this clip takes more memory than it may, or kills who reads it ({how})"
        self._crew = Crew(_read, died=died, deaths=1, limit=_SECONDS)
        self._kept: OrderedDict[bytes, dict[str, Any]] = OrderedDict()

    async def look(self, content: bytes) -> dict[str, Any]:
        """Notes and words of a clip: see `look`.

        Raises:
            GenError: it can't be read, or not within the time and the memory that there is.
        """
        key = hashlib.sha256(content).digest()
        if key not in self._kept:
            self._kept[key] = await self._ask("look", content)
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return self._kept[key]

    async def sound(self, content: bytes) -> bytes:
        """What ``gen render`` writes of a clip; errors as `look`."""
        found: bytes = await self._ask("sound", content)
        return found

    def end(self) -> None:
        """End the process; nothing can be asked afterwards."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._crew.end()

    async def _ask(self, what: str, content: bytes) -> Any:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._crew.do, what, content)
        except (DiedError, LateError) as error:
            raise UsageError(f"this clip can't be read: {error}") from error
        except MemoryError as error:
            raise UsageError("this clip can't be read: it takes too much memory") from error


def look(content: bytes) -> dict[str, Any]:
    """A clip for the page: ``notes`` as `gen.music.rolls.note_rows` has them, ``seconds`` and ``words``.

    There, too, is how many notes are ``left`` out, since they are too many to draw.

    Raises:
        MidiError: it can't be read.
    """
    from gen.midi.reading import read_midi
    from gen.music.rolls import note_rows, places, summary

    notes = read_midi(content)
    rows = note_rows(notes, timing=True)
    shown = sorted(rows)[:_MOST_NOTES] if len(rows) > _MOST_NOTES else rows
    return {
        "notes": shown,
        "seconds": max(notes.total_time, float(notes.end.max(initial=0.0))),
        "words": summary(notes, places(notes)),
        "left": len(rows) - len(shown),
    }


def sound(content: bytes) -> bytes:
    """A clip as a WAV file; a `GenError` where it can't be read, or is too long to be sent."""
    from gen.midi.reading import read_midi
    from gen.music.sound.rendering import wav_bytes

    notes = read_midi(content)
    seconds = max(notes.total_time, float(notes.end.max(initial=0.0)))
    if not seconds <= _LONGEST:
        raise GenError(f"{seconds:,.0f} seconds of sound are more than {_LONGEST:g}: take gen render in a terminal")
    return wav_bytes(notes)


def _read(what: str, content: bytes) -> Any:
    """In the other process."""
    _bound_memory()
    return {"look": look, "sound": sound}[what](content)


def _bound_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY if hard == resource.RLIM_INFINITY else min(_MEMORY, hard), hard))
