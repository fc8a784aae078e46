"""The original's answers about pitches, ties, early notes, chords and caps (shared/golden/behaviour_checks.json).

Where gen differs on purpose, the test says from what and how. The entries about schedules are held by tests/models.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gen
from gen_converters.groove.converter import GrooveConverter
from gen_converters.groove.matrix import TAP_CLASS
from gen_converters.melody.converter import MelodyConverter
from gen_converters.trio.converter import TrioConverter

Maker = Callable[..., gen.NoteSequence]
DIMINISHED = {37: ["Cdim"], 48: ["Bdim"]}
ELSEWHERE = {"sampling_probability_at_step", "lr_and_beta_at_step", "preprocess_tfrecord"}
"""Schedules, and a remark about the original's command line."""
HELD = {
    "groove_pitch_handling",
    "groove_ignores_is_drum_flag",
    "groove_onset_at_7.99s_of_8s",
    "groove_negative_start",
    "groove_negative_start_midi_roundtrip",
    "groove_tie_equal_velocity_first_listed_wins_offset",
    "tapify_column",
    "chord_control_decode_by_class",
    "default_cap_counts_eval_mode",
    "groove_cap_ignored",
}


@pytest.fixture(scope="module")
def said(golden: Path) -> dict[str, Any]:
    return dict(json.loads((golden / "behaviour_checks.json").read_text()))


def test_every_answer_is_held_by_a_test(said: dict[str, Any]) -> None:
    assert said.keys() == HELD | ELSEWHERE


def test_pitches_fall_into_the_classes_of_each_mode(said: dict[str, Any], groove: Maker) -> None:
    """Where the original fails on a pitch that no class takes, gen leaves the note out and says so."""
    for question, answer in said["groove_pitch_handling"].items():
        mode, _, pitch = question.split()
        conversion = GrooveConverter(mode=mode).convert(groove([(int(pitch), 0.0, 100)]))
        if answer.startswith("KeyError"):
            assert conversion.rejection is not None
            assert conversion.rejection.code == "no-mapped-notes"
            assert conversion.notices == [f"skipped 1 note of pitches that no drum class takes: {pitch} (×1)"]
        else:
            (example,) = conversion.examples
            assert f"class {np.flatnonzero(example.outputs[0, :9]).tolist()}" == answer


def test_notes_that_are_not_marked_as_drums_count(said: dict[str, Any]) -> None:
    onset = np.array([0.0, 0.5])
    notes = gen.NoteSequence(np.array([36, 38]), 100, onset, onset + 0.1)  # type: ignore[arg-type]
    examples = GrooveConverter(mode="train").to_tensors(notes)
    hits = int(sum(example.outputs[:, :9].sum() for example in examples))
    assert said["groove_ignores_is_drum_flag"].startswith(f"examples={len(examples)} hits={hits} ")


def test_an_onset_just_before_the_fifth_bar_is_lost_with_that_bar(said: dict[str, Any], groove: Maker) -> None:
    examples = GrooveConverter(split_bars=4, mode="train").to_tensors(groove([(36, 0.0, 100), (36, 7.99, 100)]))
    hits = [int(example.outputs[:, :9].sum()) for example in examples]
    assert said["groove_onset_at_7.99s_of_8s"] == f"n={len(examples)} hits={hits}"


def early_kick() -> np.ndarray:
    """A kick at the first step, 0.45 steps early, of velocity 0.8."""
    rows = np.zeros((1, 16, 27), np.float32)
    rows[0, 0, [0, 9, 18]] = 1, 0.8, 0.9
    return rows


def test_an_early_first_hit_starts_before_zero_in_the_originals_decoding(said: dict[str, Any]) -> None:
    start, end, length = said["groove_negative_start"]
    (clip,) = GrooveConverter(mode="train").from_tensors(early_kick(), original_decode=True)
    assert (float(clip.start[0]), float(clip.end[0])) == (pytest.approx(start, abs=1e-6), pytest.approx(end, abs=1e-6))
    assert f"total_time={clip.total_time:g}" == length


