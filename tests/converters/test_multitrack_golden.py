"""Multitrack performances against the original's own outputs: every row and length exactly and in order.

Decoded notes agree within 1e-6 s, decoded chords exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gen
from gen_converters.multitrack.converter import MultitrackConverter

CONVERTERS: dict[str, dict[str, Any]] = {
    "hier-multiperf_vel_1bar_med": {},
    "hier-multiperf_vel_1bar_med_chords": {"chord_encoding": "triads", "coincident_chords": "reject"},
}
TOLERANCE = 1e-6


def rows_of(arrays: Any, field: str, file: dict[str, Any], shape: str) -> np.ndarray:
    return np.unpackbits(arrays[f"{field}_{file['index']}"], axis=-1, count=file[shape][-1])


def table_of(clips: list[gen.NoteSequence]) -> np.ndarray:
    columns = [
        np.column_stack([np.full(len(n), i), n.pitch, n.velocity, n.start, n.end, n.program, n.is_drum, n.instrument])
        for i, n in enumerate(clips)
    ]
    return np.concatenate(columns)


def in_order(table: np.ndarray) -> np.ndarray:
    """By example, instrument, onset, pitch, and end; times rounded to what is compared."""
    example, pitch, _, start, end, _, _, instrument = table.T
    return table[np.lexsort((end.round(5), pitch, start.round(5), instrument, example))]


@pytest.mark.parametrize("name", CONVERTERS)
def test_every_window_of_the_original_comes_out_the_same(
    name: str, golden_group: Callable[[str], tuple[dict[str, Any], Any]], golden: Path
) -> None:
    facts, arrays = golden_group(f"{name}.train")
    converter = MultitrackConverter(num_velocity_bins=8, **CONVERTERS[name])
    depths = (converter.input_depth, converter.output_depth, converter.control_depth)
    assert depths == (facts["input_depth"], facts["output_depth"], facts["control_depth"])
    found = 0
    for file in facts["files"]:
        path = file["midi"]
        conversion = converter.convert(gen.read_midi((golden / path).read_bytes(), original=True))
        examples = conversion.examples
        assert len(examples) == file["n"], (path, conversion.rejection)
        assert [np.asarray(example.length).tolist() for example in examples] == file["lengths"]
        found += file["n"]
        if not file["n"]:
            assert conversion.rejection is not None
            continue
        outputs = rows_of(arrays, "outputs", file, "shape")
        assert all(example.inputs is example.outputs for example in examples)
        for example, expected in zip(examples, outputs, strict=True):
            np.testing.assert_array_equal(example.outputs, expected, err_msg=path)
        controls = None
        if converter.control_depth:
            controls = rows_of(arrays, "controls", file, "control_shape")
            for example, expected in zip(examples, controls, strict=True):
                assert example.controls is not None
                np.testing.assert_array_equal(example.controls, expected, err_msg=path)
        clips = converter.from_tensors(outputs, controls, original_decode=True)
        chords = [(index, chord.time, chord.text) for index, clip in enumerate(clips) for chord in clip.chords]
        assert chords == [tuple(chord) for chord in file.get("decoded_chords", [])]
        ours, theirs = in_order(table_of(clips)), in_order(arrays[f"decoded_{file['index']}"])
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=TOLERANCE, err_msg=path)
        lengths = [clip.total_time for clip in clips]
        np.testing.assert_allclose(lengths, file["decoded_total_time"], rtol=0, atol=TOLERANCE)
        assert {float(qpm) for clip in clips for qpm in clip.tempos.qpm} == set(file["decoded_qpm"])
    assert found == facts["n_examples"] > 0
