"""The chord of every token of a performance.

Source: note_seq, chords_lib.py (event_list_chords).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gen.notes import steps_from_seconds
from gen.notes.chords import ChordEncoding, ChordError
from gen_converters.common.arrays import Bools, Ints
from gen_converters.common.conditioning import classes_of
from gen_converters.multitrack.pieces import PartCut

_NO_CHORD = 0
_UNKNOWN = -1


@dataclass(frozen=True, eq=False)
class PieceChords:
    """Which chord holds at each step of each piece; every piece begins with no chord, at a step before its first."""

    steps: Ints  # [P], how long each piece is; past that its last chord holds
    piece: Ints  # where chords begin, ascending
    step: Ints
    chord: Ints  # the class of each, -1 where it has none
    clashes: Bools  # [P], pieces in which two chords begin at one step
    problem: ChordError | None  # why the first chord that has no class hasn't

    def at(self, piece: Ints, step: Ints) -> Ints:
        """The class at each step of a piece; -1 where the chord has none."""
        room = int(self.steps.max(initial=0)) + 2
        where = piece * room + np.minimum(step, self.steps[piece] - 1) + 1
        held: Ints = self.chord[np.searchsorted(self.piece * room + self.step + 1, where, side="right") - 1]
        return held


def piece_chords(cuts: Sequence[PartCut], steps: Ints, encoding: ChordEncoding) -> PieceChords:
    """Lay chords on the ``steps`` of the pieces of all parts, ``[P]``; what holds where a piece begins is its first."""
    numbers: dict[str, int] = {}
    laid = []
    first = 0
    for cut in cuts:
        ordered = sorted(cut.chords, key=lambda chord: chord.time)
        time = np.array([chord.time for chord in ordered], np.float64)
        number = np.array([numbers.setdefault(chord.text, len(numbers)) for chord in ordered], np.int64)
        earliest = np.maximum(np.searchsorted(time, cut.begin, side="right") - 1, 0)
        counts = np.maximum(np.searchsorted(time, cut.stop, side="left") - earliest, 0)
        piece = np.repeat(np.arange(len(cut.begin)), counts)
        row = np.arange(len(piece)) - (np.cumsum(counts) - counts - earliest)[piece]
        step = steps_from_seconds(np.maximum(time[row] - cut.begin[piece], 0.0), cut.grid.steps_per_second)
        laid.append((piece + first, step, number[row]))
        first += len(cut.begin)
    piece, step, number = (np.concatenate(columns) for columns in zip(*laid, strict=True))
    heard = step < steps[piece]
    piece, step, number = piece[heard], step[heard], number[heard]
    clashes = np.zeros(len(steps), np.bool_)
    clashes[piece[1:][(np.diff(piece) == 0) & (np.diff(step) == 0) & (np.diff(number) != 0)]] = True

    classes, problems = classes_of(list(numbers), encoding, none=_UNKNOWN)
    problem = next(iter(problems.values()), None)
    piece = np.append(np.arange(len(steps)), piece)
    step = np.append(np.full(len(steps), -1), step)
    chord = np.append(np.full(len(steps), _NO_CHORD), classes[number])
    order = np.argsort(piece, kind="stable")
    return PieceChords(steps, piece[order], step[order], chord[order], clashes, problem)
