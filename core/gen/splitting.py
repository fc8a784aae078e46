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
import numpy.typing as npt

from gen.notes import (
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

_PEDALS = (64, 66, 67)  # sustain, sostenuto, soft: the controllers that hold a state
_NO_BENDS, _NO_CONTROLS = PitchBends(), ControlChanges()

_State = TypeVar("_State", Tempos, TimeSignatures, KeySignatures)


def split_at_time_changes(notes: NoteSequence, *, between_notes_only: bool = False) -> list[NoteSequence]:
    """Cut a sequence wherever its tempo or time signature changes, so that each part has one of both.

    Before the first event 120 quarter notes a minute and 4/4 hold. Bars of a part are counted from its own start.

    Args:
        notes: any sequence.
        between_notes_only: don't cut at a change that a note sounds across; a part may then hold several tempos.

    Returns:
        Parts in order of time, as from `split_at`; none where the sequence is empty and has no length.
    """
    total = _length(notes)
    if total <= 0 and not len(notes):
        return []
    bounds = [0.0]
    held: dict[str, float | tuple[int, int]] = {"metre": (4, 4), "qpm": DEFAULT_QPM}
    for time, kind, value in _changes(notes):
        if time >= total:
            break
        if held[kind] == value:
            continue
        held[kind] = value
        sounding = between_notes_only and bool(((notes.start < time) & (notes.end > time)).any())
        if time > bounds[-1] and not sounding:
            bounds.append(time)
    return split_at(notes, bounds[1:])


def split_at(notes: NoteSequence, times: Sequence[float] | FloatColumn) -> list[NoteSequence]:
    """Cut a sequence at given times.

    Args:
        notes: any sequence.
        times: seconds, ascending, each above 0; those at or after the end make no cut.

    Returns:
        Parts in order of time, with notes in order of onset. The ``total_time`` of a part is its latest note end, 0
        where it has no notes. Controllers other than pedals, and pitch bends, are left out.

    Raises:
        ValueError: the times don't ascend from above 0.
    """
    cuts = np.asarray(times, np.float64)
    if len(cuts) and not (cuts[0] > 0 and (np.diff(cuts) > 0).all()):
        raise ValueError(f"the times of a split must ascend from above 0, got {cuts.tolist()}")
    total = _length(notes)
    cuts = cuts[cuts < total]
    begin = np.concatenate([[0.0], cuts])
    order = np.argsort(notes.start, kind="stable")
    starts = notes.start[order]
    # Notes before zero belong to the first part, and one without length at the very end to the last.
    first = np.concatenate([[0], np.searchsorted(starts, cuts, side="left"), [len(order)]])
    tempos, signatures, keys = _sorted(notes.tempos), _sorted(notes.time_signatures), _sorted(notes.key_signatures)
    chords = sorted(notes.chords, key=lambda chord: chord.time)
    pedals = _pedals(notes.control_changes)
    parts = []
    for index, offset in enumerate(begin):
        stop = float(begin[index + 1]) if index + 1 < len(begin) else total  # nothing that comes later is heard
        rows = order[first[index] : first[index + 1]]
        parts.append(
            replace(
                notes,
                **_rows(notes, rows)
                | {"start": notes.start[rows] - offset, "end": np.minimum(notes.end[rows], stop) - offset},
                tempos=_state(tempos, float(offset), stop),
                time_signatures=_state(signatures, float(offset), stop),
                key_signatures=_state(keys, float(offset), stop),
                chords=_chord_state(chords, float(offset), stop),
                control_changes=_pedal_state(pedals, float(offset), stop),
                pitch_bends=_NO_BENDS,
                total_time=-1.0,
            )
        )
    return parts


def _length(notes: NoteSequence) -> float:
    """``total_time``, or the latest end where that is later: decoded clips may not state a length."""
    return max(notes.total_time, float(notes.end.max(initial=0.0)))


def _changes(notes: NoteSequence) -> list[tuple[float, str, float | tuple[int, int]]]:
    """Tempo and metre events in order of time; at one time, metres first."""
    signatures, tempos = notes.time_signatures, notes.tempos
    metres = zip(signatures.numerator.tolist(), signatures.denominator.tolist(), strict=True)
    events: list[tuple[float, str, float | tuple[int, int]]] = []
    events += [(time, "metre", metre) for time, metre in zip(signatures.time.tolist(), metres, strict=True)]
    events += [(time, "qpm", qpm) for time, qpm in zip(tempos.time.tolist(), tempos.qpm.tolist(), strict=True)]
    return sorted(events, key=lambda event: event[0])


def _rows(table: NoteSequence | _State, rows: npt.NDArray[np.int64] | slice) -> dict[str, Any]:
    return {name: getattr(table, name)[rows] for name in table._dtypes}


def _sorted(table: _State) -> _State:
    if len(table) < 2 or (np.diff(table.time) >= 0).all():
        return table
    return replace(table, **_rows(table, np.argsort(table.time, kind="stable")))


def _reach(time: FloatColumn, begin: float, stop: float) -> tuple[int, int]:
    """Rows that matter between two times: the one that holds at the first, and those before the second."""
    first = int(np.searchsorted(time, begin, side="right")) - 1
    return max(first, 0), int(np.searchsorted(time, stop, side="left"))


def _state(table: _State, begin: float, stop: float) -> _State:
    first, last = _reach(table.time, begin, stop)
    if (first, last) == (0, len(table)) and (not last or (table.time[0] >= 0 and begin == 0) or _holds(table)):
        return table
    columns = _rows(table, slice(first, last))
    return replace(table, **columns | {"time": np.maximum(table.time[first:last] - begin, 0.0)})


def _holds(table: _State) -> bool:
    """Whether the table says one thing from zero on, in which case it's the same for every part."""
    return len(table) == 1 and bool(table.time[0] == 0)


def _chord_state(chords: Sequence[Chord], begin: float, stop: float) -> tuple[Chord, ...]:
    if not chords:
        return ()
    first, last = _reach(np.array([chord.time for chord in chords]), begin, stop)
    return tuple(replace(chord, time=max(chord.time - begin, 0.0)) for chord in chords[first:last])


def _pedals(changes: ControlChanges) -> ControlChanges:
    rows = np.flatnonzero(np.logical_or.reduce([changes.number == pedal for pedal in _PEDALS]))
    if not len(rows):
        return _NO_CONTROLS
    rows = rows[np.argsort(changes.time[rows], kind="stable")]
    return replace(changes, **{name: getattr(changes, name)[rows] for name in changes._dtypes})


def _pedal_state(pedals: ControlChanges, begin: float, stop: float) -> ControlChanges:
    """As `_state`, for each pedal of each instrument."""
    if not len(pedals):
        return pedals
    last = int(np.searchsorted(pedals.time, stop, side="left"))
    held = int(np.searchsorted(pedals.time, begin, side="right"))
    latest = {(int(pedals.instrument[row]), int(pedals.number[row])): row for row in range(held)}
    rows = np.array([*sorted(latest.values()), *range(held, last)], np.int64)
    columns = {name: getattr(pedals, name)[rows] for name in pedals._dtypes}
    return replace(pedals, **columns | {"time": np.maximum(pedals.time[rows] - begin, 0.0)})
