"""Worked examples of the drums converter, by hand: 120 qpm, sixteenths, nine classes unless said otherwise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scores import classes, score, written

import gen
from gen_converters.drums.converter import DrumsConverter

OWN_STEPS: dict[str, Any] = {"steps_per_quarter": 1}
GROOVE = "drums 36:[0] 42:[0] 42:[0.25] 38:[0.5] 42:[0.5] 46:[0.76] 49:[1] 35:[1] 36:[1]"


def labels(notes: gen.NoteSequence, **options: Any) -> list[list[int]]:
    return [example.outputs.argmax(axis=1).tolist() for example in DrumsConverter(**options).to_tensors(notes)]


def test_the_drums_of_a_step_become_one_class_and_a_roll_and_come_back() -> None:
    converter = DrumsConverter(slice_bars=1, roll_input=True)
    (example,) = converter.to_tensors(score(GROOVE))
    assert (example.inputs.shape, example.outputs.shape) == ((16, 10), (16, 512))
    assert example.outputs.argmax(axis=1).tolist() == classes("5 0 4 0 6 0 8 0 129 0×7")
    assert (example.outputs.sum(axis=1) == 1).all()
    rolls = {step: "".join(str(int(bit)) for bit in example.inputs[step]) for step in (0, 1, 4, 6, 8)}
    assert rolls == {0: "1010000000", 1: "0000000001", 4: "0110000000", 6: "0001000000", 8: "1000000100"}
    (clip,) = converter.from_tensors(example.outputs[np.newaxis])
    played = [(36, 0), (42, 0), (42, 0.25), (38, 0.5), (42, 0.5), (46, 0.75), (36, 1), (49, 1)]
    assert written(clip) == [(pitch, onset, onset + 0.125) for pitch, onset in played]
    assert set(clip.velocity.tolist()) == {80}
    assert clip.is_drum.all()
    assert set(clip.instrument.tolist()) == {9}
    assert clip.total_time == 2.0
    (original,) = converter.from_tensors(example.outputs[np.newaxis], original_decode=True)
    assert original.total_time == 1.125
    (again,) = converter.to_tensors(clip)
    np.testing.assert_array_equal(again.outputs, example.outputs)


def test_all_instruments_make_one_track_and_other_pitches_are_left_out_and_counted() -> None:
    conversion = DrumsConverter(slice_bars=1).convert(score("drums 36:[0]", "drums 38:[0] 88:[0.125]"))
    (example,) = conversion.examples
    assert example.outputs.argmax(axis=1).tolist() == classes("3 0×15")
    assert list(conversion.notices) == ["skipped 1 note of pitches that no drum class takes: 88 (×1)"]


TRACKS = (
    "drums 35:[0,10] 44:[1] 40:[4] 35:[9] 40:[13] 55:[16] 60:[16] 53:[19]",
    "drums 35:[1] 40:[25] 55:[28] 60:[28] 53:[31]",
)


def test_a_bar_without_an_onset_ends_a_track() -> None:
    found = labels(score(*TRACKS, qpm=60), **OWN_STEPS)
    assert found == [
        classes("1 5 0 0 2 0 0 0"),
        classes("0 1 0 0 0 2 0 0 160 0 0 256"),
        classes("0 2 0 0 160 0 0 256"),
    ]
    (roll, *_) = DrumsConverter(roll_input=True, roll_output=True, **OWN_STEPS).to_tensors(score(*TRACKS, qpm=60))
    assert roll.inputs[:, 9].tolist() == [0, 0, 1, 1, 0, 1, 1, 1]
    np.testing.assert_array_equal(roll.inputs[:, :9], roll.outputs)


def test_windows_that_occur_twice_are_one_example() -> None:
    found = labels(score(*TRACKS, qpm=60), slice_bars=2, **OWN_STEPS)
    assert found == [classes("1 5 0 0 2 0 0 0"), classes("0 1 0 0 0 2 0 0"), classes("0 2 0 0 160 0 0 256")]


@pytest.mark.parametrize(("second", "lengths"), [(2.0, [32]), (2.125, [16, 16])])
def test_the_gap_counts_from_the_step_after_the_last_onset(second: float, lengths: list[int]) -> None:
    found = labels(score(f"drums 36:[0] 36:[{second}]"))
    assert [len(line) for line in found] == lengths


@pytest.mark.parametrize(
    ("roll_input", "roll_output", "depths"),
    [(False, False, (513, 513)), (True, False, (11, 513)), (True, True, (11, 10)), (False, True, (513, 10))],
)
def test_an_end_token_comes_last_and_decoding_stops_there(
    roll_input: bool, roll_output: bool, depths: tuple[int, int]
) -> None:
    converter = DrumsConverter(slice_bars=1, add_end_token=True, roll_input=roll_input, roll_output=roll_output)
    (example,) = converter.to_tensors(score(GROOVE))
    assert (converter.input_depth, converter.output_depth) == depths
    assert (example.inputs.shape[1], example.outputs.shape[1]) == depths
    assert example.length == converter.steps == len(example.inputs) == 17
    for rows, roll in ((example.inputs, roll_input), (example.outputs, roll_output)):
        assert rows[-1].sum() == 1
        assert rows[-1, 9 if roll else 512] == 1
    rest = np.concatenate([example.outputs, example.outputs[:8]])
    (clip,) = converter.from_tensors(rest[np.newaxis])
    assert clip.total_time == 2.0
    assert len(clip) == 8


def test_a_class_for_each_pitch_needs_rolls() -> None:
    converter = DrumsConverter(slice_bars=1, pitch_classes="full", roll_input=True, roll_output=True)
    assert (converter.input_depth, converter.output_depth) == (62, 61)
    (example,) = converter.to_tensors(score(GROOVE))
    assert len(converter.from_tensors(example.outputs[np.newaxis])[0]) == 9
    with pytest.raises(ValueError, match=r"2\^61 combinations; .* set roll_input and roll_output"):
        DrumsConverter(pitch_classes="full", roll_input=True)


def test_classes_can_be_listed() -> None:
    converter = DrumsConverter(slice_bars=1, pitch_classes=[[36, 35], [38]])
    assert converter.output_depth == 4
    (example,) = converter.to_tensors(score(GROOVE))
    assert example.outputs.argmax(axis=1).tolist() == classes("1 0 0 0 2 0 0 0 1 0×7")


def test_padding_to_the_total_time_moves_a_track_to_where_it_was_played() -> None:
    notes = score("drums 36:[5,6]", qpm=60)
    assert labels(notes, pad_to_total_time=True, **OWN_STEPS) == [classes("0 0 0 0 0 1")]
    assert labels(notes, **OWN_STEPS) == [classes("0 1 0 0")]


def test_longer_tracks_are_cut_at_max_bars() -> None:
    assert labels(score("drums 36:[0] 38:[1.5] 42:[2]"), max_bars=1) == [classes("1 0×11 2 0 0 0")]


@pytest.mark.parametrize(
    ("notes", "options", "code"),
    [
        (gen.NoteSequence(), {}, "no-notes"),
        (score("36:[0,1]"), {}, "no-drums"),
        (score("drums 36 v0:[0]"), {}, "no-drums"),
        (score("drums 100:[0]"), {}, "no-mapped-notes"),
        (score("drums 36:[0]"), {"slice_bars": 2}, "too-short"),
        (score("drums 36:[0]", metre=(6, 8)), {}, "wrong-metre"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_gives_no_example_says_why(notes: gen.NoteSequence, options: dict[str, Any], code: str) -> None:
    rejection = DrumsConverter(**options).convert(notes).rejection
    assert rejection is not None
    assert rejection.code == code
    assert rejection.detail


def test_a_limit_takes_the_first_examples() -> None:
    notes = score("drums 36:[0] 38:[2] 42:[4] 46:[6]")
    every = labels(notes, slice_bars=1)
    assert len(every) == 4
    assert labels(notes, slice_bars=1, max_tensors_per_notesequence=3) == every[:3]
