"""Transposing: notes, keys and chord symbols move together, drums stay."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scores import score, written

import gen
from gen.notes.chords.symbols import parse_chord, transpose_chord

SPELLINGS = {
    ("C", 2): "D",
    ("Am", 2): "Bm",
    ("C", -3): "A",
    ("Am", -3): "Gbm",
    ("Bb7", 1): "Cb7",
    ("F#m/C#", 2): "G#m/D#",
    ("N.C.", 5): "N.C.",
    ("C(add9)(no1)/E", 12): "C(add9)(no1)/E",
}


@pytest.mark.parametrize(("symbol", "moved"), SPELLINGS.items(), ids=str)
def test_a_chord_symbol_is_spelt_as_the_original_spells_it(symbol: tuple[str, int], moved: str) -> None:
    assert transpose_chord(*symbol) == moved


@given(
    root=st.sampled_from("ABCDEFG"),
    accidentals=st.sampled_from(["", "#", "##", "b", "bb", "bbb"]),
    kind=st.sampled_from(["", "m7b5", "7(#9)", "sus"]),
    bass=st.sampled_from(["", "/F#", "/Bb", "/E"]),
    semitones=st.integers(-30, 30),
)
def test_a_chord_moves_with_its_bass_and_keeps_its_kind(
    root: str, accidentals: str, kind: str, bass: str, semitones: int
) -> None:
    text = root + accidentals + kind + bass
    before, after = parse_chord(text), parse_chord(transpose_chord(text, semitones))
    assert (after.root, after.bass) == ((before.root + semitones) % 12, (before.bass + semitones) % 12)
    assert after.degrees == before.degrees


def test_a_chord_symbol_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(gen.notes.chords.ChordError, match="'H7' can't be read"):
        transpose_chord("H7", 2)


def test_drums_stay_and_notes_that_leave_the_range_are_left_out() -> None:
    signatures = gen.notes.KeySignatures(time=np.zeros(1), key=np.array([11]), mode=np.array([1]))
    notes = score("126:[0,1] 60:[0,0.5]", "drums 36:[0,0.25] 127:[0.1,0.2]", key_signatures=signatures, total_time=3.0)
    moved = gen.notes.transpose(notes, 3)
    assert written(moved) == [(36, 0, 0.25), (63, 0, 0.5), (127, 0.1, 0.2)]
    assert moved.is_drum.tolist() == [False, True, True]
    assert moved.total_time == 0.5
    assert (moved.key_signatures.key.tolist(), moved.key_signatures.mode.tolist()) == ([2], [1])
    assert written(notes) == [(36, 0, 0.25), (60, 0, 0.5), (126, 0, 1), (127, 0.1, 0.2)]


def test_chord_symbols_move_and_unreadable_ones_stay() -> None:
    chords = (gen.notes.Chord(0.0, "C"), gen.notes.Chord(1.0, "what?"), gen.notes.Chord(2.0, "N.C."))
    moved = gen.notes.transpose(score("60:[0,3]", chords=chords), -3)
    assert moved.chords == (gen.notes.Chord(0.0, "A"), gen.notes.Chord(1.0, "what?"), gen.notes.Chord(2.0, "N.C."))


def test_nothing_changes_by_no_semitones() -> None:
    notes = score("60:[0,3]", total_time=9.0)
    assert gen.notes.transpose(notes, 0) is notes


@given(st.lists(st.tuples(st.integers(0, 127), st.booleans()), max_size=12), st.integers(-30, 30))
def test_back_again_is_where_it_began_except_for_what_left_the_range(
    rows: list[tuple[int, bool]], semitones: int
) -> None:
    start = np.arange(len(rows), dtype=np.float64)
    notes = gen.NoteSequence(
        pitch=np.array([pitch for pitch, _ in rows], np.int64),
        start=start,
        end=start + 1,
        is_drum=np.array([drum for _, drum in rows], np.bool_),
    )
    kept = [
        (time, *row) for time, row in zip(start.tolist(), rows, strict=True) if row[1] or 0 <= row[0] + semitones <= 127
    ]
    back = gen.notes.transpose(gen.notes.transpose(notes, semitones), -semitones)
    assert list(zip(back.start.tolist(), back.pitch.tolist(), back.is_drum.tolist(), strict=True)) == kept
