"""The sustain pedal as longer notes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scores import score, written

import gen


def pedal(*moves: tuple[float, int], instrument: int = 0, number: int = 64) -> gen.notes.ControlChanges:
    """A pedal of one instrument from (time, value)."""
    return gen.notes.ControlChanges(
        time=np.array([time for time, _ in moves], np.float64),
        number=np.array(number),
        value=np.array([value for _, value in moves], np.int64),
        instrument=np.array(instrument),
        program=np.array(0),
        is_drum=np.array(False),
    )


def held(line: str, *moves: tuple[float, int], **more: Any) -> list[tuple[int, float, float]]:
    return written(gen.notes.apply_sustain(score(line, control_changes=pedal(*moves), **more)))


def test_notes_sound_until_the_pedal_goes_up_or_their_pitch_is_struck_again() -> None:
    notes = held("60:[0,1] 60:[2,2.5] 62:[0.5,0.75]", (0.25, 127), (3.0, 0))
    assert notes == [(60, 0, 2), (62, 0.5, 3), (60, 2, 3)]


def test_values_from_64_on_are_down() -> None:
    assert held("60:[0,1] 62:[3,4]", (0.5, 63), (2.0, 0)) == [(60, 0, 1), (62, 3, 4)]
    assert held("60:[0,1] 62:[3,4]", (0.5, 64), (2.0, 63)) == [(60, 0, 2), (62, 3, 4)]


def test_a_pedal_that_never_goes_up_holds_to_the_last_event() -> None:
    assert held("60:[0,1] 62:[1,2]", (0.5, 127)) == [(60, 0, 2), (62, 1, 2)]
    assert held("60:[0,1]", (0.5, 127), (5.0, 127)) == [(60, 0, 5)]


def test_striking_a_pitch_with_the_pedal_down_cuts_a_note_whose_key_is_held() -> None:
    assert held("60:[0,4] 60:[1,2] 62:[5,6]", (0.5, 127), (3.0, 0)) == [(60, 0, 1), (60, 1, 3), (62, 5, 6)]


def test_a_note_struck_again_at_its_onset_is_left_out() -> None:
    assert held("60:[0,1] 60:[0,2] 62:[3,4]", (0.0, 127), (2.5, 0)) == [(60, 0, 2.5), (62, 3, 4)]


def test_at_one_time_the_pedal_moves_before_keys_and_down_before_up() -> None:
    assert held("60:[0,1] 62:[2,3]", (0.5, 127), (1.0, 0)) == [(60, 0, 1), (62, 2, 3)]
    assert held("60:[0,1] 62:[2,3]", (1.0, 0), (1.0, 127)) == [(60, 0, 1), (62, 2, 3)]


def test_drums_and_other_instruments_are_not_held() -> None:
    notes = score("60:[0,1]", "drums 36:[0,1]", "62:[0,1] 62:[3,4]", control_changes=pedal((0.5, 127), (2.0, 0)))
    assert written(gen.notes.apply_sustain(notes)) == [(36, 0, 1), (60, 0, 2), (62, 0, 1), (62, 3, 4)]


def test_a_piece_never_gets_shorter() -> None:
    """The original lets it end with the last key, and forgets the drums behind it."""
    notes = score("60:[0,1]", "drums 36:[7,8]", control_changes=pedal((0.5, 127)))
    assert gen.notes.apply_sustain(notes).total_time == 8.0
    longer = score("60:[0,1]", control_changes=pedal((0.5, 127), (9.0, 0)))
    assert gen.notes.apply_sustain(longer).total_time == 9.0


@pytest.mark.parametrize("changes", [gen.notes.ControlChanges(), pedal((0.0, 127), number=66), pedal((0.0, 20))])
def test_without_a_pedal_the_sequence_is_returned_as_it_is(changes: gen.notes.ControlChanges) -> None:
    notes = score("60:[0,1]", control_changes=changes)
    assert gen.notes.apply_sustain(notes) is notes


def event_by_event(notes: gen.NoteSequence) -> list[tuple[int, int, float, float, bool]]:
    """The procedure as its description says it: events in order, with the notes that sound in a list."""
    rows = [[note.instrument, note.pitch, note.start, note.end, note.is_drum, True] for note in notes]
    events: list[tuple[float, int, int]] = []  # time, kind, and which note or instrument
    for index, note in enumerate(notes):
        if not note.is_drum:
            events += [(note.start, 2, index), (note.end, 3, index)]
    changes = notes.control_changes
    for time, value, instrument in zip(changes.time, changes.value, changes.instrument, strict=True):
        events.append((float(time), 0 if value >= 64 else 1, int(instrument)))
    active: list[int] = []
    sustained: set[int] = set()
    now = 0.0
    for now, kind, which in sorted(events, key=lambda event: event[:2]):
        if kind == 0:
            sustained.add(which)
        elif kind == 1:
            sustained.discard(which)
            for index in [index for index in active if rows[index][0] == which and rows[index][3] < now]:
                rows[index][3] = now
                active.remove(index)
        elif kind == 2:
            if rows[which][0] in sustained:
                for index in [index for index in active if rows[index][:2] == rows[which][:2]]:
                    rows[index][3] = now
                    rows[index][5] = rows[index][2] != now
                    active.remove(index)
            active.append(which)
        elif rows[which][0] not in sustained and which in active:
            active.remove(which)
    for index in active:
        rows[index][3] = now
    return sorted(tuple(row[:5]) for row in rows if row[5])


EIGHTHS = st.integers(0, 24).map(lambda step: step / 8)  # so that times coincide
NOTES = st.lists(st.tuples(st.integers(60, 62), EIGHTHS, EIGHTHS, st.integers(0, 2)), max_size=15)
PEDALS = st.lists(st.tuples(EIGHTHS, st.sampled_from([0, 63, 64, 127]), st.integers(0, 2)), max_size=8)


@given(rows=NOTES, moves=PEDALS)
def test_it_agrees_with_an_event_by_event_procedure(rows: list[Any], moves: list[Any]) -> None:
    pitch, start, length, instrument = (np.array(column) for column in (zip(*rows, strict=True) if rows else [[]] * 4))
    notes = gen.NoteSequence(
        pitch=pitch,
        start=start,
        end=start + length,
        instrument=instrument,
        is_drum=instrument == 2,
        control_changes=gen.notes.ControlChanges(
            time=np.array([time for time, _, _ in moves]),
            number=64,  # type: ignore[arg-type]
            value=np.array([value for _, value, _ in moves], np.int64),
            instrument=np.array([instrument for _, _, instrument in moves], np.int64),
            program=0,  # type: ignore[arg-type]
            is_drum=False,  # type: ignore[arg-type]
        ),
    )
    result = gen.notes.apply_sustain(notes)
    ours = sorted((note.instrument, note.pitch, note.start, note.end, note.is_drum) for note in result)
    assert ours == event_by_event(notes)
    assert result.total_time >= max(notes.total_time, max((note[3] for note in ours), default=0.0))
