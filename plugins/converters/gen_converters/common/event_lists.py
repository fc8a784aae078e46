"""Lists of events, one a step: where they begin and end in a piece, and the windows that are cut from them.

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

Steps = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Stretch:
    """Events ``first`` to ``last`` (not included) of a piece, which make one list.

    Attributes:
        first, last: indices into the onsets.
        origin: step of the bar line at which the list begins.
        steps: its length, whole bars.
    """

    first: int
    last: int
    origin: int
    steps: int


def stretches(
    onset: Steps, release: Steps, *, steps_per_bar: int, gap: float, silent: Steps | None = None
) -> list[Stretch]:
    """Cut a line of events at its silences.

    Args:
        onset: ascending, int64 ``[N]``.
        release: the step from which silence is counted, for each.
        steps_per_bar: S.
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


def windows(lengths: Iterable[int], *, steps: int, hop: int) -> list[int]:
    """Where the windows of lists begin that lie one behind the other; a list that is too short has none.

    Args:
        lengths: of the lists.
        steps: length of a window.
        hop: steps from one to the next, fewer where they overlap.
    """
    starts: list[int] = []
    first = 0
    for length in lengths:
        starts += range(first, first + length - steps + 1, hop)
        first += length
    return starts


def occurrences(lists: Iterable[npt.NDArray[Any]]) -> list[list[int]]:
    """Numbers of the lists ``[T, ...]``, those of equal ones together, in order of the first of them.

    All must be of one type and width.
    """
    seen: dict[bytes, list[int]] = {}
    for number, events in enumerate(lists):
        seen.setdefault(events.tobytes(), []).append(number)
    return list(seen.values())


def places_in(origins: Iterable[int], lengths: Iterable[int], starts: Iterable[int]) -> list[int]:
    """Steps of a part at which windows begin, of lists that lie one behind the other.

    Args:
        origins: step of the part at which each list begins.
        lengths: of the lists.
        starts: steps of the windows, counted through all lists.
    """
    steps = [np.arange(origin, origin + length) for origin, length in zip(origins, lengths, strict=True)]
    places: list[int] = np.concatenate(steps)[list(starts)].tolist()
    return places
