"""`NoteSequence`: columns of one length, checked and frozen."""

from __future__ import annotations

import numpy as np
import pytest

from gen import NoteSequence
from gen.notes import ControlChanges, Note, Tempos


def clip() -> NoteSequence:
    return NoteSequence(np.array([60, 62, 64]), 90, np.array([0.0, 0.5, 1.0]), np.array([0.5, 1.0, 1.75]))  # type: ignore[arg-type]


def test_a_single_number_stands_for_a_whole_column() -> None:
    notes = clip()
    assert notes.velocity.tolist() == [90, 90, 90]
    assert notes.program.tolist() == [0, 0, 0]
    assert notes.is_drum.tolist() == [False, False, False]


def test_the_total_time_is_the_latest_end_unless_given() -> None:
    assert clip().total_time == 1.75
    assert NoteSequence().total_time == 0.0
    assert NoteSequence(total_time=8.0).total_time == 8.0


def test_rows_read_as_notes() -> None:
    assert list(clip())[1] == Note(62, 90, 0.5, 1.0, 0, False, 0)
    assert len(clip()) == 3


def test_columns_cannot_be_written_to_and_do_not_follow_their_source() -> None:
    pitch = np.array([60])
    notes = NoteSequence(pitch, 90, np.zeros(1), np.ones(1))  # type: ignore[arg-type]
    pitch[0] = 61
    assert notes.pitch.tolist() == [60]
    with pytest.raises(ValueError, match="read-only"):
        notes.pitch[0] = 61


def test_selecting_keeps_tables_and_length() -> None:
    notes = NoteSequence(
        np.array([60, 62]),
        90,
        np.zeros(2),
        np.array([1.0, 2.0]),
        tempos=Tempos(np.zeros(1), np.array([90.0])),  # type: ignore[arg-type]
    )
    kept = notes.select(notes.pitch == 60)
    assert kept.pitch.tolist() == [60]
    assert kept.tempos.qpm.tolist() == [90.0]
    assert kept.total_time == 2.0
    assert notes.select(np.array([1, 0])).pitch.tolist() == [62, 60]


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        ({"pitch": [60, 128]}, "note 1: pitch 128 is not within 0 to 127"),
        ({"velocity": [0, -1]}, "note 1: velocity -1 is not within 0 to 127"),
        ({"program": [200, 0]}, "note 0: program 200 is not within 0 to 127"),
        ({"end": [1.0, -0.5]}, "note 1 ends at -0.5 s, before its onset at 0.0 s"),
        ({"end": [np.nan, 1.0]}, "note 0 ends at nan s"),
        ({"start": [0.0]}, r"NoteSequence.start: expected 2 values, got an array of shape \(1,\)"),
    ],
)
def test_impossible_notes_are_refused(columns: dict[str, list[float]], text: str) -> None:
    good = {"pitch": [60, 60], "velocity": [1, 1], "start": [0.0, 0.0], "end": [1.0, 1.0], "program": [0, 0]}
    with pytest.raises(ValueError, match=text):
        NoteSequence(**{name: np.array(column) for name, column in {**good, **columns}.items()})  # type: ignore[arg-type]


def test_tables_check_their_lengths_too() -> None:
    with pytest.raises(ValueError, match=r"ControlChanges.number: expected 2 values"):
        ControlChanges(np.zeros(2), np.zeros(3), 0, 0, 0, False)  # type: ignore[arg-type]
