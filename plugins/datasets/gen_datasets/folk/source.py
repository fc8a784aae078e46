"""Folk tunes of three printed collections, from the corpus of the music21 package."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gen import DatasetSource, Item, NoteSequence, Skipped
from gen.data import signature, stat_signature
from gen.midi import midi_bytes
from gen_datasets.folk.abc_fields import AbcError
from gen_datasets.folk.abc_notes import notes_of
from gen_datasets.folk.abc_tune import Tune, read_tune
from gen_datasets.folk.files import COLLECTIONS, Block, Collection, blocks, corpus_folder, files_of
from gen_datasets.signature import ByMusic, families, signature_of_bytes

_NAMES: dict[Collection, str] = {
    "aird": "Aird's Airs, 1782-1801",
    "oneill": "O'Neill's Music of Ireland, 1903",
    "ryan": "Ryan's Mammoth Collection, 1883",
}
_SMALL_WORDS = frozenset({"the", "a", "an", "la", "le", "o", "of"})
_FEWEST_LETTERS = 6  # of a title that tells tunes apart; 'Jig' doesn't


class Folk(DatasetSource):
    """Fiddle and pipe tunes of Scotland, Ireland, England and America: Aird's, O'Neill's and Ryan's collections.

    About 4,200 melodies in ABC notation out of the corpus of the Python package music21, which must be installed (the
    extra ``folk``) and is not imported. They are read by gen's own reader, repeats played, and have no dynamics.

    Many a tune is in more than one collection. Tunes that share a title or a signature (`gen.data.signature`) are
    one family, and a family is on one side of the split, whichever collections are asked for.

    Args:
        collections: only these: ``aird``, ``oneill``, ``ryan``; None is all of them.
        validation: the part of the families held out to watch training by, 0 to 1.
        test: the part held out for a final test.
        program: General MIDI program of the melodies; 0, a piano, is one that melody converters take.

    Raises:
        ValueError: an option is out of range, or a collection is unknown or given twice.
    """

    licence = (
        "tunes out of copyright, transcribed by volunteers, some of whom may restrict commercial use; from "
        "the corpus of music21, see its corpus/license.txt"
    )

    def __init__(
        self,
        *,
        collections: list[Collection] | None = None,
        validation: float = 0.1,
        test: float = 0.1,
        program: int = 0,
    ) -> None:
        chosen = COLLECTIONS if collections is None else tuple(collections)
        if not chosen or len(set(chosen)) < len(chosen) or not set(chosen) <= set(COLLECTIONS):
            raise ValueError(f"collections must be some of {', '.join(COLLECTIONS)}, each once, not {collections}")
        self._rule = ByMusic(validation, test)
        if not 0 <= program <= 127:
            raise ValueError(f"program must be from 0 to 127, got {program}")
        self._chosen, self._program = chosen, program

    @property
    def title(self) -> str:
        """One line for people."""
        return "Folk tunes: " + "; ".join(_NAMES[collection] for collection in self._chosen)

    def fetch(self) -> Path:
        """The folder of the corpus; `DataMissingError`, here and below, where music21 is not installed."""
        return corpus_folder()

    def signature(self) -> str:
        """Names, sizes and times of the files."""
        return stat_signature(path for collection in COLLECTIONS for path in files_of(collection))

    def items(self) -> Iterator[Item | Skipped]:
        """The tunes, collection by collection.

        Metadata: ``title``, ``time_signature``, ``key``, ``collection``, and ``rhythm``, such as ``reel``, where it is
        known.
        """
        read = [_read(block, self._program) for collection in COLLECTIONS for block in blocks(collection)]
        found = [each for each in read if isinstance(each, _Read)]
        # a family is where the name of its first member is, which stays when collections are left out
        heads = [found[first].block.id for first in families([each.marks for each in found])]
        sides = [self._rule.side(signature_of_bytes(head.encode())) for head in heads]
        side = {each.block.id: side for each, side in zip(found, sides, strict=True)}
        for each in read:
            if isinstance(each, Skipped):
                if each.id.partition("/")[0] in self._chosen:
                    yield each
            elif each.block.collection in self._chosen:
                yield Item(each.block.id, side[each.block.id], midi_bytes(each.notes), _metadata(each))


@dataclass(frozen=True, eq=False)
class _Read:
    """A tune that was read, and the marks of its family."""

    block: Block
    tune: Tune
    notes: NoteSequence

    @property
    def marks(self) -> list[str | int]:
        name = _plain(self.tune.fields.get("T", ""))
        number = signature(self.notes)
        return [*([name] if len(name) >= _FEWEST_LETTERS else []), *([number] if number is not None else [])]


def _read(block: Block, program: int) -> _Read | Skipped:
    try:
        tune = read_tune(block.lines, first_line=block.first_line)
    except AbcError as error:
        return Skipped(block.id, f"can't be read as ABC: {error}")
    return _Read(block, tune, notes_of(tune, program=program))


def _metadata(each: _Read) -> dict[str, str]:
    tune = each.tune
    metre = tune.metre
    known = {
        "title": tune.fields.get("T", ""),
        "time_signature": "" if metre is None else f"{metre.beats}-{metre.unit}",
        "key": tune.key.name,
        "collection": each.block.collection,
        "rhythm": tune.fields.get("R", "").lower(),
    }
    return {name: value for name, value in known.items() if value}


def _plain(title: str) -> str:
    """A title without accents, punctuation, articles and what stands after a dash or in brackets."""
    bare = unicodedata.normalize("NFKD", re.split(r"\s--?\s|[(\[]", title)[0])
    words = re.findall(r"[a-z0-9]+", bare.lower().replace("'", "").replace("’", ""))
    return "".join(word for word in words if word not in _SMALL_WORDS)
