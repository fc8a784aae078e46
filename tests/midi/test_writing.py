"""What is written reads back as the same notes."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gen
from gen import NoteSequence
from gen.notes import ControlChanges, KeySignatures, PitchBends, Tempos, TimeSignatures

HALF_A_TICK = 1 / 1000  # of a sixteenth note, at most: 2,000 ticks a quarter or more


def again(notes: NoteSequence) -> NoteSequence:
    return gen.read_midi(gen.midi.midi_bytes(notes))


def in_order(notes: NoteSequence) -> NoteSequence:
    return notes.select(np.lexsort((notes.end, notes.start, notes.pitch, notes.instrument)))


@settings(max_examples=150, deadline=None)
@given(
    qpm=st.floats(20, 300),
    resolution=st.sampled_from([0, 96, 220, 480, 960, 32767]),
    onsets=st.lists(st.floats(0, 400), min_size=1, max_size=30),
)
def test_onsets_survive_to_a_thousandth_of_a_sixteenth(qpm: float, resolution: int, onsets: list[float]) -> None:
    """Onsets are given in sixteenths; one a pitch, so that none overlap."""
    sixteenth = 15 / qpm
    start = np.array(onsets) * sixteenth
    pitch = np.arange(len(start))
    tempos = Tempos(np.zeros(1), np.array([qpm]))
    notes = NoteSequence(pitch, 80, start, start + sixteenth, tempos=tempos, ticks_per_quarter=resolution)  # type: ignore[arg-type]
    back = in_order(again(notes))
    assert back.pitch.tolist() == pitch.tolist()
    # A 1e-9 part for the float64 arithmetic itself.
    np.testing.assert_allclose(back.start, start, rtol=1e-9, atol=HALF_A_TICK * sixteenth * (1 + 1e-4))
    np.testing.assert_allclose(back.end, start + sixteenth, rtol=1e-9, atol=HALF_A_TICK * sixteenth * (1 + 1e-4))
    assert back.tempos.qpm[0] == pytest.approx(qpm, rel=3e-6)  # whole microseconds


NOTES = st.lists(
    st.tuples(
        st.integers(58, 61),  # few pitches, so that many overlap
        st.integers(0, 127),
        st.integers(-3, 40),  # tenths of a second
        st.integers(0, 20),
        st.integers(0, 2),
    ),
    max_size=40,
)


@settings(max_examples=300, deadline=None)
@given(NOTES)
def test_no_note_is_lost_however_they_overlap(rows: list[tuple[int, int, int, int, int]]) -> None:
    pitch, velocity, onset, length, instrument = np.array(rows, np.int64).reshape(-1, 5).T
    start = onset / 10
    program = np.array([0, 33, 118])[instrument]
    notes = NoteSequence(pitch, velocity, start, start + length / 10, program, instrument == 2, instrument)
    back = again(notes)

    def parts(notes: NoteSequence) -> list[tuple[int, int, bool, float, int]]:
        columns = (notes.program, notes.pitch, notes.is_drum, notes.start.clip(0).round(3), notes.velocity.clip(1))
        return sorted(zip(*(column.tolist() for column in columns), strict=True))

    assert parts(back) == parts(notes)
    assert (back.end > back.start).all()
    np.testing.assert_allclose(in_order(again(back)).end, in_order(back).end, rtol=0, atol=1e-9)  # settled in one round


def test_notes_of_one_pitch_that_end_together_keep_their_lengths() -> None:
    notes = NoteSequence(np.full(3, 60), 90, np.array([0.0, 0.25, 0.5]), np.full(3, 1.0))  # type: ignore[arg-type]
    back = in_order(again(notes))
    assert back.start.tolist() == pytest.approx([0.0, 0.25, 0.5])
    assert back.end.tolist() == pytest.approx([1.0, 1.0, 1.0])


def test_a_note_under_another_of_its_pitch_ends_where_that_begins() -> None:
    notes = NoteSequence(np.full(2, 60), 90, np.array([0.0, 0.5]), np.array([0.8, 1.0]))  # type: ignore[arg-type]
    assert in_order(again(notes)).end.tolist() == pytest.approx([0.5, 1.0])


def test_notes_that_begin_together_end_with_the_longer() -> None:
    notes = NoteSequence(np.full(2, 60), 90, np.zeros(2), np.array([1.0, 0.5]))  # type: ignore[arg-type]
    assert again(notes).end.tolist() == pytest.approx([1.0, 1.0])


def test_early_silent_and_empty_notes_are_made_playable() -> None:
    notes = NoteSequence(
        np.array([60, 61, 62]), np.array([0, 1, 2]), np.array([-0.02, 0.0, 1.0]), np.array([0.1, 0.1, 1.0])
    )
    back = in_order(again(notes))
    assert back.velocity.tolist() == [1, 1, 2]
    assert back.start.tolist() == pytest.approx([0.0, 0.0, 1.0])
    assert back.end[2] == pytest.approx(1.0 + 0.5 / 2400)


def test_more_than_fifteen_melodic_instruments_keep_apart() -> None:
    count = 40
    number = np.arange(count)
    notes = NoteSequence(np.full(count, 60), 90, np.zeros(count), np.ones(count), number % 128, number == 7, number)  # type: ignore[arg-type]
    back = again(notes)
    assert back.instrument.tolist() == number.tolist()
    assert back.program.tolist() == number.tolist()
    assert np.flatnonzero(back.is_drum).tolist() == [7]


def test_tempo_metre_key_controls_bends_and_names_come_back() -> None:
    notes = NoteSequence(
        np.array([60, 40, 36]),
        90,  # type: ignore[arg-type]
        np.array([0.0, 1.0, 3.0]),
        np.array([3.5, 2.0, 3.25]),
        np.array([5, 33, 0]),
        np.array([False, False, True]),
        np.array([0, 1, 2]),
        tempos=Tempos(np.array([0.0, 1.0, 2.5]), np.array([100.0, 133.0, 61.7])),
        time_signatures=TimeSignatures(np.array([0.0, 2.4]), np.array([4, 7]), np.array([4, 8])),
        key_signatures=KeySignatures(np.array([0.0, 1.2]), np.array([9, 3]), np.array([1, 0])),
        control_changes=ControlChanges(
            np.array([0.0, 1.5]),
            np.array([7, 64]),
            np.array([100, 127]),
            np.array([0, 1]),
            np.array([5, 33]),
            False,  # type: ignore[arg-type]
        ),
        pitch_bends=PitchBends(np.array([0.0, 1.25]), np.array([-8192, 8191]), 1, 33, False),  # type: ignore[arg-type]
        instrument_names=((0, "Lead é"), (2, "Kit")),
    )
    back = again(notes)
    half_a_tick = 0.5 * 60 / 61.7 / 2400
    for name in ("tempos", "time_signatures", "key_signatures", "control_changes", "pitch_bends"):
        before, after = getattr(notes, name), getattr(back, name)
        for column in before._dtypes:
            tolerance = {"time": {"atol": half_a_tick}, "qpm": {"rtol": 3e-6}}.get(column, {"atol": 0})
            np.testing.assert_allclose(
                getattr(after, column).astype(float), getattr(before, column).astype(float), **{"rtol": 0, **tolerance}
            )
    np.testing.assert_allclose(in_order(back).start, in_order(notes).start, rtol=0, atol=half_a_tick)
    np.testing.assert_allclose(in_order(back).end, in_order(notes).end, rtol=0, atol=half_a_tick)
    assert back.instrument_names == notes.instrument_names


@pytest.mark.parametrize("mode", [0, 1])
@pytest.mark.parametrize("key", range(12))
def test_every_key_comes_back(key: int, mode: int) -> None:
    keys = again(
        NoteSequence(key_signatures=KeySignatures(np.zeros(1), np.array([key]), np.array([mode])))
    ).key_signatures
    assert (keys.key.tolist(), keys.mode.tolist()) == ([key], [mode])


def test_a_tempo_that_begins_late_is_preceded_by_the_default() -> None:
    back = again(NoteSequence(tempos=Tempos(np.array([2.0]), np.array([90.0]))))
    assert back.tempos.time.tolist() == pytest.approx([0.0, 2.0])
    assert back.tempos.qpm.tolist() == pytest.approx([120.0, 90.0], rel=3e-6)


def test_every_track_ends_at_the_total_time_so_that_loops_close() -> None:
    import io

    import mido

    notes = NoteSequence(np.array([36]), 90, np.zeros(1), np.array([0.1]), total_time=8.0)  # type: ignore[arg-type]
    for track in mido.MidiFile(file=io.BytesIO(gen.midi.midi_bytes(notes))).tracks:
        assert sum(event.time for event in track) == 16 * 2400


def test_the_ticks_of_a_file_are_kept_exactly() -> None:
    start = np.arange(200) * 7 / 480 / 2  # on 480 ticks a quarter, at 120 qpm
    notes = NoteSequence(np.full(200, 60), 90, start, start + 1 / 480, ticks_per_quarter=480)  # type: ignore[arg-type]
    np.testing.assert_allclose(again(notes).start, start, rtol=0, atol=1e-12)


BAD = [
    (NoteSequence(tempos=Tempos(np.zeros(1), np.array([3.0]))), "a tempo of 3 qpm"),
    (NoteSequence(tempos=Tempos(np.zeros(1), np.array([0.0]))), "a tempo of 0 qpm"),
    (NoteSequence(tempos=Tempos(np.array([np.nan]), np.array([90.0]))), "tempo change 0 lies at nan s"),
    (NoteSequence(time_signatures=TimeSignatures(np.zeros(1), np.array([4]), np.array([6]))), "time signature 4/6"),
    (NoteSequence(time_signatures=TimeSignatures(np.zeros(1), np.array([0]), np.array([4]))), "time signature 0/4"),
    (NoteSequence(key_signatures=KeySignatures(np.zeros(1), np.array([12]), np.array([0]))), "key 12 in mode 0"),
    (
        NoteSequence(control_changes=ControlChanges(np.zeros(1), np.array([128]), np.zeros(1), 0, 0, False)),  # type: ignore[arg-type]
        "control change 0: number 128",
    ),
    (NoteSequence(pitch_bends=PitchBends(np.zeros(1), np.array([8192]), 0, 0, False)), "pitch bend 0: 8192"),  # type: ignore[arg-type]
    (NoteSequence(pitch_bends=PitchBends(np.zeros(1), np.array([0]), 0, 128, False)), "program 128"),  # type: ignore[arg-type]
    (NoteSequence(total_time=1e8), "too long for MIDI"),
    (NoteSequence(np.array([60]), 1, np.zeros(1), np.array([np.inf])), "note end 0 lies at inf s"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("notes", "text"), BAD, ids=[text for _, text in BAD])
def test_what_midi_cannot_hold_is_refused_by_name(notes: NoteSequence, text: str) -> None:
    with pytest.raises(gen.errors.MidiError) as caught:
        gen.midi.midi_bytes(notes)
    assert text in str(caught.value)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "clip.mid"
    path.write_bytes(b"old")

    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(gen.errors.MidiError, match=r"can't write .*clip\.mid: No space left"):
            gen.write_midi(NoteSequence(), path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]

    gen.write_midi(NoteSequence(), path)
    assert path.read_bytes() == gen.midi.midi_bytes(NoteSequence())
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(gen.errors.MidiError, match=r"can't write .*nowhere.*clip\.mid: No such file"):
        gen.write_midi(NoteSequence(), tmp_path / "nowhere" / "clip.mid")
