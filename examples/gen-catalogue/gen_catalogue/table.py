"""The table of a catalogue: one row a file, from CSV."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

import gen

REQUIRED = "file"
SPLITS = get_args(gen.interfaces.Split)
_MOST_BYTES = 64 << 20


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes:
        line: of the table, from 1.
        file: path below the catalogue's folder, or in its archive.
        split: as the column ``split`` says; empty where it says nothing.
        family: what the column ``family`` says; empty where it says nothing.
        metadata: all other columns that aren't empty.
    """

    line: int
    file: str
    split: str
    family: str
    metadata: dict[str, str]

    def side(self, validation: float, test: float) -> gen.interfaces.Split:
        """The part it belongs to: what it says, or else by chance, the same for all of a family and for ever.

        Args:
            validation, test: the parts held out, 0 to 1.
        """
        if self.split:
            return next(split for split in SPLITS if split == self.split)
        digest = hashlib.sha256((self.family or self.file).encode()).digest()
        place = int.from_bytes(digest[:8], "big") / 2**64  # from 0 up to but not including 1
        return "test" if place < test else "validation" if place < test + validation else "train"


def read_table(content: bytes, name: str) -> Iterator[Row]:
    """The rows of a table in order.

    Args:
        content: of the file, UTF-8, with a line of column names; ``file`` is one of them.
        name: what to call it in messages.

    Raises:
        gen.errors.DataError: it can't be read as such a table; the text names the line.
    """
    if len(content) > _MOST_BYTES:
        raise gen.errors.DataError(f"{name}: {len(content):,} bytes are too many for a table")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise gen.errors.DataError(f"{name}: not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = [column.strip() for column in reader.fieldnames or ()]
        if REQUIRED not in columns or len(set(columns)) < len(columns):
            raise gen.errors.DataError(
                f"{name}:1: the first line must name the columns, each once, {REQUIRED!r} among them; it has "
                f"{', '.join(map(repr, columns)) or 'none'}"
            )
        reader.fieldnames = columns
        for record in reader:
            yield _row(record, reader.line_num, name)
    except csv.Error as error:
        raise gen.errors.DataError(f"{name}:{reader.line_num}: not CSV: {error}") from error


def _row(record: dict[str | None, str | list[str] | None], line: int, name: str) -> Row:
    values = {column: value.strip() for column, value in record.items() if column and isinstance(value, str)}
    if None in record or len(values) < len(record):
        raise gen.errors.DataError(f"{name}:{line}: has more or fewer values than there are columns")
    file, split, family = (values.pop(column, "") for column in (REQUIRED, "split", "family"))
    if not file:
        raise gen.errors.DataError(f"{name}:{line}: names no file")
    if split and split not in SPLITS:
        raise gen.errors.DataError(f"{name}:{line}: split is {split!r}; it must be {', '.join(SPLITS)}, or empty")
    return Row(line, file, split, family, {column: value for column, value in values.items() if value})
