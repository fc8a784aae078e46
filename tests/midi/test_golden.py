"""Against the original's own reading and quantising: `shared/golden/converters/notesequences_*`."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gen

SECONDS = 1e-9  # tolerance on times and tempos
CODES = {"MultipleTempoError": "tempo-change", "MultipleTimeSignatureError": "metre-change"}


@pytest.mark.parametrize("group", ["groove", "multitrack"])
def test_files_read_and_quantise_as_in_the_original(golden: Path, groove_zip: Path, group: str) -> None:
    described = json.loads((golden / "converters" / f"notesequences_{group}.json").read_text())["files"]
    arrays = np.load(golden / "converters" / f"notesequences_{group}.npz")
    assert len(described) > 50
    with zipfile.ZipFile(groove_zip) as archive:
        for expected in described:
            name = expected["midi"]
            data = archive.read(name) if name.startswith("groove/") else (golden / name).read_bytes()
            notes = gen.read_midi(data, original=True)
            index = expected["index"]
            _check_notes(notes, expected, arrays[f"notes_{index}"])
            for steps in (4, 24):
                _check_grid(notes, steps, expected[f"quantized_spq{steps}"], arrays, f"quantized{steps}_{index}")


def _check_notes(notes: gen.NoteSequence, expected: dict[str, Any], table: np.ndarray) -> None:
    name = expected["midi"]
    columns = ("pitch", "velocity", "start", "end", "program", "is_drum", "instrument")
    found = np.stack([getattr(notes, column).astype(np.float64) for column in columns], axis=1)
    np.testing.assert_allclose(found, table, rtol=0, atol=SECONDS, err_msg=name)
    assert notes.total_time == pytest.approx(expected["total_time"], rel=0, abs=SECONDS)
    assert notes.ticks_per_quarter == expected["ticks_per_quarter"]
    for kind, fields in (
        ("tempos", ("time", "qpm")),
        ("time_signatures", ("time", "numerator", "denominator")),
        ("key_signatures", ("time", "key", "mode")),
    ):
        rows = np.array(expected[kind], np.float64).reshape(-1, len(fields))
        for field, column in zip(fields, rows.T, strict=True):
            np.testing.assert_allclose(getattr(getattr(notes, kind), field), column, rtol=0, atol=SECONDS, err_msg=name)
    assert [list(pair) for pair in notes.instrument_names] == expected["instrument_names"]
    assert len(notes.control_changes) == expected["n_control_changes"]
    assert len(notes.pitch_bends) == expected["n_pitch_bends"]


def _check_grid(notes: gen.NoteSequence, steps: int, expected: dict[str, Any], arrays: Any, key: str) -> None:
    if "error" in expected:
        with pytest.raises(gen.notes.QuantisationError) as caught:
            gen.notes.quantise(notes, steps)
        assert caught.value.code == CODES[expected["error"].split(":")[0]]
        return
    grid = gen.notes.quantise(notes, steps)
    np.testing.assert_array_equal(np.stack([grid.start_step, grid.end_step], axis=1).reshape(-1, 2), arrays[key])
    assert grid.total_steps == expected["total_quantized_steps"]
    assert grid.steps_per_bar == expected["steps_per_bar"]
