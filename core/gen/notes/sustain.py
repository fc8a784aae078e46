"""The sustain pedal as longer notes (note_seq, sequences_lib.py: apply_sustain_control_changes)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gen.notes.sequence import BoolColumn, FloatColumn, IntColumn, NoteSequence

_SUSTAIN = 64  # the controller
_DOWN = 64  # and the least value at which the pedal is down


def apply_sustain(notes: NoteSequence) -> NoteSequence:
    """Let each note sound as long as its instrument's sustain pedal (controller 64) holds it.

    A note whose key is let go while the pedal is down sounds until the pedal is up, or until its pitch is struck again
    with the pedal down; that also ends a note whose key is still held. A pedal that never goes up holds its notes to
    the last key or pedal of the piece. A note that is struck again at its own onset is left out. At one time pedals
    move before keys, down before up. Drums are never held. The sequence gets no shorter; the pedals stay in it.
    """
    changes = notes.control_changes
    if not ((changes.number == _SUSTAIN) & (changes.value >= _DOWN)).any():
        return notes
    moves = np.flatnonzero(changes.number == _SUSTAIN)
    moves = moves[np.lexsort((changes.value[moves] < _DOWN, changes.time[moves]))]  # at one time down before up
    pedals = changes._with(**changes._picked(moves))
    down = pedals.value >= _DOWN
    keys = ~notes.is_drum
    last = float(np.concatenate([pedals.time, notes.start[keys], notes.end[keys]]).max())
    end = notes.end.copy()
    kept = np.ones(len(notes), np.bool_)
    for instrument in np.unique(pedals.instrument[down]):
        rows = np.flatnonzero(keys & (notes.instrument == instrument))
        rows = rows[np.lexsort((notes.start[rows], notes.pitch[rows]))]
        own = pedals.instrument == instrument
        columns = notes.pitch[rows], notes.start[rows], notes.end[rows]
        end[rows], kept[rows] = _held(*columns, pedals.time[own], down[own], last)
    total = max(notes.total_time, float(end[kept].max(initial=0.0)))
    held = replace(notes, end=end, total_time=total)
    return held if kept.all() else held.select(kept)


def _held(
    pitch: IntColumn, start: FloatColumn, end: FloatColumn, moves: FloatColumn, down: BoolColumn, last: float
) -> tuple[FloatColumn, BoolColumn]:
    """Where the notes of one instrument end, and which of them remain; they are in order of pitch and onset.

    Its pedal moves at times in order, each time down or up.
    """

    def is_down(times: FloatColumn) -> BoolColumn:
        latest = np.searchsorted(moves, times, side="right") - 1
        state: BoolColumn = (latest >= 0) & down[latest]
        return state

    held, up = is_down(end), np.append(moves[~down], np.inf)
    next_up = up[np.searchsorted(up, end, side="right").clip(max=len(up) - 1)]
    release = np.where(held, next_up, end)
    struck = _next_struck(pitch, is_down(start))
    again = np.append(start, np.inf)[struck]
    cut = (again <= end) | (held & (again < release))
    ends = np.where(cut, again, np.where(np.isinf(release), last, release))
    return ends, ~(cut & (again == start))


def _next_struck(pitch: IntColumn, struck: BoolColumn) -> IntColumn:
    """Which note next strikes each note's pitch with the pedal down, ``[N]``; N for none."""
    count = len(pitch)
    place = np.where(struck, np.arange(count), count)
    following = np.append(np.minimum.accumulate(place[::-1])[::-1], count)[1:]
    same = np.append(pitch, -1)[following] == pitch
    found: IntColumn = np.where(same, following, count)
    return found
