"""Finding MIDI files: in a folder, in a zip archive, or one alone. Nothing found there is trusted."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from gen.data.archives import ZipMembers
from gen.errors import DataError
from gen.system import regular

SUFFIXES = frozenset({".mid", ".midi", ".kar", ".rmi"})  # in any case
_LARGEST = 64 << 20  # bytes; the largest real MIDI files have a few
_RESOURCE_FORKS = "__MACOSX"  # a folder that macOS adds to archives, of files called like those they belong to


@dataclass(frozen=True)
class MidiFile:
    """A file that was found, or a folder that can't be looked into, with its problem.

    Attributes:
        name: its path below the folder, or in the archive, written with ``/``.
        path: where it is; for a member of an archive, the archive.
    """

    name: str
    path: Path
    problem: str = ""
    archive: ZipMembers | None = None

    def read(self) -> bytes | str:
        """The bytes of the file; or a text, why they can't be had."""
        if self.problem:
            return self.problem
        try:
            if self.archive is not None:
                return self.archive.read(self.name) or "the file is empty"
            if not self.path.is_file():  # reading a pipe would wait for ever
                return "not a file, or a link that leads nowhere"
            if (size := self.path.stat().st_size) > _LARGEST:
                return f"{size:,} bytes are too many for a MIDI file"
            return regular.read_bytes(self.path, most=_LARGEST) or "the file is empty"
        except (OSError, DataError) as error:
            return f"can't be read: {getattr(error, 'strerror', None) or error}"


def read_file(path: Path, *, most: int = _LARGEST) -> bytes:
    """The bytes of a file that may be anybody's.

    Raises:
        DataError: it isn't there, is a pipe or a device, or has more than ``most`` bytes.
    """
    try:
        return regular.read_bytes(path, most=most)
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror or error}") from error


class MidiFiles:
    """The MIDI files of a folder, of a zip archive, or one file by itself; use as a context manager.

    Hidden files and folders are left out, unless named. A file that is given by itself may have any name.

    Raises:
        DataError: nothing there, no MIDI file in it, or an archive that is refused (see `gen.data.ZipMembers`).
    """

    def __init__(self, path: Path) -> None:
        self._open = ExitStack()
        path = regular.at_home(path)
        if not regular.exists(path):
            raise DataError(f"there is no file or folder {path}")
        if path.is_dir():
            self._files = list(midi_files(path))
        elif path.suffix.lower() == ".zip":
            archive = self._open.enter_context(ZipMembers(path))
            self._files = [MidiFile(name, path, archive=archive) for name in archive if _is_midi(name)]
        else:
            self._files = [MidiFile(path.name, path)]
        if not self._files:
            self._open.close()
            raise DataError(f"{path} holds no MIDI file (.mid, .midi, .kar or .rmi)")

    def __enter__(self) -> MidiFiles:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def __iter__(self) -> Iterator[MidiFile]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def midi_files(root: Path) -> Iterator[MidiFile]:
    """Every ``.mid``, ``.midi``, ``.kar`` and ``.rmi`` file below a folder, in any case, in a stable order.

    Hidden files and folders are left out, and no folder is entered twice, whatever links there are. A folder that
    can't be listed comes with its problem.
    """
    entered: set[str] = set()
    pending = [root]
    while pending:
        folder = pending.pop()
        real = os.path.realpath(folder)
        if real in entered:
            continue
        entered.add(real)
        try:
            entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
        except OSError as error:
            problem = f"the folder can't be listed: {error.strerror or error}"
            yield MidiFile(folder.relative_to(root).as_posix(), folder, problem)
            continue
        # A folder that is called like a MIDI file is a folder all the same
        folders = [entry for entry in entries if os.path.isdir(entry)]  # noqa: PTH112 - unlike Path's, it never raises
        pending += reversed(folders)
        for file in sorted(set(entries).difference(folders)):
            if file.suffix.lower() in SUFFIXES:
                yield MidiFile(file.relative_to(root).as_posix(), file)


def _is_midi(name: str) -> bool:
    path = PurePosixPath(name)
    hidden = any(part.startswith(".") or part == _RESOURCE_FORKS for part in path.parts)
    return path.suffix.lower() in SUFFIXES and not hidden


def stat_signature(paths: Iterable[Path]) -> str:
    """A digest of names, sizes and times of change of files, wherever links lead; one that isn't there counts so."""
    digest = hashlib.sha256()
    for each in paths:
        path = regular.resolved(each)
        try:
            status = path.stat()
            digest.update(os.fsencode(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\0"))
        except OSError as error:
            digest.update(os.fsencode(f"{path}\0{error.errno}\0"))
    return digest.hexdigest()
