"""A clip as a WAV file."""

from __future__ import annotations

import io
import wave
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from gen.errors import GenError, UsageError
from gen.midi.writing import midi_bytes
from gen.music.sound.synthesis import RATE, TAIL, synthesise
from gen.notes.sequence import NoteSequence
from gen.system import regular
from gen.system.files import write_atomically
from gen.system.spelling import hint

Synth = Literal["auto", "soundfont", "plain"]
"""``soundfont`` is of the extra ``gen-music[sound]``, ``plain`` needs none; ``auto`` takes the better that is there."""

LONGEST = 3600.0
"""Seconds of sound at the most: more fills the memory, and comes of a mistake in a file."""

_FONT_GAIN = 2.5  # the font is quiet: 100 made-up clips have their peaks between 0.2 and 0.4


def wav_bytes(notes: NoteSequence, *, synth: Synth = "auto") -> bytes:
    """A clip as a WAV file of 16 bits a sample; the same clip and synth give the same bytes.

    The sound font is the small General MIDI one that pretty_midi brings; ``plain`` sounds as gen's pages do.

    Raises:
        UsageError: no such synth, or the extra is not installed.
        GenError: a clip of over an hour.
    """
    if synth not in get_args(Synth):
        raise UsageError(f"no synth {synth!r}{hint(synth, get_args(Synth))} (there: {', '.join(get_args(Synth))})")
    seconds = max(notes.total_time, float(notes.end.max(initial=0.0)))
    if not seconds <= LONGEST:
        raise GenError(f"{seconds:,.0f} seconds are too long for one WAV file: give a clip of an hour or less")
    there = find_spec("midirenderer") is not None
    if synth == "soundfont" and not there:
        raise UsageError("sound fonts need midirenderer: pip install 'gen-music[sound]'; or take --synth plain")
    if synth == "soundfont" or (synth == "auto" and there):
        from midirenderer import render_wave_from

        with_tail = replace(notes, total_time=seconds + TAIL)
        samples, rate = _samples(render_wave_from(_font(), midi_bytes(with_tail)))
        return _wav(samples * min(_FONT_GAIN, 1.0 / max(float(np.abs(samples).max(initial=0.0)), 1e-9)), rate)
    return _wav(synthesise(notes)[:, np.newaxis], RATE)


def write_wav(notes: NoteSequence, path: str | Path, *, synth: Synth = "auto") -> Path:
    """Write a clip as a WAV file, whole or not at all; arguments and errors as `wav_bytes`."""
    path = Path(path)
    write_atomically(path, wav_bytes(notes, synth=synth))
    return path


@cache
def _font() -> bytes:
    """TimGM6mb, which pretty_midi installs beside its code."""
    found = find_spec("pretty_midi")
    if found is None or found.origin is None:
        raise GenError("pretty_midi isn't installed, whose sound font this needs: pip install pretty_midi")
    return regular.read_bytes(Path(found.origin).parent / "TimGM6mb.sf2")


def _samples(content: bytes) -> tuple[npt.NDArray[np.float64], int]:
    """Samples ``[S, channels]`` of a WAV file of 16 bits, and how many there are a second."""
    with wave.open(io.BytesIO(content)) as file:
        values = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())
        return values / 32768.0, file.getframerate()


def _wav(samples: npt.NDArray[np.floating], rate: int) -> bytes:
    """A WAV file of samples ``[S, channels]`` from -1 to 1."""
    with io.BytesIO() as content:
        with wave.open(content, "wb") as file:
            file.setnchannels(samples.shape[1])
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes((samples * 32767).round().astype("<i2").tobytes())
        return content.getvalue()
