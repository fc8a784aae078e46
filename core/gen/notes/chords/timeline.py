"""Chords and keys laid on steps.

Source: note_seq, chords_lib.py (ChordProgression); magenta, music_vae/data.py (key signatures of events).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gen.notes.chords.symbols import NO_CHORD, ChordError
from gen.notes.grid import Grid, steps_from_seconds
from gen.notes.sequence import Chord, IntColumn, KeySignatures


def chords_at_steps(chords: Sequence[Chord], grid: Grid, steps: int) -> tuple[list[str], IntColumn]:
    """Which chord holds at each step: the latest one that began at or before it.

    Args:
        chords: in any order.
        grid: gives the length of a step.
        steps: T.

    Returns:
        The different symbols, ``N.C.`` first, and for each step an index into them, int64 ``[T]``.

    Raises:
        ChordError: two different chords begin at one step (``coincident-chords``).
    """
    ordered = sorted(chords, key=lambda chord: chord.time)
    begin = steps_from_seconds(np.array([chord.time for chord in ordered], np.float64), grid.steps_per_second)
    symbols = list(dict.fromkeys([NO_CHORD, *(chord.text for chord in ordered)]))
    number = np.array([0, *(symbols.index(chord.text) for chord in ordered)], np.int64)
    clash = np.flatnonzero((begin[1:] == begin[:-1]) & (number[2:] != number[1:-1]))
    if len(clash):
        one, other = ordered[int(clash[0])], ordered[int(clash[0]) + 1]
        raise ChordError(
            "coincident-chords", f"chords {one.text!r} and {other.text!r} both begin at step {begin[clash[0]]}"
        )
    return symbols, number[np.searchsorted(begin, np.arange(steps), side="right")]


def keys_at_steps(keys: KeySignatures, grid: Grid, steps: int) -> IntColumn:
    """The key that holds at each step, C = 0, int64 ``[T]``; before the first one that is the first.

    Args:
        keys: at least one, in any order.
        grid: gives the length of a step.
        steps: T.
    """
    order = np.argsort(keys.time, kind="stable")
    begin = keys.time[order] * grid.steps_per_second
    latest = np.searchsorted(begin, np.arange(steps), side="right") - 1
    held: IntColumn = keys.key[order][np.maximum(latest, 0)]
    return held
