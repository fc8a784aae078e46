"""The chord of every token of a performance.

Source: note_seq, chords_lib.py (event_list_chords).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gen.notes import Chord, steps_from_seconds
from gen.notes.chords import ChordEncoding, ChordError

Numbers = npt.NDArray[np.int64]
Times = npt.NDArray[np.float64]

_NO_CHORD = 0
_UNKNOWN = -1


@dataclass(frozen=True, eq=False)
class PieceChords:
    """Which chord holds at each step of each piece.

    Attributes:
        steps: how long each piece is; past that its last chord holds. ``[P]``
        piece, step: where chords begin, ascending; every piece begins with no chord, at a step before its first.
        chord: the class of each, -1 where it has none.
        clashes: pieces in which two chords begin at one step, boolean ``[P]``.
        problem: why the first chord that has no class hasn't.
    """

    steps: Numbers
    piece: Numbers
    step: Numbers
    chord: Numbers
    clashes: npt.NDArray[np.bool_]
    problem: ChordError | None

    def at(self, piece: Numbers, step: Numbers) -> Numbers:
        """The class at each step of a piece; -1 where the chord has none."""
        room = int(self.steps.max(initial=0)) + 2
        where = piece * room + np.minimum(step, self.steps[piece] - 1) + 1
        held: Numbers = self.chord[np.searchsorted(self.piece * room + self.step + 1, where, side="right") - 1]
        return held


class PartChords(NamedTuple):
    """The chords of a part, and where it is cut.

    Attributes:
        chords: in any order, times from the start of the part.
        begin, stop: of each of its pieces in seconds.
        steps_per_second: its grid.
    """

    chords: Sequence[Chord]
    begin: Times
    stop: Times
    steps_per_second: float


def piece_chords(parts: Sequence[PartChords], steps: Numbers, encoding: ChordEncoding) -> PieceChords:
    """Lay chords on the steps of pieces; one that holds where a piece begins is the piece's first.

    Args:
        parts: one after another.
        steps: of each piece of them all, ``[P]``.
        encoding: the classes.
    """
    numbers: dict[str, int] = {}
    laid = []
    first = 0
    for part in parts:
        laid.append(_laid(part, first, numbers))
        first += len(part.begin)
    piece, step, number = (np.concatenate(columns) for columns in zip(*laid, strict=True))
    heard = step < steps[piece]
    piece, step, number = piece[heard], step[heard], number[heard]
    clashes = np.zeros(len(steps), np.bool_)
    clashes[piece[1:][(np.diff(piece) == 0) & (np.diff(step) == 0) & (np.diff(number) != 0)]] = True

    classes = np.full(len(numbers), _UNKNOWN)
    problem: ChordError | None = None
    for text, index in numbers.items():
        try:
            classes[index] = encoding.encode(text)
        except ChordError as error:
            problem = problem or error
    piece = np.append(np.arange(len(steps)), piece)
    step = np.append(np.full(len(steps), -1), step)
    chord = np.append(np.full(len(steps), _NO_CHORD), classes[number])
    order = np.argsort(piece, kind="stable")
    return PieceChords(steps, piece[order], step[order], chord[order], clashes, problem)


def _laid(part: PartChords, first: int, numbers: dict[str, int]) -> tuple[Numbers, Numbers, Numbers]:
    """Piece, step and number of each chord of each piece of a part; new symbols get the next number."""
    ordered = sorted(part.chords, key=lambda chord: chord.time)
    time = np.array([chord.time for chord in ordered], np.float64)
    number = np.array([numbers.setdefault(chord.text, len(numbers)) for chord in ordered], np.int64)
    earliest = np.maximum(np.searchsorted(time, part.begin, side="right") - 1, 0)
    counts = np.maximum(np.searchsorted(time, part.stop, side="left") - earliest, 0)
    piece = np.repeat(np.arange(len(part.begin)), counts)
    row = np.arange(len(piece)) - (np.cumsum(counts) - counts - earliest)[piece]
    step = steps_from_seconds(np.maximum(time[row] - part.begin[piece], 0.0), part.steps_per_second)
    return piece + first, step, number[row]
