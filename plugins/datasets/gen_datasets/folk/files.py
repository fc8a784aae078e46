"""The ABC files of the music21 package, and the tunes in them."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from gen.data import read_file
from gen.errors import DataMissingError

Collection = Literal["aird", "oneill", "ryan"]
COLLECTIONS: tuple[Collection, ...] = get_args(Collection)

_FOLDERS: dict[Collection, str] = {"aird": "airdsAirs", "oneill": "oneills1850", "ryan": "ryansMammoth"}
_LARGEST = 1 << 22  # bytes; the largest of these files has a tenth


@dataclass(frozen=True)
class Block:
    """The text of one tune: ``id`` is the collection, the file and ``X:``; ``first_line`` counts from 1."""

    id: str
    collection: Collection
    lines: tuple[str, ...]
    first_line: int


def corpus_folder() -> Path:
    """Where music21 keeps its music; the package itself is not imported, which would take seconds.

    Raises:
        DataMissingError: it isn't installed.
    """
    try:
        found = importlib.util.find_spec("music21")
    except ValueError:  # put out of the way by a None in sys.modules
        found = None
    for place in (found.submodule_search_locations or ()) if found is not None else ():
        if (Path(place) / "corpus").is_dir():
            return Path(place) / "corpus"
    what = "is not installed" if found is None else "is installed without its corpus"
    raise DataMissingError(
        f"the folk tunes are part of the Python package music21, which {what}: pip install 'gen-music[folk]', or "
        "pip install music21"
    )


def blocks(collection: Collection) -> Iterator[Block]:
    """The tunes of a collection, file by file; `DataMissingError` where it is not here."""
    files = files_of(collection)
    if not files:
        folder = corpus_folder() / _FOLDERS[collection]
        raise DataMissingError(
            f"{folder} holds no ABC file; install music21 again: pip install --force-reinstall music21"
        )
    for path in files:
        taken: dict[str, int] = {}
        for first, lines in tunes_of(_text(path)):
            number = lines[0][2:].partition("%")[0].strip()
            taken[number] = taken.get(number, 0) + 1
            again = f"-{taken[number]}" if taken[number] > 1 else ""
            yield Block(f"{collection}/{path.stem}/{number}{again}.abc", collection, lines, first)


def files_of(collection: Collection) -> list[Path]:
    """Its files in order of name; `DataMissingError` where there is no corpus."""
    return sorted((corpus_folder() / _FOLDERS[collection]).glob("*.abc"))


def tunes_of(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """First line, counted from 1, and lines of every tune: from ``X:`` to the next empty line or ``X:``."""
    lines = text.splitlines()
    starts = [at for at, line in enumerate(lines) if line.startswith("X:")]
    for start, following in zip(starts, [*starts[1:], len(lines)], strict=True):
        end = next((at for at in range(start, following) if not lines[at].strip()), following)
        yield start + 1, tuple(lines[start:end])


def _text(path: Path) -> str:
    content = read_file(path, most=_LARGEST)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")
