"""Valid tensors of each converter, by chance: arrays that say nothing that notes can't say.

Every strategy gives a `Drawn`. What a representation can write but notes can't hold is never drawn; the functions say
what that is.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st
from strategies_grooves import grooves
from strategies_performances import performances

import gen

_MOST_BARS = 4  # where the number is free


class Drawn(NamedTuple):
    """Rows as a decoder would sample them, ``[T, output_depth]``; controls ``[T, control_depth]`` or None."""

    outputs: np.ndarray
    controls: np.ndarray | None


class Case(NamedTuple):
    """A converter, and all the options that it was made with."""

    converter: gen.Converter
    options: Mapping[str, Any]

    @property
    def bar(self) -> int:
        """Steps of a bar."""
        return int(self.options["steps_per_quarter"] * self.options["quarters_per_bar"])

    @property
    def gap(self) -> float:
        """Steps of silence that end a line."""
        gap = self.options["gap_bars"]
        return gap * self.bar if gap else math.inf


def case_of(kind: type, arguments: Mapping[str, Any], *, mode: gen.interfaces.Mode) -> Case:
    """A converter of a class, with its defaults beside the arguments."""
    defaults = {name: one.default for name, one in inspect.signature(kind).parameters.items()}
    return Case(kind(**arguments, mode=mode), {**defaults, **arguments})


def one_hot(classes: np.ndarray, depth: int) -> np.ndarray:
    """Classes ``[T]`` as rows; one that is -1 is a row of zeros."""
    rows = np.zeros((len(classes), depth), np.float32)
    kept = np.flatnonzero(classes >= 0)
    rows[kept, classes[kept]] = 1
    return rows


@st.composite
def lengths(draw: st.DrawFn, case: Case) -> int:
    """Steps of an example, its end token not counted."""
    bars = case.options["slice_bars"]
    return int((bars or draw(st.integers(1, min(_MOST_BARS, case.options["max_bars"] or _MOST_BARS)))) * case.bar)


@st.composite
def lines(
    draw: st.DrawFn, steps: int, *, pitches: int, gap: float, bar: int, must: list[tuple[int, int]], ring: bool = False
) -> np.ndarray:
    """Melodies ``[T]``: 0 nothing, 1 the note ends, 2 and above a note of the first pitch and above begins.

    Left out: a note-off where no note sounds, a rest of ``gap`` steps or more, and silence in all of the last bar;
    these don't come back, for notes begin and end a melody.

    Args:
        steps: T.
        pitches: how many there are.
        gap: steps of silence that are too many.
        bar: steps of a bar.
        must: spans of steps in which at least one note begins.
        ring: whether the last note sounds to the end.
    """
    note = st.tuples(st.integers(2, pitches + 1), st.one_of(st.none(), st.integers(0, steps)))
    struck = draw(st.dictionaries(st.integers(0, steps - 1), note, max_size=24))
    for first, last in must:
        if not any(first <= step < last for step in struck):
            struck[draw(st.integers(first, last - 1))] = draw(note)
    events = np.zeros(steps, np.int64)
    onsets = sorted(struck)
    for onset, following in zip(onsets, [*onsets[1:], steps], strict=True):
        events[onset], release = struck[onset]
        rest = bar if following == steps else gap
        earliest = onset + 1 if math.isinf(rest) else max(onset + 1, following - math.ceil(rest) + 1)
        if release is not None and earliest < following and not (ring and following == steps):
            events[earliest + release % (following - earliest)] = 1
    return events


@st.composite
def hits(draw: st.DrawFn, steps: int, drums: int, *, gap: float, must: list[tuple[int, int]]) -> np.ndarray:
    """Drums that are struck, boolean ``[T, C]``.

    Left out: rests of ``gap`` steps or more, which end a track.

    Args:
        steps, drums: T and C.
        gap: steps of silence that are too many.
        must: spans of steps in which at least one drum is struck.
    """
    struck = draw(st.dictionaries(st.integers(0, steps - 1), st.integers(1, 2**drums - 1), max_size=24))
    for first, last in must:
        if not any(first <= step < last for step in struck):
            struck[draw(st.integers(first, last - 1))] = 1
    step = min(struck)
    while step < max(struck):
        following = min(later for later in struck if later > step)
        if following - step - 1 >= gap:
            following = step + math.ceil(gap)
            struck[following] = 1
        step = following
    found = np.zeros((steps, drums), np.bool_)
    for step, mask in struck.items():
        found[step] = [mask >> drum & 1 for drum in range(drums)]
    return found


@st.composite
def conditions(draw: st.DrawFn, case: Case, steps: int, until: int) -> np.ndarray | None:
    """Controls ``[T, depth]``: chords and keys that hold for a while.

    Left out: changes after the last note's end, step ``until``, where a piece is over.
    """
    fields = case.converter.layout.controls
    if not fields:
        return None
    columns = []
    for one in fields:
        changes = draw(st.dictionaries(st.integers(0, until - 1), st.integers(0, one.width - 1), max_size=4))
        changes.setdefault(0, draw(st.integers(0, one.width - 1)))
        starts = sorted(changes)
        latest = np.searchsorted(starts, np.arange(steps), side="right") - 1
        columns.append(one_hot(np.array([changes[start] for start in starts])[latest], one.width))
    return np.concatenate(columns, axis=1)


def _over(events: np.ndarray) -> int:
    """Where the last note of a melody ends."""
    last = int(np.flatnonzero(events)[-1])
    return last if events[last] == 1 else len(events)


def _ended(rows: np.ndarray, end: np.ndarray) -> np.ndarray:
    return np.concatenate([rows, end[np.newaxis]])


@st.composite
def melodies(draw: st.DrawFn, case: Case) -> Drawn:
    """One line that begins in its first bar, as `lines`; an end token's row repeats the last controls."""
    options, depth = case.options, case.converter.output_depth
    steps = draw(lengths(case))
    pitches = options["max_pitch"] - options["min_pitch"] + 1
    ring = options["pad_to_total_time"]
    line = lines(steps, pitches=pitches, gap=case.gap, bar=case.bar, must=[(0, case.bar)], ring=ring)
    events = draw(line)
    rows, controls = one_hot(events, depth), draw(conditions(case, steps, _over(events)))
    if options["add_end_token"]:
        rows = _ended(rows, np.eye(depth, dtype=np.float32)[-1])
        controls = None if controls is None else _ended(controls, controls[-1])
    return Drawn(rows, controls)


