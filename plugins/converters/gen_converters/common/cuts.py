"""From a sequence to its parts, and from their stored rows to examples, which are views that share their steps.

Source: magenta, music_vae/data.py (split_process_and_combine).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from gen import Conversion, Example, NoteSequence, Rejection
from gen.interfaces import Mode, Rows
from gen.notes import Grid
from gen_converters.common.event_lists import windows
from gen_converters.common.parts import check_options, choose, conclude, grid_of, parts_of, starts_of

MOST_CUTS = 2**16
"""Windows of a file: of 1,513 real ones one has 56,148, the next 6,572; damaged ones have had millions."""


@dataclass(frozen=True, eq=False)
class PartRows:
    """Rows of a part, from which examples are cut; where these overlap, their steps stand here once.

    Attributes:
        inputs, outputs: ``[L]`` steps; the same object where they are alike.
        controls: ``[L]`` steps, or None.
        qpm: tempo of the part.
    """

    inputs: Rows
    outputs: Rows
    controls: Rows | None
    qpm: float


class Cut(NamedTuple):
    """Steps ``first`` to ``last`` (not included) of some rows: an example, if it is chosen.

    Attributes:
        at: the steps of its part at which it occurs.
    """

    rows: PartRows
    first: int
    last: int
    at: Sequence[int]

    def example(self, *, part_start: float, steps_per_quarter: int) -> Example:
        """The example; its arrays are views of the rows.

        Args:
            part_start: of its part, in seconds.
            steps_per_quarter: of its grid.
        """
        cut = slice(self.first, self.last)
        rows = self.rows
        outputs = rows.outputs[cut]
        seconds = 60.0 / rows.qpm / steps_per_quarter
        return Example(
            inputs=outputs if rows.inputs is rows.outputs else rows.inputs[cut],
            outputs=outputs,
            controls=None if rows.controls is None else rows.controls[cut],
            length=self.last - self.first,
            qpm=rows.qpm,
            starts=[part_start + step * seconds for step in self.at],
        )


Cutter = Callable[[NoteSequence], list[Cut] | Rejection]
"""Finds the cuts of a part with one tempo and metre, in order, or says why there are none."""


@dataclass(frozen=True, kw_only=True)
class Cutting:
    """Where a converter cuts sequences, and how many of the cuts it takes.

    Args:
        steps_per_quarter: resolution.
        quarters_per_bar: a part must have bars of this many quarter notes.
        slice_bars: length of a window in bars, one beginning at every bar; None for no windows.
        max_bars: longer lists of events are cut to this.
        gap_bars: bars of silence that end a list; 0 or None for none.
        pad_to_total_time: make each list begin at the start of its part and end where the part ends.
        max_tensors_per_notesequence: take at most this many examples of a sequence; None for all.
        presplit_on_time_changes: cut where tempo or metre changes; otherwise a sequence is one part.
        mode: ``train`` takes any examples, others the first.

    Raises:
        ValueError: an option is out of range.
    """

    steps_per_quarter: int
    quarters_per_bar: int
    slice_bars: int | None
    max_bars: int | None
    gap_bars: float | None = None
    pad_to_total_time: bool = False
    max_tensors_per_notesequence: int | None
    presplit_on_time_changes: bool = True
    mode: Mode

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
    def most(self) -> int | None:
        """Steps to which a list is cut; None for all it has."""
        return None if self.max_bars is None else self.max_bars * self.steps_per_bar

    @property
    def window(self) -> int | None:
        """Steps of a window; None for no windows."""
        return None if self.slice_bars is None else self.slice_bars * self.steps_per_bar

    def grid(self, part: NoteSequence) -> Grid | Rejection:
        """Lay a part on its grid, or say why it doesn't fit."""
        return grid_of(part, steps_per_quarter=self.steps_per_quarter, quarters_per_bar=self.quarters_per_bar)

    def spans(self, lengths: Sequence[int], *, what: str) -> list[tuple[int, int]] | Rejection:
        """First and last (not included) step of the windows of lists that lie one behind the other; or of the lists.

        Args:
            lengths: of at least one list.
            what: how to call a list.
        """
        if self.window is None:
            ends = list(accumulate(lengths))
            return list(zip([0, *ends], ends, strict=False))
        starts = windows(lengths, steps=self.window, hop=self.steps_per_bar)
        if starts:
            return [(first, first + self.window) for first in starts]
        return Rejection(
            "too-short",
            f"the longest {what} has {max(lengths) // self.steps_per_bar} bars where {self.slice_bars} are needed; set "
            "slice_bars to that or less, raise gap_bars, or give longer files",
        )

    def convert(
        self,
        notes: NoteSequence,
        cuts_of: Cutter,
        *,
        rng: np.random.Generator | None,
        notices: Sequence[str] = (),
    ) -> Conversion:
        """Cut a sequence into parts, find the cuts of each, and make examples of those that are taken.

        Args:
            notes: any sequence.
            cuts_of: what is done with a part.
            rng: draws the examples where that is asked for.
            notices: what was left out of the whole sequence.

        Raises:
            ValueError: ``rng`` is missing where it is needed.
        """
        parts = parts_of(notes, presplit=self.presplit_on_time_changes)
        found: list[tuple[float, Cut]] = []
        reasons: list[Rejection | None] = []
        starts = starts_of(notes, presplit=self.presplit_on_time_changes)
        for start, part in zip(starts, parts, strict=False):  # an empty sequence has no part
            cuts = cuts_of(part)
            if isinstance(cuts, Rejection):
                reasons.append(cuts)
            else:
                reasons.append(None)
                found += [(start, cut) for cut in cuts]
            if len(found) > MOST_CUTS:
                reason = f"over {MOST_CUTS:,} windows in one file: a damaged one? Take instruments out, or cut it"
                return Conversion((), Rejection("too-many-windows", reason), notices)
        chosen = choose(found, self.max_tensors_per_notesequence, mode=self.mode, rng=rng)
        examples = [cut.example(part_start=start, steps_per_quarter=self.steps_per_quarter) for start, cut in chosen]
        return conclude(parts, examples, reasons, notices)


def side_by_side(rows: PartRows, lengths: Iterable[int], places: Iterable[Sequence[int]]) -> list[Cut]:
    """Cuts of rows in which they lie one behind the other.

    Args:
        rows: of a part.
        lengths: of each cut.
        places: where each occurs, see `Cut.at`.
    """
    cuts = []
    first = 0
    for length, at in zip(lengths, places, strict=True):
        cuts.append(Cut(rows, first, first + length, at))
        first += length
    return cuts
