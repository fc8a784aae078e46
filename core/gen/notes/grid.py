"""Seconds to steps on a grid relative to the tempo (note_seq, sequences_lib: quantize_note_sequence).

A step index is ``floor(t * steps_per_second + 0.5)`` for non-negative times: exactly half a step rounds up.
The sum is truncated towards zero, so a note up to one and a half steps early still lands on step 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gen.notes.sequence import DEFAULT_QPM, FloatColumn, IntColumn, NoteSequence


class QuantisationError(ValueError):
    """A sequence doesn't fit one grid. ``code`` is one of tempo-change, metre-change, bad-tempo, bad-metre,
    negative-time."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


@dataclass(frozen=True, eq=False)
class Grid:
    """Where the notes of a sequence fall on a step grid.

    Attributes:
        start_step, end_step: int64 ``[N]``, in the order of the sequence's notes; an end is at least a step later.
        total_steps: steps up to the last end, or to ``total_time`` where that is later.
        steps_per_quarter: resolution asked for.
        qpm: the one tempo, quarter notes a minute.
        numerator, denominator: the one time signature.
    """

    start_step: IntColumn
    end_step: IntColumn
    total_steps: int
    steps_per_quarter: int
    qpm: float
    numerator: int
    denominator: int

    @property
    def steps_per_bar(self) -> float:
        """Steps in a bar; not whole for metres such as 7/8 on a coarse grid."""
        return self.steps_per_quarter * 4.0 * self.numerator / self.denominator

    @property
    def ends_silent(self) -> bool:
        """Whether the sequence says that it is longer than its notes."""
        return self.total_steps > int(self.end_step.max(initial=0))

    @property
    def seconds_per_step(self) -> float:
        """Length of a step in seconds."""
        return 60.0 / self.qpm / self.steps_per_quarter

    @property
    def steps_per_second(self) -> float:
        """Steps in a second, rounded as `quantise` rounds it."""
        return self.steps_per_quarter * self.qpm / 60.0


def steps_from_seconds(time: FloatColumn, steps_per_second: float) -> IntColumn:
    """Nearest step of each time, any shape: halves up, truncated towards zero."""
    steps: IntColumn = (time * steps_per_second + 0.5).astype(np.int64)  # which drops the fraction
    return steps


def _single(
    kind: str, times: FloatColumn, values: Sequence[tuple[float, ...]], default: tuple[float, ...]
) -> tuple[float, ...]:
    """The one value that holds throughout; an implicit default holds before the first event."""
    if not values:
        return default
    if len(values) == 1 and times[0] == 0:
        return values[0]
    order = np.argsort(times, kind="stable")
    first = values[order[0]]
    if times[order[0]] != 0 and first != default:
        raise QuantisationError(
            f"{kind}-change",
            f"{kind} is {_show(default)} at 0 s and {_show(first)} at {times[order[0]]:.3f} s",
        )
    for index in order[1:]:
        if values[index] != values[0]:
            raise QuantisationError(
                f"{kind}-change",
                f"{kind} changes from {_show(values[0])} to {_show(values[index])} at {times[index]:.3f} s",
            )
    return values[0]


def _show(value: tuple[float, ...]) -> str:
    return "/".join(str(part) for part in value) if len(value) > 1 else f"{value[0]:g} qpm"


def quantise(notes: NoteSequence, steps_per_quarter: int = 4) -> Grid:
    """Lay a sequence, of one tempo and one metre throughout, on a grid; 4 steps to the quarter note are sixteenths.

    Raises:
        QuantisationError: the tempo or metre changes, the tempo is not above zero, the metre is not a power-of-two
            one, or a note lies more than one and a half steps before zero.
    """
    signatures = notes.time_signatures
    metres = list(zip(signatures.numerator.tolist(), signatures.denominator.tolist(), strict=True))
    numerator, denominator = (int(part) for part in _single("metre", signatures.time, metres, (4, 4)))
    if numerator < 1 or denominator < 1 or denominator & (denominator - 1):
        raise QuantisationError("bad-metre", f"time signature {numerator}/{denominator} has no beat to count in")
    (qpm,) = _single("tempo", notes.tempos.time, [(q,) for q in notes.tempos.qpm.tolist()], (DEFAULT_QPM,))
    if not (math.isfinite(qpm) and qpm > 0):
        raise QuantisationError("bad-tempo", f"{qpm:g} quarter notes a minute is no tempo")

    steps_per_second = steps_per_quarter * qpm / 60.0
    start = steps_from_seconds(notes.start, steps_per_second)
    end = steps_from_seconds(notes.end, steps_per_second)
    end += end == start
    if start.min(initial=0) < 0 or end.min(initial=0) < 0:
        early = np.flatnonzero((start < 0) | (end < 0))
        raise QuantisationError("negative-time", f"note {early[0]} starts {-notes.start[early[0]]:.3f} s before zero")
    total = max(int(steps_from_seconds(np.float64(notes.total_time), steps_per_second)), int(end.max(initial=0)))
    return Grid(start, end, total, steps_per_quarter, qpm, numerator, denominator)