@st.composite
def drum_tracks(draw: st.DrawFn, case: Case) -> Drawn:
    """Drums in the first bar and in the last, as `hits`; one class a combination, or a bit a drum."""
    options, depth = case.options, case.converter.output_depth
    drums = len(case.converter.drum_classes or ())
    steps = draw(lengths(case))
    last = steps - 1 if options["pad_to_total_time"] else steps - case.bar
    struck = draw(hits(steps, drums, gap=case.gap, must=[(0, case.bar), (last, steps)]))
    end = np.eye(depth, dtype=np.float32)[-1]
    if options["roll_output"]:
        rows = np.zeros((steps, depth), np.float32)
        rows[:, :drums] = struck
    else:
        rows = one_hot(struck @ (1 << np.arange(drums)), depth)
    return Drawn(_ended(rows, end) if options["add_end_token"] else rows, None)


@st.composite
def trios(draw: st.DrawFn, case: Case) -> Drawn:
    """Two melodies and drums, each heard often enough for the three to count as playing together, up to the end.

    Left out: rests of more than twice ``gap_bars``, and the rest that `lines` leave out. Windows from within a piece
    may begin with a note-off, which a piece of its own can't.
    """
    bars, gap = case.options["slice_bars"], case.options["gap_bars"]
    steps = bars * case.bar
    streams = []
    for drums in (False, False, True):
        first = draw(st.integers(0, min(gap, bars - 1)))
        heard = [*range(first, bars, 2 * gap + 1), max(first, bars - 1 - gap)]
        must = [(bar * case.bar, (bar + 1) * case.bar) for bar in heard]
        if drums:
            must.append((steps - case.bar, steps))
            struck = draw(hits(steps, 9, gap=math.inf, must=must))
            streams.append(one_hot(struck @ (1 << np.arange(9)), 512))
        else:
            events = draw(lines(steps, pitches=88, gap=math.inf, bar=case.bar, must=must))
            streams.append(one_hot(events, 90))
    last = int(np.flatnonzero(streams[2][:, 1:].any(axis=1))[-1]) + 1
    return Drawn(np.concatenate(streams, axis=1), draw(conditions(case, steps, last)))


def _grooves(case: Case) -> st.SearchStrategy[Drawn]:
    return grooves(case.converter, case.options).map(lambda drawn: Drawn(*drawn))


def _performances(case: Case) -> st.SearchStrategy[Drawn]:
    return performances(case.converter, case.options).map(lambda drawn: Drawn(*drawn))


TENSORS: dict[str, Callable[[Case], st.SearchStrategy[Drawn]]] = {
    "drums": drum_tracks,
    "groove": _grooves,
    "melody": melodies,
    "multitrack": _performances,
    "trio": trios,
}
"""By the name of a converter in the registry: one that has none here fails its tests."""
