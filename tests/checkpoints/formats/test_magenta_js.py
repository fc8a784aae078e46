"""Checkpoints of magenta.js: manifests, files of weights, quantisation."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import gen
from gen.checkpoints.formats.magenta_js import quantise, restore
from gen.errors import CheckpointError

FINITE = st.floats(-(2.0**60), 2.0**60, width=32)
ARRAYS = st.sampled_from(["float32", "int32", "bool"]).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5))
)


@given(st.dictionaries(st.text(max_size=20), ARRAYS, max_size=6), st.integers(5, 60))
@settings(deadline=None, max_examples=40)  # every file is synced to the disk
def test_what_is_written_is_read_again_whatever_the_size_of_files(tmp_path_factory, variables, shard_bytes):
    folder = tmp_path_factory.mktemp("js")
    gen.checkpoints.write_magenta_js_checkpoint(folder, variables, shard_bytes=shard_bytes, config={"type": "MusicVAE"})

    checkpoint = gen.checkpoints.MagentaJsCheckpoint.open(folder)

    assert checkpoint.config == {"type": "MusicVAE"}
    assert checkpoint.variables.keys() == variables.keys()
    for name, value in variables.items():
        read = checkpoint.read(name)
        assert (read.dtype, read.shape, read.tobytes()) == (value.dtype, value.shape, value.tobytes())


def test_files_are_of_four_mebibytes(tmp_path):
    gen.checkpoints.write_magenta_js_checkpoint(
        tmp_path, {"a": np.zeros(1_500_000, np.float32), "b": np.ones(100_000, np.float32)}
    )

    sizes = {path.name: path.stat().st_size for path in tmp_path.glob("group1-*")}

    assert sizes == {"group1-shard1of2": 4 << 20, "group1-shard2of2": 6_400_000 - (4 << 20)}
    assert gen.checkpoints.MagentaJsCheckpoint.open(tmp_path / "weights_manifest.json").read("b").min() == 1


@given(hnp.arrays("float32", st.integers(1, 30), elements=FINITE), st.sampled_from(["uint8", "uint16"]))
def test_quantised_weights_are_at_most_a_step_away(values, dtype):
    steps, scale, minimum = quantise(values, dtype)

    assert steps.dtype == dtype
    error = np.abs(restore(steps, scale, minimum).astype(float) - values)
    assert error.max() <= scale * (1 + 1e-6) + np.abs(values).max() * 2e-7


@given(hnp.arrays("float32", st.integers(1, 30), elements=st.floats(-4, 4, width=32)))
def test_zero_is_exact_where_it_lies_between(values):
    values = np.concatenate([values, np.array([0, -1, 1], np.float32)])
    steps, scale, minimum = quantise(values, "uint8")
    assert np.all(restore(steps, scale, minimum)[values == 0] == 0)


def test_constants_need_no_steps():
    assert restore(*quantise(np.full(3, 0.7, np.float32), "uint8")).tolist() == [np.float32(0.7)] * 3


@pytest.mark.parametrize(
    ("dtype", "size", "tolerance"), [("uint8", 1, 0.01), ("uint16", 2, 4e-5), ("float16", 2, 2e-3)]
)
def test_a_quantised_checkpoint_is_smaller_and_near(tmp_path, dtype, size, tolerance):
    values = np.random.default_rng(0).uniform(-1, 1, (7, 11)).astype(np.float32)
    gen.checkpoints.write_magenta_js_checkpoint(tmp_path, {"w": values, "step": np.int64(5)}, quantised=dtype)

    checkpoint = gen.checkpoints.MagentaJsCheckpoint.open(tmp_path)

    assert (tmp_path / "group1-shard1of1").stat().st_size == 77 * size + 4
    np.testing.assert_allclose(checkpoint.read("w"), values, atol=tolerance)
    assert checkpoint.read("step") == 5


def test_a_manifest_as_tfjs_converter_writes_it_is_read(tmp_path):
    weights = [
        {"name": "w", "shape": [3], "dtype": "float32", "quantization": {"min": -1.5, "scale": 0.5, "dtype": "uint8"}},
        {"name": "i", "shape": [2], "dtype": "int32", "quantization": {"min": -3, "scale": 1.5, "dtype": "uint16"}},
        {"name": "h", "shape": [], "dtype": "float32", "quantization": {"dtype": "float16"}},
        {"name": "u", "shape": [2], "dtype": "uint8"},
    ]
    content = bytes([0, 3, 6]) + b"\0\0\3\0" + np.float16(0.25).tobytes() + b"\7\0"
    (tmp_path / "a").write_bytes(content[:2])
    (tmp_path / "b.bin").write_bytes(content[2:])
    (tmp_path / "weights_manifest.json").write_text(json.dumps([{"paths": ["a", "b.bin"], "weights": weights}]))

    read = {name: gen.checkpoints.MagentaJsCheckpoint.open(tmp_path).read(name).tolist() for name in "wihu"}

    assert read == {"w": [-1.5, 0, 1.5], "i": [-3, 2], "h": 0.25, "u": [7, 0]}  # -3 + 3 * 1.5 = 1.5 is rounded up


W = {"name": "w", "shape": [1], "dtype": "float32"}


def manifest(weight: object = W, **group: object) -> str:
    return json.dumps([{"paths": ["a"], "weights": [weight], **group}])


def quantised(**changes: object) -> str:
    text = json.dumps({"min": 0.0, "scale": 1.0, "dtype": "uint8", **changes})
    return (
        f'[{{"paths": ["a"], "weights": [{{"name": "w", "shape": [4], "dtype": "float32", "quantization": {text}}}]}}]'
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("{}", "no list of groups"),
        ("[1]", "group 0: has no paths"),
        (manifest(paths=["../a"]), "no path of a file beside the manifest"),
        (manifest(paths=["/etc/passwd"]), "no path of a file"),
        (manifest(paths=["C:a"]), "no path of a file"),
        (manifest(paths=[7]), "no path of a file"),
        (manifest(paths=["a", "a"]), "names a file twice"),
        (manifest(paths=["gone"]), "gone can't be read"),
        (manifest(paths=[]), "have 0 bytes, but the manifest speaks of 4"),
        (manifest(weights=[W, W]), "w is there twice"),
        (manifest(weights=[]), "have 4 bytes, but the manifest speaks of 0"),
        (manifest({**W, "name": None}), "has no name"),
        (manifest({**W, "shape": [-1]}), "no array has"),
        (manifest({**W, "shape": [10**30]}), "no array has"),
        (manifest({**W, "shape": [0, 10**30]}), "no array has"),
        (manifest({**W, "shape": [1.5]}), "no array has"),
        (manifest({**W, "shape": [True]}), "no array has"),
        (manifest({**W, "shape": [1] * 99}), "no array has"),
        (manifest({**W, "shape": [2]}), "speaks of 8"),
        (manifest({**W, "dtype": "string"}), "of type string"),
        (quantised(dtype="int4"), "quantised to int4"),
        (quantised(scale=math.nan), "is not JSON .NaN is no number"),
        (quantised(scale=math.inf), "is not JSON"),
        (quantised(min="0"), "no finite min"),
        (quantised(min=10**300), "no finite min"),
        (quantised(scale=True), "no finite scale"),
        (quantised(scale=None), "no finite scale"),
    ],
)
def test_a_wrong_manifest_is_refused(tmp_path, text, complaint):
    (tmp_path / "weights_manifest.json").write_text(text)
    (tmp_path / "a").write_bytes(bytes(4))
    with pytest.raises(CheckpointError, match=complaint):
        gen.checkpoints.MagentaJsCheckpoint.open(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{", "\xff"])
def test_a_wrong_config_is_refused(tmp_path, text):
    gen.checkpoints.write_magenta_js_checkpoint(tmp_path, {"w": np.zeros(1)})
    (tmp_path / "config.json").write_text(text, encoding="latin-1")
    with pytest.raises(CheckpointError, match=r"config\.json"):
        gen.checkpoints.MagentaJsCheckpoint.open(tmp_path)


@pytest.mark.parametrize(
    ("value", "options", "complaint"),
    [
        (np.array([math.nan], np.float32), {"quantised": "uint8"}, "w holds numbers that aren't finite"),
        (np.zeros(1, "complex64"), {}, "no numbers of type complex64"),
        (np.array([2**40]), {}, "don't fit 32 bits"),
    ],
)
def test_what_magenta_js_couldnt_read_isnt_written(tmp_path, value, options, complaint):
    with pytest.raises(CheckpointError, match=complaint):
        gen.checkpoints.write_magenta_js_checkpoint(tmp_path, {"w": value}, **options)
    assert not (tmp_path / "weights_manifest.json").exists()


def test_an_unknown_variable_is_an_error_with_the_nearest(tmp_path: Path):
    gen.checkpoints.write_magenta_js_checkpoint(tmp_path, {"encoder/mu/bias": np.zeros(1)})
    with pytest.raises(CheckpointError, match="did you mean 'encoder/mu/bias'"):
        gen.checkpoints.open_checkpoint(tmp_path).read("encoder/mu/bia")
