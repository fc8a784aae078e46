"""Melodies, drums and trios against the original's own outputs: every array exactly, decoded notes within 1e-6 s.

The original's melodies and drums of a file come out of a set, so they are compared without their order; its trios in
order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gen
from gen_converters.drums.converter import DrumsConverter
from gen_converters.melody.converter import MelodyConverter
from gen_converters.trio.converter import TrioConverter

TWO_BARS: dict[str, Any] = {"slice_bars": 2, "max_bars": 100}
CONVERTERS: dict[str, Callable[[], DrumsConverter | MelodyConverter | TrioConverter]] = {
    "cat-mel_2bar_small": lambda: MelodyConverter(**TWO_BARS, programs="melody"),
    "flat-mel_16bar": lambda: MelodyConverter(slice_bars=16, max_bars=100),
    "extra_mel_skip_polyphony": lambda: MelodyConverter(**TWO_BARS, skip_polyphony=True),
    "cat-drums_2bar_small": lambda: DrumsConverter(**TWO_BARS, roll_input=True),
    "nade-drums_2bar_reduced": lambda: DrumsConverter(**TWO_BARS, roll_input=True, roll_output=True),
    "nade-drums_2bar_full": lambda: DrumsConverter(**TWO_BARS, roll_input=True, roll_output=True, pitch_classes="full"),
    "extra_drums_onehot_io": lambda: DrumsConverter(**TWO_BARS),
    "cat-mel_2bar_med_chords": lambda: MelodyConverter(**TWO_BARS, chord_encoding="triads"),
    "extra_trio_chords_8bar": lambda: TrioConverter(slice_bars=8, chord_encoding="triads"),
    "flat-trio_16bar": lambda: TrioConverter(slice_bars=16),
}
TOLERANCE = 1e-6


def unpacked(arrays: Any, field: str, file: dict[str, Any], shape: str) -> np.ndarray:
    return np.unpackbits(arrays[f"{field}_{file['index']}"], axis=-1, count=file[shape][-1])


def assert_rows_equal(examples: list[gen.Example], arrays: Any, file: dict[str, Any], *, in_order: bool) -> np.ndarray:
    """Compare inputs, outputs and controls, as a multiset of examples or in order; returns the original's outputs."""
    outputs = unpacked(arrays, "outputs", file, "shape")
    theirs = [outputs]
    ours = [[example.outputs for example in examples]]
    if file["inputs_equal_outputs"]:
        assert all(example.inputs is example.outputs for example in examples)
    else:
        theirs.append(unpacked(arrays, "inputs", file, "input_shape"))
        ours.append([example.inputs for example in examples])
    if "control_shape" in file:
        theirs.append(unpacked(arrays, "controls", file, "control_shape"))
        ours.append([example.controls for example in examples])
    assert all(rows.dtype == np.float32 for field in ours for rows in field)
    keys = [
        [tuple(rows.astype(np.uint8).tobytes() for rows in fields) for fields in zip(*side, strict=True)]
        for side in (theirs, ours)
    ]
    assert Counter(keys[0]) == Counter(keys[1]), file["midi"]
    assert keys[0] == keys[1] or not in_order, file["midi"]
    return outputs


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
    ours_sorted, theirs_sorted = (rows[np.lexsort(rows.T[[1, 3, 7, 0]])] for rows in (table, theirs))
    np.testing.assert_allclose(ours_sorted, theirs_sorted, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("name", CONVERTERS)
def test_every_example_of_the_original_comes_out_the_same(
    name: str,
    golden_group: Callable[[str], tuple[dict[str, Any], Any]],
    golden: Path,
    groove_files: dict[str, bytes],
) -> None:
    facts, arrays = golden_group(f"{name}.train")
    converter = CONVERTERS[name]()
    depths = (converter.input_depth, converter.output_depth, converter.control_depth)
    assert depths == (facts["input_depth"], facts["output_depth"], facts["control_depth"])
    found = 0
    for file in facts["files"]:
        path = file["midi"]
        source = groove_files[path] if path.startswith("groove/") else (golden / path).read_bytes()
        conversion = converter.convert(gen.read_midi(source, original=True))
        assert len(conversion.examples) == file["n"], (path, conversion.rejection)
        assert sorted(example.length for example in conversion.examples) == sorted(file["lengths"])
        found += file["n"]
        if not file["n"]:
            assert conversion.rejection is not None
            continue
        outputs = assert_rows_equal(list(conversion.examples), arrays, file, in_order="trio" in name)
        controls = unpacked(arrays, "controls", file, "control_shape") if "control_shape" in file else None
        clips = converter.from_tensors(outputs, controls, original_decode=True)
        chords = [(index, chord.time, chord.text) for index, clip in enumerate(clips) for chord in clip.chords]
        assert chords == [tuple(chord) for chord in file.get("decoded_chords", [])]
        assert_notes_equal(clips, arrays[f"decoded_{file['index']}"])
        np.testing.assert_allclose([clip.total_time for clip in clips], file["decoded_total_time"], rtol=0, atol=1e-6)
        assert {float(qpm) for clip in clips for qpm in clip.tempos.qpm} == set(file["decoded_qpm"])
    assert found == facts["n_examples"] > 0
