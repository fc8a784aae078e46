"""Lists of events, one a step: where they begin and end in a piece.

A list begins at the bar line before its first onset and ends at the bar line after its last event; a silence of
``gap`` steps ends it, and the next onset begins another.
Sources: note_seq, melodies_lib.py and drums_lib.py; magenta, melody_pipelines.py and drum_pipelines.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gen_converters.common.arrays import Ints


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
    """Events ``first`` to ``last`` (not included) of a piece, which make one list.

    It begins at the bar line at step ``origin`` and is ``steps`` long, whole bars.
    """

    first: int
    last: int
    origin: int
    steps: int


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
