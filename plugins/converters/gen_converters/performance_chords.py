"""The chord of every token of a performance.

Source: note_seq, chords_lib.py (event_list_chords).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gen import Chord, ChordEncoding, ChordError, steps_from_seconds

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


def piece_chords(
    chords: Sequence[Chord],
    begin: Times,
    stop: Times,
    steps: Numbers,
    *,
    steps_per_second: float,
    encoding: ChordEncoding,
) -> PieceChords:
    """Lay chords on the steps of pieces; one that holds where a piece begins is the piece's first.

    Args:
        chords: of the whole, in any order.
        begin, stop: where each piece begins and ends in seconds, ``[P]``.
        steps: of each piece, ``[P]``.
        steps_per_second: the grid.
        encoding: the classes.
    """
    ordered = sorted(chords, key=lambda chord: chord.time)
    time = np.array([chord.time for chord in ordered], np.float64)
    texts = list(dict.fromkeys(chord.text for chord in ordered))
    number = np.array([texts.index(chord.text) for chord in ordered], np.int64)
    classes = np.full(len(texts), _UNKNOWN)
    problem: ChordError | None = None
    for index, text in enumerate(texts):
        try:
            classes[index] = encoding.encode(text)
        except ChordError as error:
            problem = problem or error

    first = np.maximum(np.searchsorted(time, begin, side="right") - 1, 0)
    counts = np.maximum(np.searchsorted(time, stop, side="left") - first, 0)
    piece = np.repeat(np.arange(len(begin)), counts)
    row = np.arange(len(piece)) - (np.cumsum(counts) - counts - first)[piece]
    step = steps_from_seconds(np.maximum(time[row] - begin[piece], 0.0), steps_per_second)
    heard = step < steps[piece]
    piece, row, step = piece[heard], row[heard], step[heard]
    clashing = (np.diff(piece) == 0) & (np.diff(step) == 0) & (np.diff(number[row]) != 0)
    clashes = np.zeros(len(begin), np.bool_)
    clashes[piece[1:][clashing]] = True

    piece = np.append(np.arange(len(begin)), piece)
    step = np.append(np.full(len(begin), -1), step)
    chord = np.append(np.full(len(begin), _NO_CHORD), classes[number[row]])
    order = np.argsort(piece, kind="stable")
    return PieceChords(steps, piece[order], step[order], chord[order], clashes, problem)