@pytest.mark.parametrize("original_decode", [True, False])
def test_an_early_first_hit_is_written_at_zero(said: dict[str, Any], original_decode: bool) -> None:
    """The original writes 220 ticks a quarter note, so its times are compared to half of such a tick."""
    half_a_tick = 0.5 / 220 / 2
    (clip,) = GrooveConverter(mode="train").from_tensors(early_kick(), original_decode=original_decode)
    written = [(note.start, note.end, note.pitch, note.velocity) for note in gen.read_midi(gen.midi.midi_bytes(clip))]
    for ours, theirs in zip(written, said["groove_negative_start_midi_roundtrip"], strict=True):
        assert ours == (*(pytest.approx(time, abs=half_a_tick) for time in theirs[:2]), *theirs[2:])


def test_of_equally_loud_hits_the_first_listed_stays(said: dict[str, Any], groove: Maker) -> None:
    (example,) = GrooveConverter(mode="train").to_tensors(groove([(38, 0.53, 90), (38, 0.49, 90)]))
    expected = said["groove_tie_equal_velocity_first_listed_wins_offset"]
    assert example.outputs[4, 18 + 1] == pytest.approx(expected, abs=1e-6)


def test_a_tapped_rhythm_stands_in_the_same_column(said: dict[str, Any], groove: Maker) -> None:
    (example,) = GrooveConverter(tapify=True, mode="train").to_tensors(groove([(36, 0.0, 100)]))
    assert np.flatnonzero(example.inputs[0, :9]).tolist() == [said["tapify_column"]] == [TAP_CLASS]


def test_chord_classes_decode_to_the_same_symbols(said: dict[str, Any]) -> None:
    """The original takes the last twelve classes for no chord; gen does where it is asked to, else names the chord."""
    converter = MelodyConverter(chord_encoding="triads")
    rest = np.zeros((1, 16, converter.output_depth), np.float32)
    rest[..., 0] = 1
    for number, symbols in said["chord_control_decode_by_class"].items():
        controls = np.zeros((1, 16, 49), np.float32)
        controls[..., int(number)] = 1
        (faithful,) = converter.from_tensors(rest, controls, original_decode=True)
        assert [chord.text for chord in faithful.chords] == symbols
        (named,) = converter.from_tensors(rest, controls)
        assert [chord.text for chord in named.chords] == DIMINISHED.get(int(number), symbols)


CAPPED: dict[str, Callable[[int], gen.Converter]] = {
    "flat-mel_16bar": lambda cap: MelodyConverter(
        slice_bars=16, max_bars=100, max_tensors_per_notesequence=cap, mode="eval"
    ),
    "cat-mel_2bar_small": lambda cap: MelodyConverter(
        slice_bars=2, max_bars=100, programs="melody", max_tensors_per_notesequence=cap, mode="eval"
    ),
    "flat-trio_16bar": lambda cap: TrioConverter(slice_bars=16, max_tensors_per_notesequence=cap, mode="eval"),
}


def test_a_cap_holds_in_evaluation(said: dict[str, Any], golden: Path) -> None:
    checks = said["default_cap_counts_eval_mode"]
    assert checks.keys() == CAPPED.keys()
    for name, check in checks.items():
        converter = CAPPED[name](check["cap"])
        for file, count in check["counts"]:
            notes = gen.read_midi(golden / "midi" / f"{file}.mid", original=True)
            assert len(converter.to_tensors(notes)) == count, (name, file)


def test_a_groove_has_no_cap(said: dict[str, Any], groove_files: dict[str, bytes]) -> None:
    """As the original's has none, though its recipes state one: windows of four bars, one after another."""
    check = said["groove_cap_ignored"]
    notes = gen.read_midi(groove_files[f"groove/{check['file']}"], original=True)
    with pytest.raises(TypeError, match="max_tensors_per_notesequence"):
        GrooveConverter(max_tensors_per_notesequence=check["max_tensors_per_notesequence"])  # type: ignore[call-arg]
    assert len(GrooveConverter(split_bars=4, mode="train").to_tensors(notes)) == check["examples"]
