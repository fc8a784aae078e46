"""The files of the Groove MIDI Dataset in a folder or an archive, and its table of contents ``info.csv``."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import get_args

from gen import Item, Skipped
from gen.data import ZipMembers, read_file, safe_relative
from gen.errors import DataError
from gen.interfaces import Split

_SPLITS: tuple[Split, ...] = get_args(Split)
_METADATA = ("drummer", "session", "style", "bpm", "beat_type", "time_signature", "duration")
_COLUMNS = ("midi_filename", "split", *_METADATA)


class FolderFiles:
    """Unpacked files below ``folder``, which holds ``info.csv``; ``index`` is how messages call that."""

    def __init__(self, folder: Path) -> None:
        self._folder = Path(os.path.realpath(folder))
        self.index = str(folder / "info.csv")

    def table(self) -> bytes:
        """The bytes of ``info.csv``."""
        return read_file(self._folder / "info.csv")

    def get(self, name: str) -> Path | str:
        """The path of a file that is there, is not empty, and lies below the folder even through links; or why not."""
        # realpath and isfile, because Path's own raise on loops of links and on names too long
        path = Path(os.path.realpath(self._folder / name)) if safe_relative(name) else None
        if path is None or not path.is_relative_to(self._folder):
            return "its name leads out of the data set's folder"
        if not os.path.isfile(path):  # noqa: PTH113
            return f"listed in {self.index} but not there"
        return path if path.stat().st_size else "the file is empty"


class ZipFiles:
    """Files inside an archive, below the folder that holds ``info.csv``."""

    def __init__(self, members: ZipMembers) -> None:
        tables = [name for name in members if name.rpartition("/")[2] == "info.csv" and name.count("/") <= 1]
        if len(tables) != 1:
            count = "no info.csv" if not tables else "more than one info.csv: " + ", ".join(tables)
            raise DataError(f"{members.path} is not the Groove MIDI Dataset: it holds {count}")
        self._members = members
        self._table = tables[0]
        self._prefix = tables[0].removesuffix("info.csv")
        self.index = f"{members.path}:{self._table}"

    def table(self) -> bytes:
        """The bytes of ``info.csv``."""
        return self._members.read(self._table)

    def get(self, name: str) -> bytes | str:
        """The bytes of a member, or, as text, why it can't be had."""
        if self._prefix + name not in self._members:
            return f"listed in {self.index} but not in the archive"
        try:
            return self._members.read(self._prefix + name) or "the file is empty"
        except DataError as error:
            return str(error)


Files = FolderFiles | ZipFiles


def items_of(files: Files) -> Iterator[Item | Skipped]:
    """The rows of ``info.csv`` in order; the first of those that name one file holds."""
    seen: set[str] = set()
    try:
        table = csv.DictReader(io.StringIO(files.table().decode("utf-8-sig"), newline=""), strict=True)
        missing = [name for name in _COLUMNS if name not in (table.fieldnames or ())]
        if missing:
            raise DataError(f"{files.index} lacks {'column' if len(missing) == 1 else 'columns'} {', '.join(missing)}")
        for row in table:
            cells = {name: (row[name] or "").strip() for name in _COLUMNS}
            yield _item(files, cells, f"{files.index} line {table.line_num}", seen)
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{files.index} can't be read as a table: {error}") from error


def _item(files: Files, cells: Mapping[str, str], place: str, seen: set[str]) -> Item | Skipped:
    name = cells["midi_filename"]
    if not name:
        return Skipped(place, "the row names no file")
    split = next((known for known in _SPLITS if known == cells["split"]), None)
    if split is None:
        return Skipped(name, f"{place}: split {cells['split']!r} is none of {', '.join(_SPLITS)}")
    if name in seen:
        return Skipped(name, f"{files.index} lists it twice; the first row holds")
    seen.add(name)
    midi = files.get(name)
    if isinstance(midi, str):
        return Skipped(name, midi)
    return Item(name, split, midi, {key: cells[key] for key in _METADATA})
