"""Any folder or archive of MIDI files, split by what the files play."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from gen import DatasetSource, Item, Skipped
from gen.data import MidiFiles, stat_signature
from gen.errors import DataMissingError
from gen_datasets.metadata import table_of
from gen_datasets.signature import ByMusic


class Folder(DatasetSource):
    """Any folder or zip archive of MIDI files, split by what they play.

    Every ``.mid``, ``.midi``, ``.kar`` and ``.rmi`` file, in any case, below the folder, in order of its path; hidden
    files and folders are left out. An archive is read in place. The split is decided file by file, from the music and
    not from the name, so it stays when files are added, removed or renamed. Copies that are transposed, played faster
    or by another hand come to the same side, and so do most files that differ in a few notes; `gen.data.signature` says
    how. Files that can't be read as MIDI are split by their bytes and offered all the same: whoever reads them says
    what is wrong.

    Args:
        path: the folder or the archive (the command line's ``--data``).
        validation: the part of the files held out to watch training by, 0 to 1; how many it is depends on chance.
        test: the part held out for a final test. Changing ``validation`` doesn't move files into or out of it.
        table: a CSV file in there that says what is known of the files, such as ``metadata.csv``: a column ``file`` has
            the path of each, and every other column is a label. Files that it doesn't name have none.

    Raises:
        ValueError: a part is negative, or nothing is left to train on.
    """

    licence = "your own files, under their own terms"

    def __init__(
        self, path: str | None = None, *, validation: float = 0.1, test: float = 0.1, table: str | None = None
    ) -> None:
        self._path = path
        self._table = table
        self._rule = ByMusic(validation, test)

    @property
    def title(self) -> str:
        """One line for people."""
        return f"MIDI files below {self._path or 'a folder of yours'}"

    def items(self) -> Iterator[Item | Skipped]:
        """Every file; the id is its path below the folder, written with ``/``.

        Raises:
            DataMissingError: no folder was given.
            DataError: there is none, it holds no MIDI file, an archive is refused, or there is no such table.
        """
        first_with: dict[bytes, str] = {}
        with MidiFiles(self.fetch()) as files:
            known = table_of(self.fetch(), self._table, list(files)) if self._table else {}
            for file in files:
                data = file.read()
                if isinstance(data, str):
                    yield Skipped(file.name, data)
                    continue
                original = first_with.setdefault(hashlib.sha256(data).digest(), file.name)
                if original != file.name:
                    yield Skipped(file.name, f"duplicate of {original}")
                else:
                    yield Item(file.name, self._rule, data if file.archive else file.path, known.get(file.name, {}))

    def signature(self) -> str:
        """Names, sizes and times of the files and of their table, or of the archive."""
        with MidiFiles(self.fetch()) as files:
            table = [] if self._table is None else [self.fetch() / self._table]
            return stat_signature([*(file.path for file in files), *table])

    def fetch(self) -> Path:
        """Where the files are; `DataMissingError` where no folder was given."""
        if self._path is None:
            raise DataMissingError("no folder of MIDI files was given: pass --data FOLDER, or set data.source.path")
        return Path(self._path)
