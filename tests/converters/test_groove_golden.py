"""The groove converter against the original's own outputs: hits exactly, values within 1e-6."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gen
from gen_converters.groove.converter import GrooveConverter

CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "groovae_4bar": {"split_bars": 4},
    "groovae_2bar_humanize": {"split_bars": 2, "humanize": True},
    "groovae_2bar_tap_fixed_velocity": {"split_bars": 2, "tapify": True, "fixed_velocities": True},
    "groovae_2bar_add_closed_hh": {"split_bars": 2, "add_instruments": [2]},
    "groovae_2bar_hits_control_tfds": {"split_bars": 2, "hits_as_controls": True},
}
EXTRA: dict[str, dict[str, Any]] = {
    "extra_groove_categorical": {"split_bars": 2, "num_velocity_bins": 8, "num_offset_bins": 8},
    "extra_groove_hop16": {"split_bars": 2, "hop_size": 16},
    "extra_groove_nosplit": {},
    "extra_groove_split_instruments": {"split_bars": 2, "split_instruments": True, "hits_as_controls": True},
    "extra_groove_tapify": {"split_bars": 2, "tapify": True},
    "groovae_2bar_tap_fixed_velocity_note_dropout": {
        "split_bars": 2,
        "tapify": True,
        "fixed_velocities": True,
        "max_note_dropout_probability": 0.8,
    },
}
GROUPS = [
    *((name, mode, options) for name, options in CONFIGURATIONS.items() for mode in ("train", "infer")),
    *((name, "train", options) for name, options in EXTRA.items()),
]
TOLERANCE = 1e-6


def stacked(examples: Any, field: str) -> np.ndarray:
    return np.stack([getattr(example, field) for example in examples])


def assert_rows_equal(ours: np.ndarray, theirs: np.ndarray) -> None:
    assert ours.shape == theirs.shape
    assert ours.dtype == np.float32
    hits = 1 if ours.shape[-1] == 3 else 9  # a row a drum, or a row a step
    np.testing.assert_array_equal(ours[..., :hits], theirs[..., :hits])
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize(("name", "mode", "options"), GROUPS, ids=[f"{name}.{mode}" for name, mode, _ in GROUPS])
def test_every_array_of_the_original_comes_out_the_same(
    name: str,
    mode: gen.interfaces.Mode,
    options: dict[str, Any],
    golden_group: Callable[[str], tuple[dict[str, Any], Any]],
    read_groove: Callable[[str], gen.NoteSequence],
) -> None:
    facts, arrays = golden_group(f"{name}.{mode}")
    converter = GrooveConverter(**options, mode=mode)
    assert (converter.input_depth, converter.control_depth) == (facts["input_depth"], facts["control_depth"])
    found = decoded = 0
    for file in facts["files"]:
        k = file["index"]
        # numpy's old random source has the two methods that note dropout calls, and so draws as the original did
        seed = facts["numpy_seed_before_each_file"]
        rng: Any = None if seed is None else np.random.RandomState(seed)
        examples = converter.to_tensors(read_groove(file["midi"]), rng=rng)
        assert len(examples) == file["n"], file["midi"]
        if not examples:
            continue
        found += len(examples)
        outputs = stacked(examples, "outputs")
        assert [example.length for example in examples] == file["lengths"]
        assert_rows_equal(outputs, arrays[f"outputs_{k}"])
        if file["inputs_equal_outputs"]:
            np.testing.assert_array_equal(stacked(examples, "inputs"), outputs)
        else:
            assert_rows_equal(stacked(examples, "inputs"), arrays[f"inputs_{k}"])
        if facts["control_depth"]:
            depth = file["control_shape"][-1]
            controls = np.unpackbits(arrays[f"controls_{k}"], axis=-1, count=depth)
            np.testing.assert_array_equal(stacked(examples, "controls"), controls)
        played = arrays[f"decoded_{k}"]
        assert_notes_equal(converter.from_tensors(outputs, original_decode=True), played)
        decoded += len(played)
    assert found == facts["n_examples"] > 0
    assert decoded > 0


def assert_notes_equal(ours: list[gen.NoteSequence], theirs: np.ndarray) -> None:
    table = np.concatenate(
        [
            np.column_stack(
                [np.full(len(n), i), n.pitch, n.velocity, n.start, n.end, n.program, n.is_drum, n.instrument]
            )
            for i, n in enumerate(ours)
        ]
    )
    assert table.shape == theirs.shape
    exact = [0, 1, 2, 5, 6, 7]
    np.testing.assert_array_equal(table[:, exact], theirs[:, exact])
    np.testing.assert_allclose(table[:, 3:5], theirs[:, 3:5], rtol=0, atol=TOLERANCE)
    assert all(notes.total_time == 0 for notes in ours)


@pytest.mark.parametrize("mode", ["train", "infer"])
def test_random_samples_decode_to_the_notes_of_the_original(mode: gen.interfaces.Mode, golden: Path) -> None:
    arrays = np.load(golden / "converters" / f"groove_decode_random.{mode}.npz")
    ours = GrooveConverter(mode=mode).from_tensors(arrays["samples"], original_decode=True)
    assert len(arrays["decoded"]) > 100
    assert min(notes.start.min() for notes in ours) < 0
    assert_notes_equal(ours, arrays["decoded"])


@pytest.mark.slow
def test_every_file_of_the_data_set_gives_as_many_examples_as_the_original(
    golden: Path, groove_files: dict[str, bytes], read_groove: Callable[[str], gen.NoteSequence]
) -> None:
    four_bars = GrooveConverter(split_bars=4, mode="train")
    two_bars = GrooveConverter(split_bars=2, humanize=True, mode="train")
    with (golden / "gmd_example_counts.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == 1150
    for row in rows:
        notes = read_groove(f"groove/{row['midi_filename']}")
        assert len(notes) == int(row["n_notes"])
        assert len(four_bars.to_tensors(notes)) == int(row["groovae_4bar_examples"]), row
        assert len(two_bars.to_tensors(notes)) == int(row["groovae_2bar_humanize_examples"]), row
