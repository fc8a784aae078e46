"""Lists of events, one a step, where they are cut, and the cuts: views of a part's stored rows that share their steps.

A list begins at the bar line before its first onset and ends at the bar line after its last event; a silence of
``gap`` steps ends it, and the next onset begins another.
Sources: note_seq, melodies_lib.py and drums_lib.py; magenta, melody_pipelines.py and drum_pipelines.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from gen import Example, NoteSequence
from gen.interfaces import Mode, Rows
from gen.notes import Grid
from gen_converters.common.arrays import Ints
from gen_converters.common.options import check_options
from gen_converters.common.parts import Rejected, grid_of

MOST_CUTS = 2**16
"""Windows of a file: of 1,513 real ones one has 56,148, the next 6,572; damaged ones have had millions."""

Span = tuple[int, int]
"""Steps from the first on, up to but without the second."""


@dataclass(frozen=True, eq=False)
class Line:
    """Events from step ``origin`` of their part on: classes of a melody int16 ``[T]``, or hits boolean ``[T, C]``."""

    origin: int
    events: npt.NDArray[Any]

    def fit(self, steps: int) -> Line:
        """The same events from step 0 on for exactly so many steps; what is past them is lost."""
        events = np.zeros((steps, *self.events.shape[1:]), self.events.dtype)
        kept = self.events[: max(0, steps - self.origin)]
        events[self.origin : self.origin + len(kept)] = kept
        return Line(0, events)


@dataclass(frozen=True)
class Stretch:
    """Events of a piece which make one list."""

    first: int
    last: int  # not included
    origin: int  # step at which it begins, a bar line
    steps: int  # whole bars


class PartRows(NamedTuple):
    """Rows ``[L]`` of a part, from which examples are cut; where these overlap, their steps stand here once.

    Inputs and outputs are the same object where they are alike.
    """

    inputs: Rows
    outputs: Rows
    controls: Rows | None
    qpm: float


class Cut(NamedTuple):
    """A span of some rows: an example, if it is chosen. It occurs ``at`` these steps of its part."""

    rows: PartRows
    span: Span
    at: Sequence[int]

    def example(self, part_start: float, *, steps_per_quarter: int, rows_per_step: int = 1) -> Example:
        """The example, of a part that begins at so many seconds; its arrays are views of the rows."""
        inputs, outputs, controls, qpm = self.rows
        first, last = self.span
        said = outputs[first:last]
        seconds = 60.0 / qpm / steps_per_quarter / rows_per_step
        return Example(
            inputs=said if inputs is outputs else inputs[first:last],
            outputs=said,
            controls=None if controls is None else controls[first:last],
            length=last - first,
            qpm=qpm,
            starts=[part_start + step * seconds for step in self.at],
        )


@dataclass(frozen=True, kw_only=True)
class Cutting:
    """Where a converter of events cuts sequences, and how many of the cuts it takes: options of its recipes.

    Raises:
        ValueError: an option is out of range.
    """

    slice_bars: int | None  # length of a window, one beginning at every bar; None: each whole melody or drum track
    max_bars: int | None  # cut longer lists; what is past this is lost
    gap_bars: float | None = None  # bars of silence that end a list; 0 or None for none
    pad_to_total_time: bool = False  # make each list begin at the start of its part and end where the part ends
    steps_per_quarter: int  # resolution; 4 is sixteenth notes
    quarters_per_bar: int  # a part must have bars of this many quarter notes
    max_tensors_per_notesequence: int | None  # take at most so many of a file: in mode train any, else the first
    presplit_on_time_changes: bool = True  # cut where tempo or metre changes; otherwise such files are rejected
    mode: Mode  # what the tensors are for; given by gen

    def __post_init__(self) -> None:
        check_options(
            self.mode,
            slice_bars=self.slice_bars,
            max_bars=self.max_bars,
            gap_bars=self.gap_bars or None,
            steps_per_quarter=self.steps_per_quarter,
            quarters_per_bar=self.quarters_per_bar,
            max_tensors_per_notesequence=self.max_tensors_per_notesequence,
        )

    @property
    def steps_per_bar(self) -> int:
        """Steps in a bar."""
        return self.steps_per_quarter * self.quarters_per_bar

    @property
    def gap(self) -> float:
        """Steps of silence that end a list of events."""
        return self.gap_bars * self.steps_per_bar if self.gap_bars else float("inf")

    @property
    def window(self) -> int | None:
        """Steps of a window; None for no windows."""
        return None if self.slice_bars is None else self.slice_bars * self.steps_per_bar

    def grid(self, part: NoteSequence) -> Grid:
        """Lay a part on its grid; see `grid_of`."""
        return grid_of(part, steps_per_quarter=self.steps_per_quarter, quarters_per_bar=self.quarters_per_bar)

    def fitted(self, lines: Iterable[Line], grid: Grid, fit: Callable[[Line, int], Line] = Line.fit) -> list[Line]:
        """Lists cut to ``max_bars``, and where that is asked for laid out over all steps of their part.

        Of somebody's clip that says it ends with silence, a list goes on in it until its last window is whole.
        """
        most = None if self.max_bars is None else self.max_bars * self.steps_per_bar
        cut = [Line(line.origin, line.events[:most]) for line in lines]
        if self.pad_to_total_time:
            return [fit(line, grid.total_steps) for line in cut]
        if self.mode != "infer" or self.window is None or not grid.ends_silent:
            return cut
        return [self._to_the_end(line, grid, fit) if _end(line) == max(map(_end, cut)) else line for line in cut]

    def _to_the_end(self, line: Line, grid: Grid, fit: Callable[[Line, int], Line]) -> Line:
        """The last list of a part and, up to its last whole bar, silence."""
        window = self.window or 1
        wanted = line.origin + -(-len(line.events) // window) * window
        end = min(wanted, grid.total_steps // self.steps_per_bar * self.steps_per_bar)
        return Line(line.origin, fit(line, end).events[line.origin :]) if end > _end(line) else line

    def windows(self, lines: Sequence[Line], *, what: str) -> tuple[list[Span], list[int]]:
        """The windows of lists that lie one behind the other, or the lists; and the steps of the part they begin at.

        `Rejected` where all of them are too short; ``what`` is how to call one.
        """
        spans: list[Span] = []
        places: list[int] = []
        first = 0
        for line in lines:
            length = len(line.events)
            size = length if self.window is None else self.window
            starts = range(0, length - size + 1, self.steps_per_bar)
            spans += [(first + start, first + start + size) for start in starts]
            places += [line.origin + start for start in starts]
            first += length
        if spans:
            return spans, places
        bars = max(len(line.events) for line in lines) // self.steps_per_bar
        raise Rejected(
            "too-short",
            f"the longest {what} has {bars} {'bar' if bars == 1 else 'bars'} where {self.slice_bars} are needed; set "
            "slice_bars to that or less, raise gap_bars, or give longer files",
        )


def _end(line: Line) -> int:
    return line.origin + len(line.events)


def side_by_side(lengths: Iterable[int]) -> list[Span]:
    """The spans of lists that lie one behind the other."""
    return list(pairwise(accumulate(lengths, initial=0)))


def stretches(
    onset: Ints, release: Ints, *, steps_per_bar: int, gap: float, silent: Ints | None = None
) -> list[Stretch]:
    """Cut a line of events at its silences.

    Args:
        onset: ascending, int64 ``[N]``.
        release: the step from which silence is counted, for each.
        gap: steps of silence that end a list; infinite for one list.
        silent: onsets that move the beginning of a list but aren't in it, ascending.
    """
    ends = np.append(onset[1:] - release[:-1] >= gap, True)
    last_of = np.flatnonzero(ends) + 1
    found = []
    search = first = 0
    while first < len(onset):
        last = int(last_of[np.searchsorted(last_of, first, side="right")])
        begin = int(onset[first])
        if silent is not None and (rest := silent[silent >= search]).size:
            begin = min(begin, int(rest[0]))
        origin = begin // steps_per_bar * steps_per_bar
        search = -(-int(release[last - 1]) // steps_per_bar) * steps_per_bar
        found.append(Stretch(first, last, origin, search - origin))
        # With a gap of less than a bar, onsets in the rest of the last bar belong to no list.
        first = max(last, int(np.searchsorted(onset, search, side="left")))
    return found


def occurrences(lists: Iterable[npt.NDArray[Any]]) -> list[list[int]]:
    """Numbers of the lists ``[T, ...]``, all of one type and width; those of equal ones together, in order."""
    seen: dict[bytes, list[int]] = {}
    for number, events in enumerate(lists):
        seen.setdefault(events.tobytes(), []).append(number)
    return list(seen.values())
