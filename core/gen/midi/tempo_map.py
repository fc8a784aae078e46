"""Ticks to seconds and back, through the tempo changes of a file."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from gen.midi.events import Ints
from gen.notes.sequence import FloatColumn

DEFAULT_MICROSECONDS = 500_000  # a quarter note, where no tempo is given: 120 quarter notes a minute


class TempoMap:
    """A piecewise linear clock.

    Tempo changes are (tick, microseconds per quarter note) in order of tick. A change at tick 0 replaces the initial
    120 qpm, and one that repeats the tempo in force is left out, both as pretty_midi does.
    """

    def __init__(self, ticks_per_quarter: int, changes: Iterable[tuple[int, ...]] = ()) -> None:
        self._resolution = ticks_per_quarter
        ticks, scales = [0], [self._scale(DEFAULT_MICROSECONDS)]
        for tick, microseconds in changes:
            scale = self._scale(microseconds)
            if tick == 0:
                scales = [scale]
            elif scale != scales[-1]:
                ticks.append(tick)
                scales.append(scale)
        seconds = [0.0]
        for index in range(1, len(ticks)):
            seconds.append(seconds[-1] + scales[index - 1] * (ticks[index] - ticks[index - 1]))
        self._tick: Ints = np.array(ticks, np.int64)
        self._scales: FloatColumn = np.array(scales)  # seconds per tick
        self.time: FloatColumn = np.array(seconds)
        """When each tempo begins, in seconds."""
        self.qpm: FloatColumn = 60.0 / (self._scales * ticks_per_quarter)
        """Each tempo, in quarter notes a minute."""

    def _scale(self, microseconds: int) -> float:
        # By way of qpm, as pretty_midi has it, so that the last bits of float64 agree.
        return 60.0 / ((6e7 / microseconds) * self._resolution)

    def seconds(self, ticks: Ints) -> FloatColumn:
        """Time of each tick, in seconds."""
        # One tempo is the common case, and needs no look-up.
        index: Ints | int = np.searchsorted(self._tick, ticks, side="right") - 1 if len(self._tick) > 1 else 0
        time: FloatColumn = self.time[index] + self._scales[index] * (ticks - self._tick[index])
        return time

    def ticks(self, seconds: FloatColumn) -> Ints:
        """Nearest tick of each time; negative times are at tick 0."""
        index = np.maximum(np.searchsorted(self.time, seconds, side="right") - 1, 0)
        since: Ints = np.rint((seconds - self.time[index]) / self._scales[index]).astype(np.int64)
        ticks: Ints = np.maximum(self._tick[index] + since, 0)
        return ticks
