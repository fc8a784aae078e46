"""MIDI files that come with a table: which there are, whose they are, what each is for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import gen

from gen_catalogue.table import Row, read_table


class Catalogue(gen.DatasetSource):
    """A folder, or a zip archive, of MIDI files with a table ``catalogue.csv``.

    The table's first line names its columns. ``file`` is the path of a MIDI file beside the table; ``split`` is train,
    validation or test; where it is empty, chance decides, the same way for all files of a ``family`` (a piece and its
    arrangements, say), whatever else is in the table. All other columns become metadata. Files that the table doesn't
    name don't exist; rows whose file is missing or unreadable are skipped, and said why.

    Args:
        path: the folder or the archive, or the command line's ``--data``.
        table: name of the table.
        where: take rows with this value in some column alone, as ``column=value``; None takes all.
        validation: the part of the files without a split held out to watch training by, 0 to 1.
        test: the part of them held out for a final test.

    Raises:
        ValueError: an option is out of range.
    """

    def __init__(
        self,
        path: str | None = None,
        *,
        table: str = "catalogue.csv",
        where: str | None = None,
        validation: float = 0.1,
        test: float = 0.1,
    ) -> None:
        if not gen.data.safe_relative(table):
            raise ValueError(f"table must be a path within the folder, not {table!r}")
        if where is not None and "=" not in where:
            raise ValueError(f"where must be written column=value, not {where!r}")
        if not (validation >= 0 and test >= 0 and validation + test < 1):
            raise ValueError(
                f"validation {validation} and test {test} must not be negative and must leave a part for training"
            )
        self._path = path
        self._table = table
        self._column, _, self._value = (where or "").partition("=")
        self._validation = validation
        self._test = test

    @property
    def title(self) -> str:
        """One line for people."""
        return f"MIDI files that {self._table} names in {self._path or 'a folder of yours'}"

    @property
    def licence(self) -> str:
        """Terms, which are the table's affair."""
        return "as the owner of the files says; a column 'licence' of the table goes with each"

    def items(self) -> Iterator[gen.Item | gen.Skipped]:
        """The files in the order of the table; the id is what the table calls them.

        Raises:
            DataMissingError: no folder was given.
            DataError: there is no table, it can't be read, or it names a file twice.
        """
        place = self.fetch()
        if place.is_file():
            with gen.data.ZipMembers(place) as archive:
                if self._table not in archive:
                    raise gen.errors.DataError(f"{place} holds no {self._table}")
                for row in self._rows(archive.read(self._table), f"{place}/{self._table}"):
                    yield self._from_archive(row, archive)
            return
        table = place / self._table
        if not table.is_file():
            raise gen.errors.DataError(
                f"there is no {table}; a catalogue is a folder, or a zip archive, with a {self._table}"
            )
        for row in self._rows(table.read_bytes(), str(table)):
            yield self._from_folder(row, place)

    def signature(self) -> str | None:
        """Names, sizes and times of the table and of the files; of an archive, its own."""
        place = self.fetch()
        if place.is_file():
            return gen.data.stat_signature([place])
        table = place / self._table
        if not table.is_file():
            return None
        files = [
            place / row.file for row in self._rows(table.read_bytes(), str(table)) if gen.data.safe_relative(row.file)
        ]
        return gen.data.stat_signature([table, *(file for file in files if file.is_file())])

    def fetch(self) -> Path:
        """Where the files are.

        Raises:
            DataMissingError: no folder was given; a recipe's fallback then stands in.
            DataError: there is nothing at that place.
        """
        if self._path is None:
            raise gen.errors.DataMissingError("no catalogue was given: pass --data FOLDER, or set data.source.path")
        place = Path(self._path).expanduser()
        if not place.exists():
            raise gen.errors.DataError(f"there is no file or folder {place}")
        return place

    def _rows(self, content: bytes, name: str) -> Iterator[Row]:
        """The rows that are wanted; no file twice."""
        first: dict[str, int] = {}
        for row in read_table(content, name):
            if first.setdefault(row.file, row.line) != row.line:
                raise gen.errors.DataError(
                    f"{name}:{row.line}: {row.file!r} is there already, on line {first[row.file]}"
                )
            if not self._column or row.metadata.get(self._column) == self._value:
                yield row

    def _from_folder(self, row: Row, folder: Path) -> gen.Item | gen.Skipped:
        if not gen.data.safe_relative(row.file):
            return gen.Skipped(row.file, "the path leads out of the folder")
        file = folder / row.file
        if not file.is_file():
            return gen.Skipped(row.file, f"not there (line {row.line} of {self._table} names it)")
        return gen.Item(row.file, row.side(self._validation, self._test), file, row.metadata)

    def _from_archive(self, row: Row, archive: gen.data.ZipMembers) -> gen.Item | gen.Skipped:
        if row.file not in archive:
            return gen.Skipped(row.file, f"not there (line {row.line} of {self._table} names it)")
        try:
            midi = archive.read(row.file)
        except gen.errors.DataError as error:
            return gen.Skipped(row.file, str(error))
        return gen.Item(row.file, row.side(self._validation, self._test), midi, row.metadata)
