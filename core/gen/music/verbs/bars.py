"""A model's bars laid over a file's, whatever its metre and length, and windows of them over all that is played.

A model counts in bars of so many steps. A bar of the file that is shorter fills the beginning of one; a longer one is
cut into several. N hits, W bars of a window.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from gen.midi.events import Ints
from gen.music.verbs.drums import Drums
from gen.notes.sequence import FloatColumn


@dataclass(frozen=True, eq=False)
class Grid:
    """Where model bars lie in a file, through its changes of metre.

    Attributes:
        steps_per_bar: of the model.
        step: ticks of a step.
        begin, length: ticks at which each metre begins, and those of its bar.
        pieces, before: model bars of a bar, and all those before the metre.
        numbers: bars of the file before the metre.
    """

    steps_per_bar: int
    step: float
    begin: Ints
    length: FloatColumn
    pieces: Ints
    before: Ints
    numbers: Ints

    def at(self, tick: FloatColumn) -> tuple[Ints, Ints, Ints]:
        """The model bar, the step in it and the bar of the file, from 1 on, nearest to each tick."""
        near = tick + self.step / 2
        metre = np.maximum(np.searchsorted(self.begin, near, side="right") - 1, 0)
        bar = np.floor((near - self.begin[metre]) / self.length[metre]).astype(np.int64)
        inside = np.floor((near - self.begin[metre] - bar * self.length[metre]) / self.step).astype(np.int64)
        piece = np.minimum(inside // self.steps_per_bar, self.pieces[metre] - 1)
        step = np.minimum(inside - piece * self.steps_per_bar, self.steps_per_bar - 1)
        return self.before[metre] + bar * self.pieces[metre] + piece, step, self.numbers[metre] + bar + 1

    def tick(self, bar: Ints, step: Ints) -> FloatColumn:
        """The tick of a step of a model bar, not rounded."""
        metre = np.maximum(np.searchsorted(self.before, bar, side="right") - 1, 0)
        of_file, piece = np.divmod(bar - self.before[metre], self.pieces[metre])
        ticks: FloatColumn = self.begin[metre] + of_file * self.length[metre]
        ticks += (piece * self.steps_per_bar + step) * self.step
        return ticks

    def steps_in(self, bar: Ints) -> Ints:
        """How many steps of a model bar the file has: fewer where its own bar is shorter."""
        metre = np.maximum(np.searchsorted(self.before, bar, side="right") - 1, 0)
        piece = (bar - self.before[metre]) % self.pieces[metre]
        steps = np.ceil(self.length[metre] / self.step - 1e-6).astype(np.int64) - piece * self.steps_per_bar
        return np.clip(steps, 1, self.steps_per_bar)


def lay_grid(
    resolution: int, metres: Sequence[tuple[int, int, int]], *, steps_per_bar: int, steps_per_quarter: int
) -> Grid:
    """Lay model bars over a file of so many ticks a quarter note.

    Metres are ticks, from 0 on, numerators and denominators.
    """
    step = resolution / steps_per_quarter
    begin, length, pieces, before, numbers = [0], [0.0], [1], [0], [0]
    for index, (tick, numerator, denominator) in enumerate(metres):
        bar = resolution * 4.0 * numerator / denominator
        if index:  # the bar in which the metre changes may be cut short
            bars = max(1, int(np.ceil((tick - begin[-1]) / length[-1] - 1e-9)))
            begin.append(tick)
            before.append(before[-1] + bars * pieces[-1])
            numbers.append(numbers[-1] + bars)
            length.append(bar)
            pieces.append(1)
        length[-1] = max(bar, step)
        pieces[-1] = max(1, int(np.ceil(length[-1] / step / steps_per_bar - 1e-9)))
    whole = [np.array(column, np.int64) for column in (begin, pieces, before, numbers)]
    return Grid(steps_per_bar, step, whole[0], np.array(length), *whole[1:])


@dataclass(frozen=True, eq=False)
class Placed:
    """Hits on the grid: model bar, step, bar of the file, and how early in half steps, ``[N]`` each."""

    bar: Ints
    step: Ints
    number: Ints
    early: FloatColumn


def place(drums: Drums, grid: Grid) -> Placed:
    """Find the step nearest to each hit."""
    bar, step, number = grid.at(drums.tick.astype(np.float64))
    early = 2.0 * (grid.tick(bar, step) - drums.tick) / grid.step
    return Placed(bar, step, number, early)


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows over a range of model bars.

    Attributes:
        bars: the model bars of each window, ``[windows, W]``; in a clip shorter than a window they come again.
        first, last: the range.
    """

    bars: Ints
    first: int
    last: int

    def of(self, bar: Ints) -> tuple[Ints, Ints]:
        """The window that has the say over each model bar, -1 where there is none, and where in it the bar stands."""
        width = self.bars.shape[1]
        number, place = np.divmod(bar - self.first, width)
        start = self.first + number * width
        if self.last - self.first + 1 > width:
            start = np.minimum(start, self.last - width + 1)
            place = bar - start
        begins = self.bars[:, 0]
        found = np.minimum(np.searchsorted(begins, start), len(begins) - 1)
        return np.where(begins[found] == start, found, -1), place

    def fading(self, bar: Ints, step: Ints, steps_per_bar: int) -> Iterator[tuple[Ints, Ints, FloatColumn]]:
        """All windows that hold each hit, one after another: the window, the step in it, and its share of the say.

        Shares of a hit make 1. They grow evenly from a window's ends to its middle, where the model hears most of what
        is around: windows that overlap fade into each other.
        """
        width = self.bars.shape[1]
        if self.last - self.first + 1 <= width:  # nothing overlaps
            window, place = self.of(bar)
            yield window, place * steps_per_bar + step, np.ones(len(bar))
            return
        begins, found = self.bars[:, 0], []
        for before in range(width):
            window = np.minimum(np.searchsorted(begins, bar - before), len(begins) - 1)
            at = before * steps_per_bar + step
            near = np.minimum(at, width * steps_per_bar - 1 - at) + 1.0
            found.append((window, at, np.where(begins[window] == bar - before, near, 0.0)))
        whole = np.sum([near for _, _, near in found], axis=0)
        yield from ((window, at, near / whole) for window, at, near in found)


def lay_windows(bar: Ints, width: int, *, overlapping: bool = False) -> Windows:
    """Windows of ``width`` bars over all bars that something is played in, the last of which ends with the clip.

    They lie back to back or, ``overlapping``, begin on every bar. Windows in which nothing is played are left out.
    """
    first, last = int(bar.min()), int(bar.max())
    if last - first + 1 <= width:
        loop = first + np.arange(width) % (last - first + 1)
        return Windows(loop[None], first, last)
    played = np.unique(bar)
    if overlapping:
        start = np.clip(played[:, None] - np.arange(width), first, last - width + 1)
    else:
        start = np.minimum(first + (played - first) // width * width, last - width + 1)
    return Windows(np.unique(start)[:, None] + np.arange(width), first, last)
