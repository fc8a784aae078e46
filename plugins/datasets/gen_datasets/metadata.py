"""What a table beside MIDI files says of them: a line a file, a column a label."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from gen.data import MidiFile, ZipMembers, read_file, safe_relative
from gen.errors import DataError

_FILE = ("file", "path", "filename", "midi_filename")  # columns that name a file, in this order


def table_of(place: Path, name: str, files: list[MidiFile]) -> dict[str, dict[str, str]]:
    """The other columns of each file that a CSV file names, by the file's path below the folder or in the archive.

    Args:
        place: the folder or the archive, with its files.
        name: of the table, in there.

    Raises:
        DataError: it isn't there, can't be read, or has no column that names files.
    """
    where = f"{place}/{name}"
    archive = next((file.archive for file in files if file.archive is not None), None)
    try:
        text = _read(place, name, archive).decode("utf-8-sig")
        table = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        key = next((column for column in _FILE if column in (table.fieldnames or ())), None)
        if key is None:
            raise DataError(
                f"{where} has no column {', '.join(_FILE[:-1])} or {_FILE[-1]}, to say which file a line is of"
            )
        found: dict[str, dict[str, str]] = {}
        for row in table:
            cells = {column: (cell or "").strip() for column, cell in row.items() if isinstance(column, str)}
            found.setdefault(cells.pop(key).removeprefix("./"), cells)
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{where} can't be read as a table: {error}") from error
    return found


def _read(place: Path, name: str, archive: ZipMembers | None) -> bytes:
    if not safe_relative(name):
        raise DataError(f"data.source.table must be a file inside {place}, not {name!r}")
    return read_file(place / name) if archive is None else archive.read(name)
