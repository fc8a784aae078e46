"""Any piece of music at all, by chance: what converters and writers must take."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from hypothesis import strategies as st

import gen

TEMPOS = st.one_of(
    st.sampled_from([60.0, 90.0, 97.0, 120.0, 133.3]),
    st.floats(4, 1000),
    st.sampled_from([3.58, 1e-3, 6e7, 0.0, -120.0, math.inf]),  # the last ones in no file
)
EXACT_TEMPOS = st.integers(250_000, 1_500_000).map(lambda microseconds: 6e7 / microseconds)
"""Tempos that MIDI holds exactly, 40 to 240 quarter notes a minute."""

TIMES = st.one_of(
    st.integers(0, 512).map(lambda step: step / 8),
    st.integers(0, 1024).map(lambda half: (half + 0.5) / 16),  # on the edge between two steps
    st.floats(0, 60),
    st.sampled_from([1e-9, 599.99, 3e4, 1e6, 1e9, 1e15]),
)
LENGTHS = st.one_of(
    st.just(0.0),
    st.integers(0, 64).map(lambda step: step / 8),
    st.floats(0, 10),
    st.sampled_from([1e-9, 1e3, 1e12]),
)
METRES = st.tuples(
    st.one_of(st.sampled_from([2, 3, 4, 6, 7]), st.integers(0, 255)),
    st.one_of(st.sampled_from([2, 4, 8]), st.integers(0, 64)),
)
SYMBOLS = st.one_of(
    st.sampled_from(["C", "Am", "N.C.", "F#dim", "Bbmaj7", "Csus4", "E5", "G/B", "{}", ""]), st.text(max_size=4)
)
NOTES = st.lists(
    st.tuples(
        st.integers(0, 127),
        st.integers(0, 127),
        TIMES,
        LENGTHS,
        st.integers(0, 127),
        st.booleans(),
        st.one_of(st.integers(0, 4), st.sampled_from([9, 127, 128, 100_000])),
    ),
    max_size=16,
)


def table(kind: Any, rows: list[tuple[Any, ...]]) -> Any:
    """Rows as a table of a sequence."""
    columns = zip(*rows, strict=True) if rows else [()] * len(kind._dtypes)
    return kind(**{name: np.array(column) for name, column in zip(kind._dtypes, columns, strict=True)})


@st.composite
def sequences(draw: st.DrawFn) -> gen.NoteSequence:
    """Notes that overlap, have no length, or lie at absurd times; changes of tempo, metres that nobody can count,
    chord symbols that aren't any, pedals; times are never negative."""
    rows = draw(NOTES)
    if draw(st.booleans()):  # a piece that most converters take, so that they are reached
        rows = [(*row[:2], row[2] % 16, row[3] % 4, *row[4:]) for row in rows]
        metres, tempos = [], [(0.0, draw(TEMPOS))]
    else:
        metres = [(time, *metre) for time, metre in draw(st.lists(st.tuples(TIMES, METRES), max_size=3))]
        tempos = draw(st.lists(st.tuples(TIMES, TEMPOS), max_size=3))
    owner = (st.integers(0, 4), st.integers(0, 127), st.booleans())
    pedals = st.tuples(TIMES, st.sampled_from([7, 64, 66, 67, 120]), st.integers(0, 127), *owner)
    names = list(gen.NoteSequence._dtypes)
    columns = [np.array(column) for column in zip(*rows, strict=True)] if rows else [np.zeros(0)] * len(names)
    columns[3] = columns[2] + columns[3]
    return gen.NoteSequence(
        **dict(zip(names, columns, strict=True)),
        tempos=table(gen.notes.Tempos, tempos),
        time_signatures=table(gen.notes.TimeSignatures, metres),
        key_signatures=table(
            gen.notes.KeySignatures, draw(st.lists(st.tuples(TIMES, st.integers(0, 11), st.integers(0, 1)), max_size=2))
        ),
        control_changes=table(gen.notes.ControlChanges, draw(st.lists(pedals, max_size=4))),
        chords=tuple(gen.notes.Chord(*chord) for chord in draw(st.lists(st.tuples(TIMES, SYMBOLS), max_size=3))),
        total_time=draw(st.one_of(st.just(-1.0), st.sampled_from([0.0, 2.0, 64.0, 1e9]))),
    )
