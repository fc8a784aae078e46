"""@magenta/music itself, in Node, decodes and encodes as gen does.

Needs node, and the package in ``$GEN_NODE_DIR`` (``npm install @magenta/music`` there); skipped where they aren't. The
checkpoint is served to it from this machine; nothing else is fetched.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch

import gen
from gen.build import build_converter

RUNNER = Path(__file__).parents[1] / "support" / "magenta_js_runner.cjs"
FLAT = ["encoder.sizes=[12]", "decoder.sizes=[10, 10]", "latent.size=4"]
LEVELS = ["encoder.core.sizes=[6]", "decoder.sizes=[5, 5]", "latent.size=3"]
MODELS = {
    "cat-drums_2bar_small": FLAT,
    "cat-mel_2bar_small": FLAT,
    "cat-mel_2bar_med_chords": FLAT,
    "groovae_4bar": FLAT,
    "groovae_2bar_humanize": FLAT,
    "groovae_2bar_tap_fixed_velocity": FLAT,
    "groovae_2bar_hits_control_tfds": FLAT,
    "nade-drums_2bar_reduced": FLAT,
    "nade-drums_2bar_full": FLAT,
    "hier-mel_16bar": [*LEVELS, "decoder.core.sizes=[5]"],
    "hier-trio_16bar": [*LEVELS, "decoder.core.cores=[{type: flat, sizes: [5]}]"],
    "hier-multiperf_vel_1bar_med": [*LEVELS, "decoder.core.sizes=[5]"],
    "hier-multiperf_vel_1bar_med_chords": [*LEVELS, "decoder.core.sizes=[5]"],
}
CHORDS = ["C", "Am", "F", "G"]


@pytest.fixture(scope="module")
def node() -> tuple[str, Path]:
    """Node and the folder with its packages."""
    program = shutil.which("node")
    if program is None:
        pytest.skip("needs node, which isn't there")
    folder = Path(os.environ.get("GEN_NODE_DIR", Path.home() / ".cache" / "gen-node"))
    if not (folder / "node_modules" / "@magenta" / "music").is_dir():
        pytest.skip(
            f"needs @magenta/music in {folder}: npm install --prefix {folder} @magenta/music, or set GEN_NODE_DIR"
        )
    return program, folder


def ask(node: tuple[str, Path], checkpoint: Path, folder: Path, task: dict) -> dict:
    program, packages = node
    shutil.copytree(checkpoint, folder / "checkpoint")
    (folder / "task.json").write_text(json.dumps(task))
    environment = {**os.environ, "NODE_PATH": str(packages / "node_modules"), "NODE_NO_WARNINGS": "1"}
    done = subprocess.run(
        [program, str(RUNNER), str(folder)], env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((folder / "answer.json").read_text())


def clip_of(converter: gen.Converter) -> np.ndarray:
    """Inputs ``[1, T, I]`` of the right kind: random rows, and for lists of events tracks that end."""
    rng = np.random.default_rng(0)
    depth, steps = converter.input_depth, converter.steps
    inputs = np.eye(depth, dtype=np.float32)[rng.integers(depth - 1, size=steps)]
    if depth == 490:  # one list a track: 64 rows that end in the last class
        inputs[63::64] = np.eye(depth, dtype=np.float32)[-1]
    return inputs[None]


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_magenta_music_says_what_the_model_says(node, make_run, tmp_path, name):
    run = make_run(name, MODELS[name])
    gen.export_run(run, "magenta-js", tmp_path / "js")
    trained = gen.load_run(run, device="cpu")
    converter, vae = build_converter(trained.recipe), trained.model
    z = torch.randn(3, vae.latent.size, generator=torch.Generator().manual_seed(2))
    inputs = torch.from_numpy(clip_of(converter))
    task = {"z": z.tolist(), "inputs": inputs.tolist()}
    controls = None
    if "hits" in name:
        hits = np.random.default_rng(1).integers(2, size=(vae.steps, converter.control_depth)).astype(np.float32)
        controls = torch.from_numpy(hits)
        task["extra"] = {"hits": hits.tolist()}
    elif converter.control_depth:
        tracks = "multiperf" in name  # there @magenta/music takes one chord for all, and none for the first event
        task["chords"] = CHORDS[1:2] if tracks else CHORDS
        codes = [gen.chord_encoding("triads").encode(chord) for chord in task["chords"]]
        classes = np.repeat(codes, vae.steps // len(codes))
        if tracks:
            classes[::64] = 0
        controls = torch.eye(converter.control_depth)[torch.from_numpy(classes)]
    if "multiperf" in name:
        task["stepsPerQuarter"] = 24

    said = ask(node, tmp_path / "js", tmp_path / "node", task)

    ours = vae.decode(z, controls=controls, temperature=0.0).numpy()
    lengths = torch.full((1, 8), 64) if "multiperf" in name else torch.full((1,), vae.steps)
    with torch.no_grad():
        mean = vae.encode(inputs, lengths, None if controls is None else controls[None]).mean
    np.testing.assert_allclose(np.array(said["samples"]), ours, atol=1e-4)
    np.testing.assert_allclose(np.array(said["mean"]), mean.numpy(), atol=1e-3)
    heard = [sorted(clip.pitch.tolist()) for clip in converter.from_tensors(ours)]
    assert [sorted(pitches) for pitches in said["pitches"]] == heard
    assert len(np.unique(ours.reshape(-1, ours.shape[-1]).round(3), axis=0)) > 1  # or else it would prove little


@pytest.mark.slow
@pytest.mark.parametrize("weight_bytes", [1, 2])
def test_quantised_weights_are_read_as_gen_reads_them(node, make_run, tmp_path, weight_bytes):
    run = make_run("cat-mel_2bar_small", FLAT)
    gen.export_run(run, "magenta-js", tmp_path / "js", weight_bytes=weight_bytes)
    gen.import_magenta(tmp_path / "js", gen.load_run(run).recipe, tmp_path / "back")
    vae = gen.load_model(tmp_path / "back", device="cpu")
    z = torch.randn(2, 4, generator=torch.Generator().manual_seed(3))

    task = {"z": z.tolist(), "inputs": np.eye(90)[None, :32].tolist()}
    said = ask(node, tmp_path / "js", tmp_path / "node", task)

    np.testing.assert_array_equal(np.array(said["samples"]), vae.decode(z, temperature=0.0).numpy())
