"""Cutting sequences: by hand, against the original on real files, and what holds for any cut."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scores import score, written

import gen


def tempos(*pairs: tuple[float, float]) -> gen.notes.Tempos:
    return gen.notes.Tempos(time=np.array([time for time, _ in pairs]), qpm=np.array([qpm for _, qpm in pairs]))


def metres(*rows: tuple[float, int, int]) -> gen.notes.TimeSignatures:
    time, numerator, denominator = (np.array(column) for column in zip(*rows, strict=True))
    return gen.notes.TimeSignatures(time=time, numerator=numerator, denominator=denominator)


def test_a_note_that_sounds_across_a_tempo_change_is_cut_there_and_does_not_go_on() -> None:
    notes = score("60:[0,1] 62:[3.5,5] 64:[5,7]", tempos=tempos((0, 120), (4, 60)))
    slow, fast = gen.notes.split_at_time_changes(notes)
    assert written(slow) == [(60, 0, 1), (62, 3.5, 4)]
    assert written(fast) == [(64, 1, 3)]
    assert (slow.total_time, fast.total_time) == (4, 3)
    assert (slow.tempos.qpm.tolist(), fast.tempos.qpm.tolist()) == ([120], [60])
    assert fast.tempos.time.tolist() == [0]


def test_a_first_tempo_after_zero_cuts_unless_it_is_the_implied_one() -> None:
    notes = score("60:[0,4]", tempos=tempos((1, 90)))
    before, after = gen.notes.split_at_time_changes(notes)
    assert (written(before), len(before.tempos)) == ([(60, 0, 1)], 0)
    assert (len(after), after.total_time, after.tempos.qpm.tolist()) == (0, 0, [90])
    (whole,) = gen.notes.split_at_time_changes(
        score("60:[0,4]", tempos=tempos((1, 120)), time_signatures=metres((2, 4, 4)))
    )
    assert written(whole) == [(60, 0, 4)]


def test_changes_at_or_after_the_end_make_no_cut() -> None:
    notes = score("60:[0,4]", tempos=tempos((0, 120), (4, 90), (9, 60)))
    (whole,) = gen.notes.split_at_time_changes(notes)
    assert written(whole) == [(60, 0, 4)]
    assert whole.tempos.qpm.tolist() == [120]


def test_a_change_of_metre_cuts_and_one_that_changes_nothing_does_not() -> None:
    notes = score("60:[0,1] 62:[2,3] 64:[6,7]", time_signatures=metres((0, 4, 4), (2, 4, 4), (4, 3, 4)))
    first, second = gen.notes.split_at_time_changes(notes)
    assert (written(first), written(second)) == ([(60, 0, 1), (62, 2, 3)], [(64, 2, 3)])
    assert second.time_signatures.numerator.tolist() == [3]


def test_a_cut_can_wait_for_a_gap_between_notes() -> None:
    notes = score("60:[0,1] 62:[3.5,5] 64:[5,7]", tempos=tempos((0, 120), (4, 60), (5, 90)))
    first, second = gen.notes.split_at_time_changes(notes, between_notes_only=True)
    assert (written(first), written(second)) == ([(60, 0, 1), (62, 3.5, 5)], [(64, 0, 2)])
    assert first.tempos.qpm.tolist() == [120, 60]


def test_a_sequence_of_nothing_has_no_parts_and_one_without_length_keeps_its_notes() -> None:
    assert gen.notes.split_at_time_changes(gen.NoteSequence()) == []
    (whole,) = gen.notes.split_at_time_changes(score("60:[0,1]", total_time=0.0))  # a decoded clip may state no length
    assert (written(whole), whole.total_time) == ([(60, 0, 1)], 1)


def test_parts_begin_with_the_keys_chords_and_pedals_that_hold_there() -> None:
    notes = score(
        "60:[0,1] 62:[3,4] 64:[5,7]",
        key_signatures=gen.notes.KeySignatures(time=np.array([0.0, 3.0]), key=np.array([0, 7]), mode=np.array([0, 0])),
        chords=(
            gen.notes.Chord(0.0, "C"),
            gen.notes.Chord(4.0, "G"),
            gen.notes.Chord(5.0, "F"),
            gen.notes.Chord(6.0, "Am"),
        ),
        control_changes=gen.notes.ControlChanges(
            time=np.array([0.5, 1.0, 4.5, 5.5]),
            number=np.array([64, 7, 64, 67]),
            value=np.array([127, 90, 0, 127]),
            instrument=np.array(0),
            program=np.array(0),
            is_drum=np.array(False),
        ),
        pitch_bends=gen.notes.PitchBends(
            time=np.array([0.5]),
            bend=np.array([99]),
            instrument=np.array(0),
            program=np.array(0),
            is_drum=np.array(False),
        ),
    )
    first, second = gen.notes.split_at(notes, [4.0])
    assert [(chord.time, chord.text) for chord in first.chords] == [(0, "C")]
    assert [(chord.time, chord.text) for chord in second.chords] == [(0, "G"), (1, "F"), (2, "Am")]
    assert first.key_signatures.key.tolist() == [0, 7]
    assert (second.key_signatures.time.tolist(), second.key_signatures.key.tolist()) == ([0], [7])
    pedals = [
        list(zip(part.control_changes.time, part.control_changes.number, part.control_changes.value, strict=True))
        for part in (first, second)
    ]
    assert pedals == [[(0.5, 64, 127)], [(0, 64, 127), (0.5, 64, 0), (1.5, 67, 127)]]
    assert len(first.pitch_bends) == len(second.pitch_bends) == 0


def test_cuts_at_a_fixed_distance_keep_an_empty_last_part() -> None:
    notes = score("12:[0.01,8] 11:[0.22,0.5] 40:[2.5,3.5] 55:[4,4.01] 52:[4.75,5]")
    parts = gen.notes.split_at(notes, np.arange(3.0, 8.0, 3.0))
    assert [written(part) for part in parts] == [
        [(12, 0.01, 3), (11, 0.22, 0.5), (40, 2.5, 3)],
        [(55, 1, 1.01), (52, 1.75, 2)],
        [],
    ]
    assert parts[2].total_time == 0


@pytest.mark.parametrize("times", [[0.0], [2.0, 1.0], [1.0, 1.0], [-1.0]])
def test_cuts_that_do_not_ascend_are_refused(times: list[float]) -> None:
    with pytest.raises(ValueError, match="must ascend from above 0"):
        gen.notes.split_at(score("60:[0,4]"), times)


@given(
    notes=st.lists(st.tuples(st.integers(0, 127), st.floats(-0.1, 30), st.floats(0, 9)), min_size=1),
    times=st.lists(st.floats(0.01, 40), unique=True),
)
def test_every_note_is_in_exactly_one_part(notes: list[tuple[int, float, float]], times: list[float]) -> None:
    pitch, start, length = (np.array(column) for column in zip(*notes, strict=True))
    whole = gen.NoteSequence(pitch=pitch, start=start, end=start + length)
    cuts = sorted(times)
    parts = gen.notes.split_at(whole, cuts)
    end = max(whole.total_time, float(whole.end.max()))
    offsets = [0.0, *(time for time in cuts if time < end)]
    assert len(parts) == len(offsets)
    found = []
    for part, offset, stop in zip(parts, offsets, [*offsets[1:], np.inf], strict=True):
        assert (np.diff(part.start) >= 0).all()
        assert part.total_time == max(0.0, part.end.max(initial=0.0))
        found += [(note.pitch, note.start + offset) for note in part]
        assert all(note.start + offset < stop + 1e-9 and note.end + offset <= stop + 1e-9 for note in part)
    expected = sorted(zip(pitch.tolist(), start.tolist(), strict=True))
    assert [note[0] for note in sorted(found)] == [note[0] for note in expected]
    assert sorted(time for _, time in found) == pytest.approx(sorted(start.tolist()), abs=1e-9)


def test_real_files_are_cut_as_the_original_cuts_them(golden: Path) -> None:
    facts = json.loads((golden / "converters" / "notesequences_multitrack.json").read_text())
    compared = 0
    for file in facts["files"]:
        parts = gen.notes.split_at_time_changes(gen.read_midi((golden / file["midi"]).read_bytes(), original=True))
        expected = file["split_on_time_changes"]
        assert [len(part) for part in parts] == [count for _, _, count in expected], file["midi"]
        assert [part.total_time for part in parts] == pytest.approx([total for _, total, _ in expected], abs=1e-6)
        compared += len(parts)
    assert compared > len(facts["files"])
