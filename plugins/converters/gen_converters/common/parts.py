"""What converters of event lists share: parts of one tempo and metre, their grid, and how many examples to take.

A file is cut where its tempo or metre changes, each part is laid on a grid, and what doesn't fit is rejected with a
reason. Source: magenta, music_vae/data.py (split_process_and_combine, maybe_sample_items).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from gen import Conversion, Example, NoteSequence, Rejection
from gen.interfaces import Mode
from gen.notes import Grid, QuantisationError, quantise, split_at_time_changes, time_changes

_MOST_STEPS = 2**18  # nine hours of sixteenths at 120 qpm: longer is a damaged file, and would only eat the memory

_ADVICE = {
    "tempo-change": "one tempo is needed; {where_it_changes}",
    "metre-change": "one time signature is needed; {where_it_changes}",
    "bad-metre": "correct the file's time signature",
    "bad-tempo": "correct the file's tempo",
    "negative-time": "shift the notes so that the first lies at 0 s or later",
}

_Item = TypeVar("_Item")


class Rejected(Exception):
    """A sequence, or a part of one, gives no example; see `gen.Rejection`."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = Rejection(code, detail)


def counted(number: int, what: str) -> str:
    """So many of something, in words."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def parts_of(notes: NoteSequence, *, presplit: bool = True) -> list[tuple[float, NoteSequence]]:
    """The parts of a sequence that have one tempo and one time signature, and the seconds at which each begins.

    Without ``presplit`` it is itself the only one; an empty one may have none.
    """
    if not presplit:
        return [(0.0, notes)]
    return list(zip([0.0, *time_changes(notes)], split_at_time_changes(notes), strict=False))


def grid_of(
    notes: NoteSequence,
    *,
    steps_per_quarter: int,
    quarters_per_bar: int,
    where_it_changes: str = "leave presplit_on_time_changes on",
) -> Grid:
    """Lay a part on its grid of so many steps a quarter note, and bars of so many quarter notes; else `Rejected`.

    ``where_it_changes`` is what to advise where the tempo or metre changes.
    """
    if not len(notes):
        raise Rejected("no-notes", "there is no note")
    try:
        grid = quantise(notes, steps_per_quarter)
    except QuantisationError as error:
        advice = _ADVICE[error.code].format(where_it_changes=where_it_changes)
        raise Rejected(error.code, f"{error}; {advice}") from error
    steps_per_bar = steps_per_quarter * quarters_per_bar
    if grid.steps_per_bar != steps_per_bar:
        raise Rejected(
            "wrong-metre",
            f"{grid.numerator}/{grid.denominator} has {grid.steps_per_bar:g} steps a bar where {steps_per_bar} are "
            f"needed; give files with {counted(quarters_per_bar, 'quarter note')} a bar, or set quarters_per_bar",
        )
    if (steps := max(int(grid.end_step.max()), grid.total_steps)) > _MOST_STEPS:
        raise Rejected("too-long", f"{steps:,} steps, and at most {_MOST_STEPS:,} fit: a stray event at its end?")
    return grid


def conclude(
    parts: Sequence[NoteSequence],
    examples: Sequence[Example],
    rejections: Sequence[Rejection | None],
    notices: Sequence[str],
) -> Conversion:
    """Put together what came of the parts of a sequence; a rejection is None where a part gave examples."""
    rejected = [(part.total_time, reason) for part, reason in zip(parts, rejections, strict=True) if reason]
    if examples:
        if rejected and len(parts) > 1:
            codes = ", ".join(sorted({reason.code for _, reason in rejected}))
            notices = [*notices, f"{len(rejected)} of {len(parts)} parts gave no example: {codes}"]
        return Conversion(examples, notices=notices)
    if not rejected:
        return Conversion((), Rejection("no-notes", "there is no note"), notices)
    _, reason = max(rejected, key=lambda pair: pair[0])
    if len(parts) > 1:
        detail = f"of {len(parts)} parts, cut where tempo or metre changes, none gave an example; the longest: "
        reason = Rejection(reason.code, detail + reason.detail)
    return Conversion((), reason, notices)


def choose(
    items: Sequence[_Item], limit: int | None, *, mode: Mode, rng: np.random.Generator | None
) -> Sequence[_Item]:
    """At most ``limit`` items, in order: in mode ``train`` any of them, each as likely as the next, else the first."""
    if limit is None or len(items) <= limit:
        return items
    if mode != "train":
        return items[:limit]
    if rng is None:
        raise ValueError(
            "max_tensors_per_notesequence draws at random in training: pass rng=numpy.random.default_rng(seed)"
        )
    return [items[index] for index in sorted(rng.choice(len(items), limit, replace=False).tolist())]
