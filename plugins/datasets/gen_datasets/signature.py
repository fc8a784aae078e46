"""Which side of a split a piece is on: decided by what it plays (`gen.data.signature`), whatever else is there."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from gen import NoteSequence, read_midi
from gen.data import signature
from gen.errors import MidiError
from gen.interfaces import Split


@dataclass(frozen=True)
class ByMusic:
    """A rule for `gen.Item.split`: the side that a piece's signature is on; for files that can't be read, their bytes'.

    Attributes:
        validation, test: the parts of the pieces held out.
    """

    validation: float
    test: float

    def __call__(self, content: bytes, notes: NoteSequence | None = None) -> Split:
        """The side that a file is on."""
        try:
            number = signature(read_midi(content) if notes is None else notes)
        except MidiError:
            number = None
        place = fraction(signature_of_bytes(content) if number is None else number)
        return split_at(place, validation=self.validation, test=self.test)


def signature_of_bytes(data: bytes) -> int:
    """The same kind of number as `gen.data.signature` for what can't be read as music: equal bytes, equal number."""
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big")


def fraction(number: int) -> float:
    """A number spread evenly over [0, 1); signatures themselves are the smallest of many, and so all small."""
    digest = hashlib.blake2b(number.to_bytes(8, "big"), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2.0**64


def split_at(place: float, *, validation: float, test: float) -> Split:
    """The side of a split that a place in [0, 1) is on: the test part from one end, validation from the other.

    So a change of one part moves nothing into or out of the other.
    """
    if place < test:
        return "test"
    return "validation" if place >= 1.0 - validation else "train"
