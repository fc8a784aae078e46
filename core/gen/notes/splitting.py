"""Cut a sequence into parts, each of which starts at zero.

A note belongs to the part in which it starts; where it sounds beyond the end of that part it is cut there and doesn't
go on in the next. Tempos, signatures, chords and pedals that hold at a cut hold from the start of the next part on.
Source: note_seq, sequences_lib (extract_subsequence, split_note_sequence_on_time_changes).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from gen.notes.sequence import (
    DEFAULT_QPM,
    Chord,
    ControlChanges,
    FloatColumn,
    KeySignatures,
    NoteSequence,
    PitchBends,
    Tempos,
    TimeSignatures,
)

_IS_PEDAL = np.isin(np.arange(128), (64, 66, 67))  # sustain, sostenuto, soft: the controllers that hold a state
_NO_BENDS, _NO_CONTROLS = PitchBends(), ControlChanges()

_State = TypeVar("_State", Tempos, TimeSignatures, KeySignatures)


def split_at_time_changes(notes: NoteSequence, *, between_notes_only: bool = False) -> list[NoteSequence]:
    """Cut a sequence wherever its tempo or time signature changes, so that each part has one of both.

    Before the first event 120 quarter notes a minute and 4/4 hold. Bars of a part are counted from its own start. With
    ``between_notes_only``, a change that a note sounds across makes no cut; a part may then hold several tempos.

    Returns:
        Parts in order of time, as from `split_at`; none where the sequence is empty and has no length.
    """
    if _length(notes) <= 0 and not len(notes):
        return []
    return split_at(notes, time_changes(notes, between_notes_only=between_notes_only))


def time_changes(notes: NoteSequence, *, between_notes_only: bool = False) -> list[float]:
    """Seconds at which `split_at_time_changes` cuts a sequence, ascending; arguments as there."""
    total = _length(notes)
    bounds = [0.0]
    changes = [(time, "metre", metre) for time, *metre in notes.time_signatures._tuples()]
    changes += [(time, "qpm", qpm) for time, *qpm in notes.tempos._tuples()]
    held = {"metre": [4, 4], "qpm": [DEFAULT_QPM]}
    for time, kind, value in sorted(changes, key=lambda change: change[0]):
        if time >= total:
            break
        if held[kind] == value:
            continue
        held[kind] = value
        sounding = between_notes_only and bool(((notes.start < time) & (notes.end > time)).any())
        if time > bounds[-1] and not sounding:
            bounds.append(time)
    return bounds[1:]


def split_at(notes: NoteSequence, times: Sequence[float] | FloatColumn) -> list[NoteSequence]:
    """Cut a sequence at times in seconds, ascending from above 0, or else a `ValueError`; later than the end is no cut.

    Returns:
        Parts in order of time, with notes in order of onset. The ``total_time`` of a part is its latest note end, 0
        where it has no notes. Controllers other than pedals, and pitch bends, are left out.
    """
    cuts = np.asarray(times, np.float64)
    if len(cuts) and not (cuts[0] > 0 and (np.diff(cuts) > 0).all()):
        raise ValueError(f"the times of a split must ascend from above 0, got {cuts.tolist()}")
    total = _length(notes)
    cuts = cuts[cuts < total]
    begin = np.concatenate([[0.0], cuts])
    stop = np.append(cuts, total)  # nothing that comes after a part's end is heard
    if not (notes.start[1:] >= notes.start[:-1]).all():
        order = np.argsort(notes.start, kind="stable")
        notes = notes._with(**notes._picked(order))
    # Notes before zero belong to the first part, and one without length at the very end to the last.
    first = [0, *np.searchsorted(notes.start, cuts, side="left").tolist(), len(notes)]
    held: dict[str, list[Any]] = {
        "tempos": _states(notes.tempos, begin, stop),
        "time_signatures": _states(notes.time_signatures, begin, stop),
        "key_signatures": _states(notes.key_signatures, begin, stop),
        "chords": _chord_states(notes.chords, begin, stop),
        "control_changes": _pedal_states(notes.control_changes, begin, stop),
    }
    parts = []
    for index, (offset, limit) in enumerate(zip(begin.tolist(), stop.tolist(), strict=True)):
        columns = notes._picked(slice(first[index], first[index + 1]))
        columns["end"] = np.minimum(columns["end"], limit) - offset
        if offset:
            columns["start"] = columns["start"] - offset
        states = {name: parted[index] for name, parted in held.items()}
        total = float(columns["end"].max(initial=0.0))
        parts.append(notes._with(**columns, **states, pitch_bends=_NO_BENDS, total_time=total))
    return parts


def _length(notes: NoteSequence) -> float:
    """``total_time``, or the latest end where that is later: decoded clips may not state a length."""
    return max(notes.total_time, float(notes.end.max(initial=0.0)))


def _reaches(time: FloatColumn, begin: FloatColumn, stop: FloatColumn) -> list[tuple[int, int]]:
    """Rows that matter to each part: from the one that holds at its beginning to the last before its end."""
    first = np.maximum(np.searchsorted(time, begin, side="right") - 1, 0)
    last = np.searchsorted(time, stop, side="left")
    return list(zip(first.tolist(), last.tolist(), strict=True))


def _states(table: _State, begin: FloatColumn, stop: FloatColumn) -> list[_State]:
    """What holds in each part, in order of time."""
    if not len(table) or (len(table) == 1 and table.time[0] == 0):
        return [table] * len(begin)  # one thing from zero on: the same for every part
    if not (table.time[1:] >= table.time[:-1]).all():
        table = table._with(**table._picked(np.argsort(table.time, kind="stable")))
    parts = []
    for offset, (first, last) in zip(begin.tolist(), _reaches(table.time, begin, stop), strict=True):
        columns = table._picked(slice(first, last))
        columns["time"] = np.maximum(columns["time"] - offset, 0.0)
        parts.append(table._with(**columns))
    return parts


def _chord_states(chords: Sequence[Chord], begin: FloatColumn, stop: FloatColumn) -> list[tuple[Chord, ...]]:
    """As `_states`, for chord symbols."""
    if not chords:
        return [()] * len(begin)
    ordered = sorted(chords, key=lambda chord: chord.time)
    reaches = _reaches(np.array([chord.time for chord in ordered]), begin, stop)
    return [
        tuple(replace(chord, time=max(chord.time - offset, 0.0)) for chord in ordered[first:last])
        for offset, (first, last) in zip(begin.tolist(), reaches, strict=True)
    ]


def _pedal_states(changes: ControlChanges, begin: FloatColumn, stop: FloatColumn) -> list[ControlChanges]:
    """As `_states`, for each pedal of each instrument."""
    rows = np.flatnonzero(_IS_PEDAL[np.clip(changes.number, 0, 127)])
    if not len(rows):
        return [_NO_CONTROLS] * len(begin)
    rows = rows[np.argsort(changes.time[rows], kind="stable")]
    pedals = changes._with(**changes._picked(rows))
    keys = list(zip(pedals.instrument.tolist(), pedals.number.tolist(), strict=True))
    latest: dict[tuple[int, int], int] = {}  # the row of each pedal that holds
    done = 0
    parts = []
    held_at = np.searchsorted(pedals.time, begin, side="right").tolist()
    ends = np.searchsorted(pedals.time, stop, side="left").tolist()
    for offset, held, last in zip(begin.tolist(), held_at, ends, strict=True):
        latest.update(zip(keys[done:held], range(done, held), strict=True))
        done = held
        columns = pedals._picked(np.array([*sorted(latest.values()), *range(held, last)], np.int64))
        columns["time"] = np.maximum(columns["time"] - offset, 0.0)
        parts.append(pedals._with(**columns))
    return parts
