"""What a studio made, in its folder: each thing a folder of its own, whole or not there, so that nothing can be lost.

``0002-vary/`` holds the files that a command wrote and ``entry.json``, which says how they came to be. Whatever else
is in the studio's folder is let alone.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gen.errors import UsageError
from gen.system import regular
from gen.system.files import directory_atomically, json_text, write_atomically

Place = tuple[int, str]
"""An entry by its number, and one of its files by its name."""

_ABOUT = "entry.json"
_FOLDER = re.compile(r"(\d{4,9})-[a-z]{1,20}")
_UNFINISHED = re.compile(r"\.\d{4,9}-[a-z]{1,20}\.\d+\.(tmp|old)")
_NAME = re.compile(r"\w[^/\\\0]{0,199}\.(mid|html)")
_MOST_ABOUT = 1 << 18  # bytes
_MOST_FILES = 200
LONGEST_NAME = 100
"""Bytes of a file's name, so that two of them and what a command adds fit into one."""
SPARE = 1 << 27
"""Bytes that stay free on the disk."""


@dataclass(frozen=True)
class Entry:
    """Something that was written.

    Attributes:
        number: counts up.
        verb: the command's name, or ``clip`` for one that was brought.
        files: MIDI files, and pages, by their names; the first is what there is to see.
        said: what was kept and what changed, in sentences.
        command: the words after ``gen`` that make it again in a terminal in the studio's folder.
        of: files that it was made of.
        after: what was looked at when it was asked for: where undo goes.
    """

    number: int
    verb: str
    files: tuple[str, ...]
    said: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    of: tuple[Place, ...] = ()
    after: Place | None = None

    @property
    def folder(self) -> str:
        """The name of its folder."""
        return f"{self.number:04d}-{self.verb}"


@dataclass(frozen=True)
class Written:
    """What filled the folder of an entry says of it."""

    files: tuple[str, ...]
    said: tuple[str, ...] = ()


class History:
    """The entries of a folder, in the order in which they came to be there; safe for several threads.

    Args:
        root: the studio's folder, which is there and which nobody else writes to.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._lock = threading.Lock()
        self._entries: list[Entry] = []
        self._last = 0
        for path in sorted(root.iterdir()):
            if _UNFINISHED.fullmatch(path.name):
                regular.remove_tree(path)
            elif found := _FOLDER.fullmatch(path.name):
                self._last = max(self._last, int(found[1]))
                entry = _read(path, int(found[1]))
                self._entries += [entry] if entry is not None else []
        self._entries.sort(key=lambda entry: entry.number)

    def since(self, count: int) -> list[Entry]:
        """The entries behind the first so many."""
        with self._lock:
            return self._entries[max(0, count) :]

    def add(
        self,
        verb: str,
        fill: Callable[[Path], Written],
        *,
        command: Sequence[str] = (),
        of: Sequence[Place] = (),
        after: Place | None = None,
    ) -> Entry:
        """Let an entry's folder be filled, and keep it once it is whole; where filling fails, nothing is there.

        Raises:
            UsageError: the disk is nearly full.
        """
        if regular.free_space(self.root) < SPARE:
            raise UsageError(f"the disk of {self.root} is nearly full: make room, or give another --out")
        with self._lock:
            self._last += 1
            number = self._last
        with directory_atomically(self.root / f"{number:04d}-{verb}") as folder:
            written = fill(folder)
            entry = Entry(number, verb, written.files, written.said, tuple(command), tuple(of), after)
            write_atomically(folder / _ABOUT, json_text(asdict(entry), indent=1) + "\n")
        with self._lock:
            self._entries.append(entry)
        return entry

    def path(self, place: Place) -> Path:
        """Where a file of an entry lies; a `UsageError` where there is none."""
        with self._lock:
            entry = next((each for each in self._entries if each.number == place[0]), None)
        if entry is None or place[1] not in entry.files:
            raise UsageError(f"there is no {place[1][:80]!r} of entry {place[0]}")
        return self.root / entry.folder / place[1]

    def read(self, place: Place, *, most: int) -> bytes:
        """The content of a file of an entry, which no link leads out of."""
        path = self.path(place)
        if path.is_symlink() or path.parent.is_symlink():
            raise UsageError(f"a link has taken the place of {path.name}")
        return regular.read_bytes(path, most=most)


def file_name(text: str) -> str:
    """The name that a clip is kept under, of whatever it is called."""
    stem = re.sub(r"[^\w .+-]", "_", text.replace("\\", "/").rpartition("/")[2])
    return shortened(re.sub(r"\.midi?$", "", stem, flags=re.IGNORECASE) + ".mid")


def shortened(name: str) -> str:
    """A file's name that isn't too long: of one that each verb made longer, what came last."""
    stem, dot, ending = name.rpartition(".")
    last = stem.encode("utf-8", "ignore")[-LONGEST_NAME:].decode("utf-8", "ignore").strip(" .-+_")
    return f"{last or 'clip'}{dot}{ending}"


def _read(folder: Path, number: int) -> Entry | None:
    """The entry of a folder; None where it is none of ours."""
    try:
        if folder.is_symlink() or (folder / _ABOUT).is_symlink():
            return None
        found = regular.read_json(folder / _ABOUT, most=_MOST_ABOUT)
        entry = Entry(
            number,
            str(found["verb"]),
            tuple(map(str, found["files"])),
            tuple(map(str, found["said"])),
            tuple(map(str, found["command"])),
            tuple(_place(each) for each in found["of"]),
            None if found["after"] is None else _place(found["after"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    right = found.get("number") == number and folder.name == entry.folder and 0 < len(entry.files) <= _MOST_FILES
    return entry if right and all(map(_is_there, [folder / name for name in entry.files])) else None


def _is_there(path: Path) -> bool:
    return bool(_NAME.fullmatch(path.name)) and not path.is_symlink() and path.is_file()


def _place(value: Any) -> Place:
    number, name = value
    if type(number) is not int or not isinstance(name, str):
        raise ValueError("no place")
    return number, name
