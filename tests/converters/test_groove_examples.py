"""Worked examples of the groove converter, by hand: 120 qpm, sixteenths, Roland classes unless said otherwise."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import gen
from gen_converters.groove.converter import GrooveConverter

Maker = Callable[..., gen.NoteSequence]
Cells = dict[tuple[int, int], tuple[float, float]]

TWELVE_HITS = [
    (36, 0.0, 80),
    (42, 0.0, 72),
    (42, 0.26125, 127),
    (38, 0.5, 103),
    (42, 0.5, 107),
    (42, 0.75, 80),
    (36, 1.0, 80),
    (42, 1.0, 80),
    (42, 1.25, 80),
    (38, 1.523, 82),
    (42, 1.5, 80),
    (42, 1.75, 80),
]


def convert(notes: gen.NoteSequence, **options: Any) -> list[gen.Example]:
    return GrooveConverter(**{"mode": "train", **options}).to_tensors(notes)


def cells(rows: np.ndarray) -> Cells:
    """(step, class) -> (velocity, offset) of every hit, and a check that nothing stands anywhere else."""
    hits, velocities, offsets = np.split(rows, 3, axis=1)
    assert not velocities[hits == 0].any()
    assert not offsets[hits == 0].any()
    assert set(np.unique(hits)) <= {0, 1}
    return {
        (int(step), int(drum)): (float(velocities[step, drum]), float(offsets[step, drum]))
        for step, drum in np.argwhere(hits)
    }


def assert_cells(rows: np.ndarray, expected: Cells) -> None:
    found = cells(rows)
    assert found.keys() == expected.keys()
    for where, values in expected.items():
        assert found[where] == pytest.approx(values, abs=1e-6), where


def test_a_bar_of_drums_becomes_hits_velocities_and_offsets(groove: Maker) -> None:
    (example,) = convert(groove(TWELVE_HITS), split_bars=1)
    assert example.inputs is example.outputs
    assert example.outputs.shape == (16, 27)
    assert example.outputs.dtype == np.float32
    assert (example.length, example.qpm, example.controls) == (16, 120.0, None)
    assert_cells(
        example.outputs,
        {
            (0, 0): (0.629921, 0),
            (0, 2): (0.566929, 0),
            (2, 2): (1.0, -0.18),
            (4, 1): (0.811024, 0),
            (4, 2): (0.84252, 0),
            (6, 2): (0.629921, 0),
            (8, 0): (0.629921, 0),
            (8, 2): (0.629921, 0),
            (10, 2): (0.629921, 0),
            (12, 1): (0.645669, -0.368),
            (12, 2): (0.629921, 0),
            (14, 2): (0.629921, 0),
        },
    )


def test_decoding_gives_back_onsets_and_velocities(groove: Maker) -> None:
    converter = GrooveConverter(split_bars=1, mode="train")
    (example,) = converter.to_tensors(groove(TWELVE_HITS))
    (clip,) = converter.from_tensors(example.outputs[np.newaxis])
    found = sorted((note.start, note.pitch, note.velocity) for note in clip)
    expected = sorted((onset, pitch, velocity) for pitch, onset, velocity in TWELVE_HITS)
    assert [row[1:] for row in found] == [row[1:] for row in expected]
    assert [row[0] for row in found] == pytest.approx([row[0] for row in expected], abs=1e-7)
    assert clip.total_time == 2.0
    assert clip.is_drum.all()
    late = next(note for note in clip if note.velocity == 127)
    assert late.end == pytest.approx(0.38625, abs=1e-7)


def test_a_tapped_input_keeps_the_loudest_drum_of_each_step(groove: Maker) -> None:
    (example,) = convert(groove(TWELVE_HITS), split_bars=1, tapify=True)
    velocities = [80, 127, 107, 80, 80, 80, 82, 80]
    offsets = [0, -0.18, 0, 0, 0, 0, -0.368, 0]
    expected = {
        (2 * k, 3): (velocity / 127, offset)
        for k, (velocity, offset) in enumerate(zip(velocities, offsets, strict=True))
    }
    assert_cells(example.inputs, expected)
    (soft,) = convert(groove(TWELVE_HITS), split_bars=1, tapify=True, fixed_velocities=True)
    assert_cells(soft.inputs, {where: (0, offset) for where, (_, offset) in expected.items()})
    np.testing.assert_array_equal(soft.outputs, example.outputs)


def test_a_humanised_input_has_hits_only(groove: Maker) -> None:
    (example,) = convert(groove(TWELVE_HITS), split_bars=1, humanize=True)
    assert_cells(example.inputs, dict.fromkeys(cells(example.outputs), (0, 0)))


def test_the_encoder_does_not_hear_instruments_that_are_to_be_added(groove: Maker) -> None:
    (example,) = convert(groove(TWELVE_HITS), split_bars=1, add_instruments=[2])
    full = cells(example.outputs)
    assert_cells(example.inputs, {where: values for where, values in full.items() if where[1] in (0, 1)})


def edge_hits(step: float) -> list[tuple[int, float, int]]:
    return [
        (36, 0.02, 100),
        (38, 4 * step - 0.03, 90),
        (38, 4 * step + 0.01, 110),
        (42, 7.5 * step, 60),
        (42, 9.49 * step, 61),
        (46, 15.6 * step, 127),
    ]


def test_edges_of_the_grid_fall_as_in_the_original(groove: Maker) -> None:
    notes = groove(edge_hits(0.15), qpm=100)
    (example,) = convert(notes, split_bars=2)
    assert example.qpm == 100
    assert_cells(
        example.outputs,
        {
            (0, 0): (0.787402, -0.266667),
            (4, 1): (0.866142, -0.133333),  # the quieter, early hit of the step is lost
            (8, 2): (0.472441, 1.0),  # exactly half a step early
            (9, 2): (0.480315, -0.98),
            (16, 3): (1.0, 0.8),  # an early downbeat of the second bar
        },
    )
    first, second = convert(notes, split_bars=1)
    assert set(cells(second.outputs)) == {(0, 3)}
    (clip,) = GrooveConverter(mode="train").from_tensors(first.outputs[np.newaxis])
    assert clip.pitch.tolist() == [36, 38, 42, 42]
    assert clip.start.tolist() == pytest.approx([0.016667, 0.508333, 0.9375, 1.18625], abs=1e-6)


def test_a_hit_of_exactly_one_half_does_not_sound() -> None:
    rows = np.zeros((1, 16, 27))
    rows[0, 0, [0, 9, 18]] = 1.0, 0.5, 0.6  # early at step 0: before zero
    rows[0, 1, 0] = 0.5
    rows[0, 2, [2, 11, 20]] = 0.51, 1.3, -1.8  # beyond the range of velocity and offset
    converter = GrooveConverter(mode="train")
    (raw,) = converter.from_tensors(rows, original_decode=True)
    assert [(n.pitch, n.velocity) for n in raw] == [(36, 64), (42, 127)]
    assert raw.start.tolist() == pytest.approx([-0.0375, 0.3125])
    assert raw.total_time == 0
    (clip,) = converter.from_tensors(rows)
    assert clip.start.tolist() == pytest.approx([0.0, 0.3125])
    assert clip.end.tolist() == pytest.approx([0.0875, 0.4375])


def test_inference_reads_and_plays_its_own_classes(groove: Maker) -> None:
    notes = groove([(pitch, pitch * 0.25, 100) for pitch in range(4)])
    options: dict[str, Any] = {"pitch_classes": [[0, 1], [2, 3]], "inference_pitch_classes": [[1, 2], [3, 0]]}
    modes: dict[gen.interfaces.Mode, list[int]] = {"train": [0, 0, 2, 2], "eval": [0, 0, 2, 2], "infer": [3, 1, 1, 3]}
    for mode, expected in modes.items():
        converter = GrooveConverter(**options, mode=mode)
        (example,) = converter.to_tensors(notes)
        (clip,) = converter.from_tensors(example.outputs[np.newaxis])
        assert clip.pitch.tolist() == expected, mode


@pytest.mark.parametrize(
    ("mode", "classes"),
    [
        ("infer", {22: 2, 26: 3, 35: 0, 39: 1, 45: 4, 48: 5, 58: 7, 60: 5}),
        ("train", {22: 2, 26: 3, 45: 5, 48: 6, 58: 4}),
    ],
)
def test_the_shipped_tables_class_pitches_by_mode(
    groove: Maker, mode: gen.interfaces.Mode, classes: dict[int, int]
) -> None:
    for pitch, expected in classes.items():
        (example,) = convert(groove([(pitch, 0.0, 100)]), mode=mode)
        assert list(cells(example.outputs)) == [(0, expected)], pitch


@pytest.mark.parametrize(
    ("mode", "pitches"),
    [("infer", [36, 38, 42, 46, 45, 48, 50, 49, 51]), ("train", [36, 38, 42, 46, 43, 47, 50, 49, 51])],
)
def test_each_class_is_played_on_the_first_of_its_pitches(mode: gen.interfaces.Mode, pitches: list[int]) -> None:
    rows = np.zeros((1, 16, 27))
    rows[0, 0, :9] = 1.0
    (clip,) = GrooveConverter(mode=mode).from_tensors(rows)
    assert clip.pitch.tolist() == pitches


@pytest.mark.parametrize(
    ("bars", "options", "windows"),
    [
        (12, {"split_bars": 1}, 12),
        (12, {"split_bars": 2}, 6),
        (12, {"split_bars": 2, "hop_size": 16}, 11),
        (2, {"split_bars": 1, "hop_size": 4}, 5),
        (13, {"split_bars": 4}, 3),
        (12, {}, 1),
        (12, {"split_bars": 2, "split_instruments": True}, 6),
        (12, {"split_bars": 2, "hop_size": 16, "split_instruments": True}, 11),
    ],
)
def test_a_file_is_cut_into_windows(groove: Maker, bars: int, options: dict[str, Any], windows: int) -> None:
    notes = groove([(36, 2.0 * bar, 100) for bar in range(bars)])
    for mode in ("train", "eval", "infer"):
        assert len(convert(notes, **options, mode=mode)) == windows


def test_overlapping_windows_share_memory(groove: Maker) -> None:
    examples = convert(groove([(36, 2.0 * bar, 100) for bar in range(12)]), split_bars=4, hop_size=16)
    assert len(examples) == 9
    stored = [example.given.outputs.stored for example in examples]
    assert all(np.shares_memory(a, b) for one, other in pairwise(stored) for a, b in zip(one, other, strict=True))
    assert all(example.inputs is example.outputs for example in examples)


@pytest.mark.parametrize(
    ("options", "rows", "controls"),
    [
        ({"num_velocity_bins": 32, "num_offset_bins": 32}, (16, 585), None),
        ({"split_instruments": True}, (144, 3), (144, 9)),
        ({"split_instruments": True, "num_velocity_bins": 32, "num_offset_bins": 32}, (144, 65), (144, 9)),
        ({"hits_as_controls": True}, (16, 9 * 3), (16, 9)),
        ({"hits_as_controls": True, "split_instruments": True, "split_bars": 2}, (288, 3), (288, 10)),
        ({"steps_per_quarter": 6}, (24, 27), None),
        ({"pitch_classes": "full"}, (16, 183), None),
    ],
)
def test_options_shape_the_rows(
    groove: Maker, options: dict[str, Any], rows: tuple[int, int], controls: tuple[int, int] | None
) -> None:
    options = {"split_bars": 1, **options}
    converter = GrooveConverter(**options, mode="train")
    examples = converter.to_tensors(groove([(36, 0.0, 100), (38, 2.5, 90)]))
    assert examples
    assert examples[0].outputs.shape == rows == (converter.steps, converter.output_depth)
    assert examples[0].length == rows[0]
    found = examples[0].controls
    assert (None if found is None else found.shape) == controls
    assert converter.control_depth == (controls[1] if controls else 0)


def test_bins_are_right_closed_and_empty_cells_encode_zero(groove: Maker) -> None:
    (example,) = convert(groove([(36, 0.0, 127)]), split_bars=1, num_velocity_bins=32, num_offset_bins=32)
    hits, velocities, offsets = np.split(example.outputs, [9, 9 + 288], axis=1)
    assert hits[0].tolist() == [1, *[0] * 8]
    velocity = velocities.reshape(16, 9, 32).argmax(axis=2)
    offset = offsets.reshape(16, 9, 32).argmax(axis=2)
    assert velocity[0].tolist() == [31, *[0] * 8]
    assert set(offset.ravel().tolist()) == {16}


def test_split_rows_go_through_the_drums_of_a_step_before_the_next_step(groove: Maker) -> None:
    (example,) = convert(
        groove([(36, 0.0, 127), (38, 0.135, 64)]), split_bars=1, split_instruments=True, hits_as_controls=True
    )
    assert np.flatnonzero(example.outputs[:, 0]).tolist() == [0, 10]
    assert example.outputs[10].tolist() == pytest.approx([1, 64 / 127, -0.16], abs=1e-6)
    assert example.controls is not None
    np.testing.assert_array_equal(example.controls[:, 0], example.outputs[:, 0])
    np.testing.assert_array_equal(example.controls[:, 1:], np.tile(np.eye(9), (16, 1)))


def test_of_equally_loud_hits_on_one_step_the_first_listed_stays(groove: Maker) -> None:
    (example,) = convert(groove([(38, 0.53, 90), (40, 0.5, 90), (37, 0.49, 90)]))
    assert_cells(example.outputs, {(4, 1): (90 / 127, -0.48)})


def soft_hits(pitch: int) -> list[tuple[int, float, int]]:
    return [(pitch, 0.125 * step, 5) for step in range(16)]


def test_a_dropped_kick_comes_back_in_a_tapped_input(groove: Maker) -> None:
    converter = GrooveConverter(split_bars=1, tapify=True, max_note_dropout_probability=0.8, mode="train")
    kept = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        (kicks,) = converter.to_tensors(groove(soft_hits(36)), rng=rng)
        assert kicks.inputs[:, 3].sum() == 16
        (hats,) = converter.to_tensors(groove(soft_hits(42)), rng=rng)
        kept.append(int(hats.inputs[:, 3].sum()))
        assert hats.outputs[:, 2].sum() == 16
    assert min(kept) < 8 < max(kept)


def test_loud_notes_are_dropped_less_often_than_soft_ones(groove: Maker) -> None:
    converter = GrooveConverter(max_note_dropout_probability=0.8, mode="train")
    notes = groove([(36, 0.125 * step, 127) for step in range(1600)] + [(42, 0.125 * step, 13) for step in range(1600)])
    loud = soft = 0
    for seed in range(10):
        (example,) = converter.to_tensors(notes, rng=np.random.default_rng(seed))
        loud += 1600 - int(example.inputs[:, 0].sum())
        soft += 1600 - int(example.inputs[:, 2].sum())
        gone = example.inputs[:, 0] == 0
        assert not example.inputs[gone][:, [9, 18]].any()
    assert soft / loud == pytest.approx((1 - 13 / 127) / 0.2, rel=0.1)


def test_notes_are_dropped_in_training_only_unless_asked_for(groove: Maker) -> None:
    notes = groove(soft_hits(42))
    for mode in ("eval", "infer"):
        (example,) = convert(notes, max_note_dropout_probability=0.8, mode=mode)
        assert example.inputs is example.outputs
    original = GrooveConverter(max_note_dropout_probability=0.8, dropout_outside_training=True, mode="infer")
    (example,) = original.to_tensors(notes, rng=np.random.default_rng(1))
    assert example.inputs[:, 2].sum() < 16
    with pytest.raises(ValueError, match="pass rng="):
        convert(notes, max_note_dropout_probability=0.8, mode="train")
