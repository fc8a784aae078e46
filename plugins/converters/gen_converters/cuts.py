"""From the parts of a sequence to its examples: cuts of stored rows, which are only cut out once they are chosen.

Source: magenta, music_vae/data.py (split_process_and_combine).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gen import Conversion, Example, Mode, NoteSequence, Rejection, Rows
from gen_converters.parts import choose, conclude, parts_of


@dataclass(frozen=True, eq=False)
class PartRows:
    """Rows from which the cuts of a part are cut; where cuts overlap, their steps stand here once.

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
    """Steps ``first`` to ``last`` (not included) of some rows: an example, if it is chosen."""

    rows: PartRows
    first: int
    last: int

    def example(self) -> Example:
        """The example; its arrays are views of the rows."""
        cut = slice(self.first, self.last)
        rows = self.rows
        outputs = rows.outputs[cut]
        return Example(
            inputs=outputs if rows.inputs is rows.outputs else rows.inputs[cut],
            outputs=outputs,
            controls=None if rows.controls is None else rows.controls[cut],
            length=self.last - self.first,
            qpm=rows.qpm,
        )


Cutter = Callable[[NoteSequence], list[Cut] | Rejection]
"""Finds the cuts of a part with one tempo and metre, in order, or says why there are none."""


def convert_parts(
    notes: NoteSequence,
    cuts_of: Cutter,
    *,
    presplit: bool,
    limit: int | None,
    mode: Mode,
    rng: np.random.Generator | None,
    notices: Sequence[str] = (),
) -> Conversion:
    """Cut a sequence into parts, find the cuts of each, and make examples of at most ``limit`` of them all.

    Args:
        notes: any sequence.
        cuts_of: what is done with a part.
        presplit: cut where tempo or metre changes; otherwise the sequence is one part.
        limit, mode, rng: as for `choose`.
        notices: what was left out of the whole sequence.

    Raises:
        ValueError: ``rng`` is missing where it is needed.
    """
    parts = parts_of(notes, presplit=presplit)
    found: list[Cut] = []
    reasons: list[Rejection | None] = []
    for part in parts:
        cuts = cuts_of(part)
        if isinstance(cuts, Rejection):
            reasons.append(cuts)
        else:
            reasons.append(None)
            found += cuts
    examples = [cut.example() for cut in choose(found, limit, mode=mode, rng=rng)]
    return conclude(parts, examples, reasons, notices)


def side_by_side(rows: PartRows, lengths: Iterable[int]) -> list[Cut]:
    """Cuts of rows in which they lie one behind the other."""
    cuts = []
    first = 0
    for length in lengths:
        cuts.append(Cut(rows, first, first + length))
        first += length
    return cuts
