"""What the groove converter refuses, with what words: options that can't be, and files that give nothing."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gen
from gen_converters.groove.converter import GrooveConverter

Maker = Callable[..., gen.NoteSequence]
KICKS = [(36, 2.0 * bar, 100) for bar in range(4)]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"split_bars": 0}, "split_bars must be above 0, got 0"),
        ({"steps_per_quarter": 0}, "steps_per_quarter must be above 0"),
        ({"quarters_per_bar": -1}, "quarters_per_bar must be above 0"),
        ({"split_bars": 2, "hop_size": 0}, "hop_size must be above 0"),
        ({"hop_size": 16}, "hop_size 16 without split_bars"),
        ({"mode": "test"}, "mode must be train, eval or infer, got 'test'"),
        ({"pitch_classes": "rolland"}, "pitch_classes: no drum table named 'rolland'; there are roland, reduced, full"),
        ({"pitch_classes": []}, "pitch_classes: needs at least one class"),
        ({"pitch_classes": [[36], []]}, "pitch_classes: class 1 is empty"),
        ({"pitch_classes": [[36, 128]]}, "pitch_classes: class 0 holds 128"),
        ({"pitch_classes": [[36], [38, 36]]}, "pitch 36 is in class 0 and in class 1"),
        ({"inference_pitch_classes": [[200]]}, "inference_pitch_classes: class 0 holds 200"),
        ({"inference_pitch_classes": "full"}, "pitch_classes has 9 classes and inference_pitch_classes 61"),
        ({"pitch_classes": [[36], [38]], "tapify": True}, "tapify taps on class 3, but pitch_classes has only 2"),
        ({"add_instruments": [9]}, "add_instruments: 9 is no class index; pitch_classes has 0 to 8"),
        ({"num_velocity_bins": 8}, "num_velocity_bins is 8 and num_offset_bins None; give both or neither"),
        ({"num_velocity_bins": 1, "num_offset_bins": 8}, "num_velocity_bins must be at least 2, got 1"),
        ({"max_note_dropout_probability": 1.5}, "max_note_dropout_probability must be 0 to 1, got 1.5"),
        ({"dropout_outside_training": True}, "dropout_outside_training without max_note_dropout_probability"),
    ],
)
def test_options_that_cannot_be_are_refused_by_name(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        GrooveConverter(**options)


def test_every_option_is_a_typed_keyword_with_a_line_of_explanation() -> None:
    parameters = list(inspect.signature(GrooveConverter).parameters.values())
    assert len(parameters) == 18
    for parameter in parameters:
        assert parameter.kind is inspect.Parameter.KEYWORD_ONLY
        assert parameter.annotation is not inspect.Parameter.empty
        assert parameter.name in (GrooveConverter.__doc__ or "")


def test_roland_classes_are_paired_with_the_reduced_ones_and_others_with_themselves() -> None:
    def pitches(**options: Any) -> list[int]:
        rows = np.zeros((1, 16, 3 * (9 if not options else 2)))
        rows[0, 0, : rows.shape[2] // 3] = 1
        return GrooveConverter(**options, mode="infer").from_tensors(rows)[0].pitch.tolist()

    assert pitches() == [36, 38, 42, 46, 45, 48, 50, 49, 51]
    assert pitches(pitch_classes=[[60], [61]]) == [60, 61]


def rejection(notes: gen.NoteSequence, **options: Any) -> gen.Rejection:
    conversion = GrooveConverter(**{"split_bars": 4, "mode": "train", **options}).convert(notes)
    assert not conversion.examples
    assert conversion.rejection is not None
    return conversion.rejection


def test_a_tempo_change_is_a_reason_for_nothing(groove: Maker) -> None:
    tempos = gen.notes.Tempos(time=np.array([0.0, 4.0]), qpm=np.array([120.0, 90.0]))
    notes = groove(KICKS)
    changed = gen.NoteSequence(pitch=notes.pitch, start=notes.start, end=notes.end, tempos=tempos)
    found = rejection(changed)
    assert found.code == "tempo-change"
    assert "120 qpm to 90 qpm at 4.000 s" in found.detail
    assert "split the file" in found.detail


def test_a_metre_change_is_a_reason_for_nothing(groove: Maker) -> None:
    signatures = gen.notes.TimeSignatures(
        time=np.array([0.0, 4.0]), numerator=np.array([4, 3]), denominator=np.array([4, 4])
    )
    notes = groove(KICKS)
    found = rejection(gen.NoteSequence(pitch=notes.pitch, start=notes.start, end=notes.end, time_signatures=signatures))
    assert found.code == "metre-change"
    assert "4/4 to 3/4 at 4.000 s" in found.detail


@pytest.mark.parametrize(
    ("metre", "code", "words"),
    [
        ((3, 4), "wrong-metre", "3/4 has 12 steps a bar where 16 are needed"),
        ((6, 8), "wrong-metre", "6/8 has 12 steps a bar where 16 are needed"),
        ((7, 16), "wrong-metre", "7/16 has 7 steps a bar where 16 are needed"),
        ((4, 3), "bad-metre", "time signature 4/3"),
    ],
)
def test_a_metre_without_four_quarters_is_refused(groove: Maker, metre: tuple[int, int], code: str, words: str) -> None:
    found = rejection(groove(KICKS, metre=metre))
    assert found.code == code
    assert words in found.detail


@pytest.mark.parametrize("metre", [(4, 4), (2, 2), (8, 8), (16, 16)])
def test_a_metre_of_four_quarters_is_taken_however_it_is_written(groove: Maker, metre: tuple[int, int]) -> None:
    assert len(GrooveConverter(split_bars=4, mode="train").to_tensors(groove(KICKS, metre=metre))) == 1


def test_three_quarters_are_taken_where_the_recipe_says_so(groove: Maker) -> None:
    converter = GrooveConverter(split_bars=2, quarters_per_bar=3, mode="train")
    (example,) = converter.to_tensors(groove([(36, 0.0, 100), (38, 1.6, 100)], metre=(3, 4)))
    assert example.outputs.shape == (24, 27)


def test_a_file_that_is_too_short_says_how_long_it_is(groove: Maker) -> None:
    found = rejection(groove(KICKS[:3]))
    assert found.code == "too-short"
    assert found.detail.startswith("3 bars (up to the last onset) where 4 are needed; set split_bars to 3 or less")


def test_no_notes_no_drums_and_no_mapped_notes_are_told_apart(groove: Maker) -> None:
    assert rejection(gen.NoteSequence()).code == "no-notes"
    melody = gen.NoteSequence(pitch=np.array([36]), start=np.array([0.0]), end=np.array([1.0]))
    found = rejection(melody, drums_only=True)
    assert (found.code, found.detail) == ("no-notes", "there is no note that is marked as a drum")
    found = rejection(groove([(60, 0.0, 100), (61, 1.0, 100), (60, 2.0, 100)]))
    assert found.code == "no-mapped-notes"
    assert "skipped 3 notes of pitches that no drum class takes: 60 (×2), 61 (×1)" in found.detail


def test_notes_far_before_zero_are_a_reason_for_nothing(groove: Maker) -> None:
    assert rejection(groove([(36, -1.0, 100), *KICKS])).code == "negative-time"
    (example,) = GrooveConverter(split_bars=4, mode="train").to_tensors(groove([(38, -0.05, 100), *KICKS]))
    assert example.outputs[0, 19] == pytest.approx(0.8)  # a little early is an early downbeat


def test_a_file_of_absurd_length_is_refused_before_it_eats_the_memory(groove: Maker) -> None:
    found = rejection(groove([(36, 1e9, 100)]))
    assert found.code == "too-long"
    assert "at most 262,144 fit" in found.detail


def test_unmapped_pitches_are_left_out_and_counted(groove: Maker) -> None:
    conversion = GrooveConverter(split_bars=4, mode="train").convert(
        groove([*KICKS, (39, 0.5, 100), (60, 0.5, 100), (39, 30.0, 100)])
    )
    assert conversion.rejection is None
    assert len(conversion.examples) == 1  # the unmapped note at 30 s adds no bars
    assert conversion.notices == ["skipped 3 notes of pitches that no drum class takes: 39 (×2), 60 (×1)"]
    assert GrooveConverter(split_bars=4, mode="infer").convert(groove([*KICKS, (39, 0.5, 100)])).notices == []


def test_notes_count_by_pitch_unless_only_drums_are_wanted(groove: Maker) -> None:
    drums = groove(KICKS)
    both = gen.NoteSequence(
        pitch=np.append(drums.pitch, 38),
        start=np.append(drums.start, 0.5),
        end=np.append(drums.end, 1.0),
        is_drum=np.append(drums.is_drum, False),
    )
    (everything,) = GrooveConverter(split_bars=4, mode="train").to_tensors(both)
    assert everything.outputs[:, :9].sum() == 5
    conversion = GrooveConverter(split_bars=4, drums_only=True, mode="train").convert(both)
    assert conversion.examples[0].outputs[:, :9].sum() == 4
    assert conversion.notices == ["skipped 1 note not marked as drums"]


@pytest.mark.parametrize(
    ("options", "shape", "words"),
    [
        ({}, (16, 27), r"expected an array \[B, T, 27\], got one of shape \[16, 27\]"),
        ({}, (1, 16, 28), r"expected an array \[B, T, 27\]"),
        ({"split_instruments": True}, (1, 16, 3), "16 rows don't make whole steps of 9 drums"),
    ],
)
def test_arrays_of_another_shape_are_refused(options: dict[str, Any], shape: tuple[int, ...], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        GrooveConverter(**options).from_tensors(np.zeros(shape))


@pytest.mark.parametrize("qpm", [0.0, -1.0, float("nan"), float("inf")])
def test_a_tempo_that_is_none_is_refused(qpm: float) -> None:
    with pytest.raises(ValueError, match="qpm must be a positive number"):
        GrooveConverter().from_tensors(np.zeros((1, 16, 27)), qpm=qpm)
