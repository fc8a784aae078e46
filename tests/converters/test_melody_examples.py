"""Worked examples of the melody converter, by hand: 120 qpm, sixteenths, pitches 21 to 108 unless said otherwise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scores import classes, score, written

import gen
from gen_converters.melody.converter import MelodyConverter

OWN_STEPS: dict[str, Any] = {"steps_per_quarter": 1}  # bars of four steps, a second each at 60 qpm


def labels(notes: gen.NoteSequence, **options: Any) -> list[list[int]]:
    examples = MelodyConverter(**options).to_tensors(notes)
    assert all((example.outputs.sum(axis=1) == 1).all() for example in examples)
    return [example.outputs.argmax(axis=1).tolist() for example in examples]


def test_two_bars_of_melody_become_one_class_a_step_and_come_back() -> None:
    converter = MelodyConverter(slice_bars=2)
    notes = score("60:[0,0.5] 64:[0.5,1] 67:[1,1.49] 72:[2,3] 71:[3.26,3.5]")
    (example,) = converter.to_tensors(notes)
    assert example.outputs.shape == (32, 90)
    assert example.outputs.dtype == np.float32
    assert example.inputs is example.outputs
    assert (example.length, example.qpm, example.controls) == (32, 120.0, None)
    line = classes("41 0 0 0 45 0 0 0 48 0 0 0 1 0 0 0 | 53 0 0 0 0 0 0 0 1 0 52 0 1 0 0 0")
    assert example.outputs.argmax(axis=1).tolist() == line
    (clip,) = converter.from_tensors(example.outputs[np.newaxis])
    assert written(clip) == [(60, 0, 0.5), (64, 0.5, 1), (67, 1, 1.5), (72, 2, 3), (71, 3.25, 3.5)]
    assert set(clip.velocity.tolist()) == {80}
    assert clip.total_time == 4.0
    (original,) = converter.from_tensors(example.outputs[np.newaxis], original_decode=True)
    assert original.total_time == 3.5
    (again,) = converter.to_tensors(clip)
    np.testing.assert_array_equal(again.outputs, example.outputs)


def test_a_note_held_into_a_window_is_silent_there() -> None:
    found = labels(score("60:[0,2.5] 62:[4,6]"), slice_bars=2)
    assert found == [classes("41 0×19 1 0×11"), classes("0×16 43 0×15")]


def test_a_window_begins_at_every_bar() -> None:
    found = labels(score("60:[1,2.5] 62:[2.5,3] 65:[4,5]"), slice_bars=2)
    assert found == [classes("0×8 41 0×11 43 0 0 0 1 0×7"), classes("0 0 0 0 43 0 0 0 1 0×7 46 0×7 1 0×7")]


POLYPHONY = "60:[0,2] 64:[0,1] 67:[0.5,3] 55:[1,1.25]"


def test_the_highest_of_notes_that_begin_together_counts_and_a_later_note_cuts_the_one_before() -> None:
    assert labels(score(POLYPHONY), slice_bars=1) == [classes("45 0 0 0 48 0 0 0 36 0 1 0 0 0 0 0")]


def test_skipping_polyphony_means_notes_that_begin_together_not_notes_that_overlap() -> None:
    rejection = MelodyConverter(slice_bars=1, skip_polyphony=True).convert(score(POLYPHONY)).rejection
    assert rejection is not None
    assert rejection.code == "polyphony"
    found = labels(score("60:[0,2] 62:[0.5,1]"), slice_bars=1, skip_polyphony=True)
    assert found == [classes("41 0 0 0 43 0 0 0 1 0×7")]


def test_skipping_polyphony_keeps_the_melodies_before_it() -> None:
    notes = score("60:[0,0.5] 62:[8,9] 64:[8,9] 65:[16,17]")
    assert labels(notes, skip_polyphony=True) == [classes("41 0 0 0 1 0×11")]


def test_leading_bars_and_pitches_out_of_range_are_left_out() -> None:
    notes = score("60:[2,2.5] 20:[2.5,3] 109:[3,3.5] 108:[3.5,4]")
    conversion = MelodyConverter(slice_bars=1).convert(notes)
    assert [e.outputs.argmax(axis=1).tolist() for e in conversion.examples] == [classes("41 0 0 0 1 0×7 89 0 0 0")]
    assert list(conversion.notices) == ["skipped 2 notes outside the pitches or programs"]


@pytest.mark.parametrize(("metre", "count"), [((3, 4), 0), ((2, 2), 1), ((8, 8), 1), ((7, 8), 0)])
def test_bars_of_four_quarters_are_needed_however_they_are_written(metre: tuple[int, int], count: int) -> None:
    conversion = MelodyConverter(slice_bars=1).convert(score("60:[0,1]", metre=metre))
    assert len(conversion.examples) == count
    assert count or conversion.rejection.code == "wrong-metre"  # type: ignore[union-attr]


def test_a_bar_of_silence_after_a_note_off_ends_a_melody() -> None:
    found = labels(score("60:[0,0.5] 62:[2.375,2.5] 64:[4.5,4.75]"))
    assert found == [classes("41 0 0 0 1 0×14 43 1 0×11"), classes("0 0 0 0 45 0 1 0×9")]
    (whole,) = labels(score("60:[0,0.5] 62:[2.375,2.5] 64:[4.5,4.75]"), gap_bars=0)
    assert len(whole) == 48


def test_onsets_in_the_rest_of_a_bar_that_a_short_gap_ended_belong_to_no_melody() -> None:
    assert labels(score("60:[0,0.25] 62:[1,1.5] 64:[2,4]"), gap_bars=0.25) == [
        classes("41 0 1 0×13"),
        classes("45 0×15"),
    ]


def test_a_silent_note_moves_the_beginning_of_a_melody() -> None:
    (line,) = labels(score("60 v0:[0,1] 62:[5,6]"))
    assert line == classes("0×40 43 0×7")


def test_an_end_token_is_a_class_of_its_own() -> None:
    converter = MelodyConverter(add_end_token=True, **OWN_STEPS)
    notes = score("60:[0,2] 62:[2,4]", qpm=60)
    (example,) = converter.to_tensors(notes)
    assert example.outputs.shape == (5, 91)
    assert example.outputs.argmax(axis=1).tolist() == [41, 0, 43, 0, 90]
    (clip,) = converter.from_tensors(example.outputs[np.newaxis], qpm=60)
    assert written(clip) == written(notes)
    assert clip.total_time == 4.0


INSTRUMENTS = (
    "32:[2,4] 33 v1:[6,11] 34 v1:[11,13] 35 v1:[17,19]",
    "35 v127:[2,4] 36 v50:[6,8] 71:[33,37] 73:[34,37] 33 v1:[50,55] 34 v1:[55,56]",
)


def test_every_instrument_makes_melodies_of_its_own() -> None:
    found = labels(score(*INSTRUMENTS, qpm=60), **OWN_STEPS)
    expected = [
        "0 0 13 0 1 0 14 0 0 0 0 15 0 1 0 0",
        "0 16 0 1",
        "0 0 16 0 1 0 17 0",
        "0 52 54 0 0 1 0 0",
        "0 0 14 0 0 0 0 15",
    ]
    assert found == [classes(line) for line in expected]


def test_windows_that_are_the_same_once_cleaned_are_one_example() -> None:
    found = labels(score(*INSTRUMENTS, qpm=60), slice_bars=2, **OWN_STEPS)
    expected = [
        "0 0 13 0 1 0 14 0",
        "0 0 14 0 0 0 0 15",  # also all there is of a later melody
        "0 0 0 15 0 1 0 0",
        "0 0 16 0 1 0 17 0",
        "0 52 54 0 0 1 0 0",
    ]
    assert found == [classes(line) for line in expected]
    assert len(labels(score(*INSTRUMENTS, qpm=60), slice_bars=2, dedupe_event_lists=False, **OWN_STEPS)) == 6


def test_padding_to_the_total_time_moves_a_melody_to_where_it_was_played() -> None:
    notes = score("60:[5,6]", qpm=60, total_time=11.0)
    # A part is as long as its notes, so the silence after the last isn't restored ...
    assert labels(notes, pad_to_total_time=True, **OWN_STEPS) == [classes("0 0 0 0 0 41")]
    # ... unless nothing is cut; there a note that sounds at the end of its bars gets its note-off.
    uncut = {"pad_to_total_time": True, "presplit_on_time_changes": False, **OWN_STEPS}
    assert labels(notes, **uncut) == [classes("0 0 0 0 0 41 1 0 0 0 0")]
    assert labels(score("60:[7,8]", qpm=60, total_time=11.0), **uncut) == [classes("0×7 41 1 0 0")]


def test_longer_melodies_are_cut_at_max_bars() -> None:
    notes = score("60:[0,2] 62:[2,4] 64:[4,6]")
    assert labels(notes, max_bars=2) == [classes("41 0×15 43 0×15")]
    assert labels(notes, max_bars=2, pad_to_total_time=True) == [classes("41 0×15 43 0×15 1 0×15")]


def test_a_tempo_change_begins_a_new_part_with_bars_of_its_own() -> None:
    tempos = gen.notes.Tempos(time=np.array([0.0, 3.0]), qpm=np.array([120.0, 60.0]))
    converter = MelodyConverter(slice_bars=1)
    first, second = converter.to_tensors(score("60:[0,1] 62:[3,4]", qpm=None, tempos=tempos))
    assert (first.qpm, second.qpm) == (120, 60)
    assert second.outputs.argmax(axis=1).tolist() == classes("43 0 0 0 1 0×11")
    uncut = MelodyConverter(slice_bars=1, presplit_on_time_changes=False)
    rejection = uncut.convert(score("60:[0,1] 62:[3,4]", qpm=None, tempos=tempos)).rejection
    assert rejection is not None
    assert rejection.code == "tempo-change"


def six_bars() -> gen.NoteSequence:
    return score(" ".join(f"{60 + bar}:[{2 * bar},{2 * bar + 1}]" for bar in range(6)))


def test_a_limit_takes_the_first_examples_and_in_training_any() -> None:
    every = labels(six_bars(), slice_bars=1)
    assert len(every) == 6
    assert labels(six_bars(), slice_bars=1, max_tensors_per_notesequence=2, mode="eval") == every[:2]
    converter = MelodyConverter(slice_bars=1, max_tensors_per_notesequence=2, mode="train")
    rng = np.random.default_rng(5)
    drawn = [
        tuple(example.outputs.argmax(axis=1)[0] for example in converter.to_tensors(six_bars(), rng=rng))
        for _ in range(60)
    ]
    assert all(len(set(pair)) == 2 and list(pair) == sorted(pair) for pair in drawn)
    assert {note for pair in drawn for note in pair} == {line[0] for line in every}
    with pytest.raises(ValueError, match="pass rng"):
        converter.convert(six_bars())


def test_equal_bars_are_one_example_or_as_many_as_there_are() -> None:
    notes = score("60:[0,1] 60:[2,3] 60:[4,5]")
    assert len(labels(notes, slice_bars=1)) == 1
    assert len(labels(notes, slice_bars=1, dedupe_event_lists=False)) == 3


@pytest.mark.parametrize(
    ("notes", "options", "code"),
    [
        (gen.NoteSequence(), {}, "no-notes"),
        (score("drums 36:[0]"), {}, "no-melody"),
        (score("program 40 60:[0,1]"), {"programs": "melody"}, "no-melody"),
        (score("60 v0:[0,1]"), {}, "no-melody"),
        (score("60:[0,1]"), {"slice_bars": 2}, "too-short"),
        (score("60:[0,1]", metre=(4, 3)), {}, "bad-metre"),
        (gen.NoteSequence(pitch=np.array([60]), start=np.array([-9.0]), end=np.array([1.0])), {}, "negative-time"),
        (score("60:[0,1] 62:[99999,100000]"), {}, "too-long"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_gives_no_example_says_why(notes: gen.NoteSequence, options: dict[str, Any], code: str) -> None:
    rejection = MelodyConverter(**options).convert(notes).rejection
    assert rejection is not None
    assert rejection.code == code
    assert rejection.detail


def test_when_several_parts_fail_the_reason_is_that_of_the_longest() -> None:
    signatures = gen.notes.TimeSignatures(
        time=np.array([0.0, 2.0]), numerator=np.array([4, 3]), denominator=np.array([4, 4])
    )
    notes = score("60:[0,1] 62:[3,9]", time_signatures=signatures)
    rejection = MelodyConverter(slice_bars=2).convert(notes).rejection
    assert rejection is not None
    assert rejection.code == "wrong-metre"
    assert "of 2 parts" in rejection.detail
    conversion = MelodyConverter(slice_bars=1).convert(notes)
    assert len(conversion.examples) == 1
    assert list(conversion.notices) == ["1 of 2 parts gave no example: wrong-metre"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"min_pitch": 90, "max_pitch": 20}, "no range of MIDI pitches"),
        ({"slice_bars": 0}, "slice_bars must be above 0"),
        ({"gap_bars": -1.0}, "gap_bars must be above 0"),
        ({"programs": "brass"}, "'brass' is neither melody nor bass"),
        ({"programs": [128]}, "no list of General MIDI programs"),
        ({"mode": "test"}, "mode must be train, eval or infer"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MelodyConverter(**options)


def test_decoding_ignores_note_offs_that_end_nothing() -> None:
    rows = np.eye(90)[classes("1 41 0 0 0 0 1 1")]
    (clip,) = MelodyConverter().from_tensors(rows[np.newaxis], original_decode=True)
    assert written(clip) == [(60, 0.125, 0.75)]
    assert clip.total_time == 0.75


def test_rows_of_another_width_are_refused() -> None:
    with pytest.raises(ValueError, match=r"expected an array \[B, T, 90\], got one of shape \[1, 16, 91\]"):
        MelodyConverter().from_tensors(np.zeros((1, 16, 91)))


def test_programs_can_be_named_or_listed() -> None:
    notes = score("program 5 60:[0,1]", "program 33 36:[0,1]", "program 50 70:[0,1]")
    first = [line[0] for line in labels(notes, programs="melody", slice_bars=1)]
    assert first == [41]
    assert [line[0] for line in labels(notes, programs="bass", slice_bars=1)] == [17]
    assert [line[0] for line in labels(notes, programs=[33, 50], slice_bars=1)] == [17, 51]
    assert len(labels(notes, slice_bars=1)) == 3
