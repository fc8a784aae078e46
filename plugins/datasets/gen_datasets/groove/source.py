"""The Groove MIDI Dataset: 13.6 hours of human drumming on an electronic kit.

Source: Gillick, Roberts, Engel, Eck and Bamman, "Learning to Groove with Inverse Sequence Transformations",
ICML 2019; https://magenta.tensorflow.org/datasets/groove. Version 1.0.0 holds 1,150 performances by ten drummers and
an official split into 897 / 124 / 129 for training, validation and test.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gen import DatasetSource, Item, Skipped
from gen.data import ZipMembers, cache_dir, download, sha256_of, stat_signature
from gen.errors import DataError, DataMissingError
from gen_datasets.groove.files import FolderFiles, ZipFiles, items_of


@dataclass(frozen=True)
class Published:
    """A file as its publisher offers it: name, address, SHA-256 in hex, length in bytes."""

    name: str
    url: str
    sha256: str
    size: int


OFFICIAL = Published(
    name="groove-v1.0.0-midionly.zip",
    url="https://storage.googleapis.com/magentadata/datasets/groove/groove-v1.0.0-midionly.zip",
    sha256="651cbc524ffb891be1a3e46d89dc82a1cecb09a57c748c7b45b844c4841dcc1e",
    size=3_260_318,
)


class Groove(DatasetSource):
    """The Groove MIDI Dataset: 1,150 human drum performances, split as published.

    It is looked for at ``path``; without one, in the folder that the environment variable ``GEN_DATA_DIR`` names,
    then in the user's cache, and at last it is downloaded there, once (3.3 MB). A folder may hold the zip archive or
    what was unpacked from it. An archive is read in place; nothing is unpacked.

    Args:
        path: the archive, or a folder with the archive or its unpacked files.
        verify: refuse an archive other than the published one. False reads any archive of the same layout.
    """

    title = "Groove MIDI Dataset v1.0.0: 1,150 drum performances by ten drummers, 13.6 hours"
    licence = (
        "CC BY 4.0, Google LLC; cite Gillick et al. 2019, Learning to Groove with Inverse Sequence "
        "Transformations (https://magenta.tensorflow.org/datasets/groove)"
    )

    def __init__(self, path: str | None = None, *, verify: bool = True) -> None:
        self._path = path
        self._verify = verify

    def items(self) -> Iterator[Item | Skipped]:
        """Every row of ``info.csv``; ids are its ``midi_filename`` column.

        Metadata: ``drummer``, ``session``, ``style``, ``bpm``, ``beat_type``, ``time_signature`` (such as ``4-4``)
        and ``duration`` in seconds.

        Raises:
            DataMissingError: it is nowhere and can't be downloaded.
            DataError: the archive is damaged, hostile or not the published one, ``info.csv`` is missing or lacks a
                column, or ``path`` or ``GEN_DATA_DIR`` lead nowhere.
        """
        place = self.fetch()
        if place.is_dir():
            yield from items_of(FolderFiles(place))
        else:
            with ZipMembers(place) as members:
                yield from items_of(ZipFiles(members))

    def signature(self) -> str:
        """Names, sizes and times of the archive, or of the unpacked files."""
        place = self._find() or self._download()
        return stat_signature(sorted(place.rglob("*")) if place.is_dir() else [place])

    def fetch(self) -> Path:
        """Where the data set is; downloads it if it is nowhere. Raises what `items` does."""
        place = self._find() or self._download()
        if self._verify and place.is_file() and (found := sha256_of(place)) != OFFICIAL.sha256:
            raise DataError(
                f"{place} is not the published {OFFICIAL.name}: its sha256 is {found}, published is "
                f"{OFFICIAL.sha256}. Fetch it again, or set data.source.verify to false to read it as it is."
            )
        return place

    def _find(self) -> Path | None:
        """The archive, or the folder that ``midi_filename`` starts from; None if it must be downloaded."""
        if self._path is not None:
            path = Path(os.path.expanduser(self._path))  # noqa: PTH111 - unlike Path's, it never raises
            if not path.exists():
                raise DataError(f"no Groove MIDI Dataset at {path}: there is no such file or folder")
            found = _inside(path) if path.is_dir() else path
            if found is None:
                raise DataError(f"{path} holds neither {OFFICIAL.name} nor info.csv nor groove/info.csv")
            return found
        if folder := os.environ.get("GEN_DATA_DIR"):
            path = Path(os.path.expanduser(folder))  # noqa: PTH111
            if not path.is_dir():
                raise DataError(f"GEN_DATA_DIR is {folder!r}, which is not a folder")
            if found := _inside(path):
                return found
        cached = cache_dir() / OFFICIAL.name
        return cached if cached.is_file() and sha256_of(cached) == OFFICIAL.sha256 else None

    def _download(self) -> Path:
        print(f"Downloading the Groove MIDI Dataset ({OFFICIAL.size / 1e6:.1f} MB). {self.licence}", file=sys.stderr)
        try:
            return download(OFFICIAL.url, cache_dir() / OFFICIAL.name, sha256=OFFICIAL.sha256, size=OFFICIAL.size)
        except DataError as error:
            raise DataMissingError(
                f"the Groove MIDI Dataset could not be downloaded: {error}\n"
                f"Fetch {OFFICIAL.url} on any machine, then pass the file with --data, or put it in a folder and set "
                "GEN_DATA_DIR to that folder."
            ) from error


def _inside(folder: Path) -> Path | None:
    """What ``folder`` holds: the archive, which can be checked, before unpacked files, which can't."""
    if (folder / OFFICIAL.name).is_file():
        return folder / OFFICIAL.name
    return next((place for place in (folder, folder / "groove") if (place / "info.csv").is_file()), None)
