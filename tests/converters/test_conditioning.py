"""Chords and keys as controls of melodies and trios."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scores import classes, score

import gen
from gen_converters.melody.converter import MelodyConverter
from gen_converters.trio.converter import TrioConverter


def chords(*pairs: tuple[float, str]) -> tuple[gen.notes.Chord, ...]:
    return tuple(gen.notes.Chord(time, text) for time, text in pairs)


def said(example: gen.Example, first: int = 0, depth: int = 49) -> list[int]:
    assert example.controls is not None
    part = example.controls[:, first : first + depth]
    assert (part.sum(axis=1) == 1).all()
    return part.argmax(axis=1).tolist()


SYMBOLS = chords((2, "F"), (8, "C"), (16, "Am"), (20, "N.C."), (32, "Bb7"), (36, "G"), (48, "F"), (52, "C"))
INSTRUMENTS = (
    "32:[2,4] 33 v1:[6,11] 34 v1:[11,13] 35 v1:[17,19]",
    "35 v127:[2,4] 36 v50:[6,8] 71:[33,37] 73:[34,37] 33 v1:[50,55] 34 v1:[55,56]",
)


def test_chord_symbols_become_controls_step_by_step() -> None:
    notes = score(*INSTRUMENTS, qpm=60, chords=SYMBOLS)
    options: dict[str, Any] = {"steps_per_quarter": 1, "chord_encoding": "major-minor"}
    whole = MelodyConverter(**options).to_tensors(notes)
    assert said(whole[0], depth=25) == classes("0×2 6×6 1×8")
    sliced = MelodyConverter(slice_bars=2, **options).to_tensors(notes)
    assert len(sliced) == 5  # windows that are the same have the same chords, too
    assert [said(example, depth=25) for example in sliced[:2]] == [classes("0×2 6×6"), classes("6×4 1×4")]


def test_windows_with_the_same_notes_and_other_chords_are_two_examples() -> None:
    notes = score("60:[0,2] 60:[2,4]", chords=chords((0, "C"), (2, "Cmaj7")))
    assert len(MelodyConverter(slice_bars=1).to_tensors(notes)) == 1
    assert len(MelodyConverter(slice_bars=1, chord_encoding="triads").to_tensors(notes)) == 2


def test_diminished_chords_come_back_which_the_original_loses() -> None:
    converter = MelodyConverter(slice_bars=1, chord_encoding="triads")
    (example,) = converter.to_tensors(score("60:[0,1] 62:[1,2]", chords=chords((0, "C"), (1, "Bdim"))))
    assert said(example) == classes("1×8 48×8")
    assert example.controls is not None
    for original, texts in ((False, ["C", "Bdim"]), (True, ["C", "N.C."])):
        (clip,) = converter.from_tensors(
            example.outputs[np.newaxis], example.controls[np.newaxis], original_decode=original
        )
        assert [(chord.time, chord.text) for chord in clip.chords] == list(zip([0, 1], texts, strict=True))
    (again,) = converter.to_tensors(
        converter.from_tensors(example.outputs[np.newaxis], example.controls[np.newaxis])[0]
    )
    np.testing.assert_array_equal(again.controls, example.controls)


CADENCE = "60:[0,1] 64:[0,1] 67:[0,1] 65:[1,2] 69:[1,2] 72:[1,2] 67:[2,4] 71:[2,4] 74:[2,4]"


def test_without_symbols_chords_and_keys_are_found_in_the_notes() -> None:
    converter = MelodyConverter(slice_bars=2, chord_encoding="triads", condition_on_key=True, add_end_token=True)
    (example,) = converter.to_tensors(score(CADENCE))
    assert converter.control_depth == 61
    assert said(example) == classes("1×8 6×8 8×17")  # the last one holds for the end token
    assert said(example, 49, 12) == [0] * 33
    assert example.controls is not None
    (clip,) = converter.from_tensors(example.outputs[np.newaxis], example.controls[np.newaxis])
    assert [(chord.time, chord.text) for chord in clip.chords] == [(0, "C"), (1, "F"), (2, "G")]
    assert clip.key_signatures.key.tolist() == [0]


def test_a_key_alone_comes_from_the_key_signatures() -> None:
    keys = gen.notes.KeySignatures(time=np.array([0.0, 1.0]), key=np.array([7, 2]), mode=np.array(0))
    converter = MelodyConverter(slice_bars=1, condition_on_key=True)
    (example,) = converter.to_tensors(score("60:[0,2]", key_signatures=keys))
    assert said(example, 0, 12) == classes("7×8 2×8")


@pytest.mark.parametrize(
    ("symbols", "code"),
    [
        (chords((0, "C"), (1, "Gsus4")), "unknown-chord"),
        (chords((0, "C"), (1, "H")), "unreadable-chord"),
        (chords((0, "C"), (1, "F"), (1.01, "G")), "coincident-chords"),
    ],
)
def test_chords_that_cannot_be_used_say_why(symbols: tuple[gen.notes.Chord, ...], code: str) -> None:
    converter = MelodyConverter(slice_bars=1, chord_encoding="triads")
    rejection = converter.convert(score("60:[0,2]", chords=symbols)).rejection
    assert rejection is not None
    assert rejection.code == code


def test_a_chord_without_a_class_costs_its_window_or_as_in_the_original_the_part() -> None:
    notes = score("60:[0,2] 62:[2,4] 64:[4,6]", chords=chords((0, "C"), (2, "Gsus4"), (4, "F")))
    options: dict[str, Any] = {"slice_bars": 1, "chord_encoding": "triads"}
    assert [said(example)[0] for example in MelodyConverter(**options).to_tensors(notes)] == [1, 6]
    rejection = MelodyConverter(**options, unknown_chords="part").convert(notes).rejection
    assert rejection is not None
    assert rejection.code == "unknown-chord"


def test_chord_symbols_without_a_key_are_rejected_where_a_key_is_asked_for() -> None:
    converter = MelodyConverter(slice_bars=1, chord_encoding="triads", condition_on_key=True)
    rejection = converter.convert(score("60:[0,2]", chords=chords((0, "C")))).rejection
    assert rejection is not None
    assert rejection.code == "no-key"


@pytest.mark.parametrize(
    ("options", "message"),
    [({"chord_encoding": "jazz"}, "no chord encoding named 'jazz'"), ({"unknown_chords": "file"}, "window or part")],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], message: str) -> None:
    for converter in (MelodyConverter, TrioConverter):
        with pytest.raises(ValueError, match=message):
            converter(**options)


def test_controls_must_be_as_long_as_the_outputs() -> None:
    converter = MelodyConverter(chord_encoding="triads")
    with pytest.raises(ValueError, match=r"controls are \[1, 8\] steps where the outputs are \[1, 16\]"):
        converter.from_tensors(np.zeros((1, 16, 90)), np.zeros((1, 8, 49)))
    assert converter.from_tensors(np.eye(90)[[[41, 0]]])[0].chords == ()


def trio() -> gen.NoteSequence:
    melody = " ".join(f"{72 + bar % 3}:[{2 * bar},{2 * bar + 2}]" for bar in range(4))
    bass = " ".join(f"36:[{2 * bar},{2 * bar + 2}]" for bar in range(4))
    drums = " ".join(f"36:[{2 * bar}]" for bar in range(4))
    return score(melody, f"program 33 {bass}", f"drums {drums}")


def test_a_trio_shares_its_chords() -> None:
    notes = replace(trio(), chords=chords((0, "C"), (2, "Gsus4"), (4, "F"), (6, "Am")))
    converter = TrioConverter(slice_bars=2, chord_encoding="triads", condition_on_key=False)
    (example,) = converter.to_tensors(notes)  # the other windows hold a chord without a class
    assert said(example) == classes("6×16 22×16")
    assert example.controls is not None
    (clip,) = converter.from_tensors(example.outputs[np.newaxis], example.controls[np.newaxis])
    assert [(chord.time, chord.text) for chord in clip.chords] == [(0, "F"), (2, "Am")]
    inferred = TrioConverter(slice_bars=2, chord_encoding="triads", condition_on_key=True).to_tensors(trio())
    assert len(inferred) == 3
    assert [said(example, 49, 12) for example in inferred] == [[said(inferred[0], 49, 12)[0]] * 32] * 3
