"""Which pieces belong together, and which side of a split they are on, whatever else is there."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from gen import NoteSequence, read_midi
from gen.data import signature
from gen.errors import MidiError
from gen.interfaces import Split


@dataclass(frozen=True)
class ByMusic:
    """A rule for `gen.Item.split`: the side that a piece's signature is on; for files that can't be read, their bytes'.

    The two parts held out come from either end: a change of one moves nothing into or out of the other.

    Raises:
        ValueError: a part is negative, or nothing is left to train on.
    """

    validation: float
    test: float

    def __post_init__(self) -> None:
        if not (self.validation >= 0 and self.test >= 0 and self.validation + self.test < 1):
            raise ValueError(
                f"validation {self.validation} and test {self.test} must not be negative and must leave a part for "
                "training"
            )

    def __call__(self, content: bytes, notes: NoteSequence | None = None) -> Split:
        """The side that a file is on."""
        try:
            number = signature(read_midi(content) if notes is None else notes)
        except MidiError:
            number = None
        return self.side(signature_of_bytes(content) if number is None else number)

    def side(self, number: int) -> Split:
        """The side that a signature is on."""
        place = fraction(number)
        if place < self.test:
            return "test"
        return "validation" if place >= 1.0 - self.validation else "train"


def signature_of_bytes(data: bytes) -> int:
    """The same kind of number as `gen.data.signature` for what can't be read as music: equal bytes, equal number."""
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big")


def fraction(number: int) -> float:
    """A number spread evenly over [0, 1); signatures themselves are the smallest of many, and so all small."""
    return signature_of_bytes(number.to_bytes(8, "big")) / 2.0**64


def families(marks: Sequence[Sequence[Hashable]]) -> list[int]:
    """For each piece the place of the first piece of its family, which no split divides.

    Pieces that share a mark, such as a title or a signature, or are joined by a chain of such, are of one family.
    """
    parent = list(range(len(marks)))

    def head(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    first_with: dict[Hashable, int] = {}
    for at, own in enumerate(marks):
        for mark in own:
            one, other = sorted((head(at), head(first_with.setdefault(mark, at))))
            parent[other] = one
    return [head(at) for at in range(len(marks))]
