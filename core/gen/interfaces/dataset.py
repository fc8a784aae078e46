"""What a data set promises: named MIDI files, each in a split."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from gen.notes.sequence import NoteSequence
from gen.system.regular import read_bytes

Split = Literal["train", "validation", "test"]

SplitRule = Callable[[bytes, NoteSequence | None], Split]
"""Decides from a file's bytes, and from its notes where they are read already, where it belongs; it may be sent to
another process."""


@dataclass(frozen=True)
class Item:
    """One MIDI file of a data set.

    Attributes:
        id: unique and stable within the data set, such as a relative path.
        split: which part of the data set it belongs to, or a rule that tells from its content; then the work is left
            to whoever reads the file, who may be one of many.
        midi: the file's bytes, or where to read them.
        metadata: what else is known, as text: ``drummer``, ``style`` … ``bpm``, a number, and ``time_signature``,
            ``4-4`` or ``4/4``, are believed over the file where windows are cut; empty ones aren't.
    """

    id: str
    split: Split | SplitRule
    midi: bytes | Path
    metadata: Mapping[str, str] = field(default_factory=dict)

    def read(self) -> bytes:
        """The bytes of the file."""
        return self.midi if isinstance(self.midi, bytes) else read_bytes(self.midi)

    def side(self, content: bytes | None = None, notes: NoteSequence | None = None) -> Split:
        """The part it belongs to, by its bytes, read where None, and its notes, where they are known."""
        if isinstance(self.split, str):
            return self.split
        return self.split(self.read() if content is None else content, notes)


@dataclass(frozen=True)
class Skipped:
    """A file that a data set found but could not offer, and why."""

    id: str
    reason: str


class DatasetSource(ABC):
    """Where MIDI files come from. Its constructor takes the options of a recipe's ``data.source`` node.

    A keyword ``path`` (``str | None``), where the constructor has one, also receives the command line's ``--data``.

    The hook ``register_datasets`` names it. A ``ValueError`` of the constructor that begins with the
    name of an option is told at that option's place in the recipe.
    """

    @property
    @abstractmethod
    def title(self) -> str:
        """One line for people: what it is, and how much of it."""

    @property
    @abstractmethod
    def licence(self) -> str:
        """The terms and the attribution they ask for, in one line."""

    @abstractmethod
    def items(self) -> Iterator[Item | Skipped]:
        """Every file, in a stable order; files that can't be offered come as `Skipped`.

        Raises:
            gen.errors.DataError: the data set is missing or damaged; the text says how to get it.
        """

    def signature(self) -> str | None:
        """A text that changes whenever `items` would give anything else, and takes little time to find.

        Names, sizes and times of files will do. None where only reading all of it tells; then all of it is read
        whenever somebody asks whether prepared examples are still good.
        """
        return None

    def fetch(self) -> Path | None:
        """Make the data available offline (download it once); None where there is nothing to fetch.

        Raises:
            gen.errors.DataError: no network, a wrong checksum, or no room.
        """
        return None
