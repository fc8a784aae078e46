"""@magenta/music itself, in Node, decodes and encodes as gen does.

Needs node, and the package in ``.node`` of the checkout, where ``make test`` installs it, or in ``$GEN_NODE_DIR``;
skipped where they aren't. The checkpoint is served to it from this machine; nothing is fetched.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from magenta_js_models import FLAT, MODELS
from sharp_models import closest_choices, sharp_run

import gen
from gen.model.build import build_converter

RUNNER = Path(__file__).parents[2] / "support" / "magenta_js_runner.cjs"
PACKAGES = Path(__file__).parents[3] / ".node"
CHORDS = ["C", "Am", "F", "G"]
TEMPERATURE = 0.01


@pytest.fixture(scope="module")
def node() -> tuple[str, Path]:
    """Node and the folder with its packages."""
    program = shutil.which("node")
    if program is None:
        pytest.skip("needs node, which isn't there")
    folder = Path(os.environ.get("GEN_NODE_DIR", PACKAGES))
    if not (folder / "node_modules" / "@magenta" / "music").is_dir():
        reason = folder / "why-not.txt"
        why = f" ({reason.read_text().strip()})" if reason.is_file() else ": make test installs it in .node"
        pytest.skip(f"needs @magenta/music, which isn't in {folder}{why}; GEN_NODE_DIR names another folder")
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


@dataclass(frozen=True)
class Question:
    """What both are asked: latent vectors, a clip to encode, controls, and the same as a task for Node."""

    z: torch.Tensor
    inputs: torch.Tensor
    controls: torch.Tensor | None
    task: dict


def surest(vae: gen.VAE, controls: torch.Tensor | None, z: torch.Tensor) -> float:
    """How far the closest choice is from the next best: where it is near, a processor's rounding decides."""
    with closest_choices(vae) as closest:
        vae.decode(z, controls=controls, temperature=0.0)
    return min(closest, default=0.0)


def question_for(name: str, vae: gen.VAE, converter: gen.Converter) -> Question:
    inputs = torch.from_numpy(clip_of(converter))
    task = {"inputs": inputs.tolist()}
    controls = None
    if "hits" in name:
        hits = np.random.default_rng(1).integers(2, size=(vae.steps, converter.control_depth)).astype(np.float32)
        controls = torch.from_numpy(hits)
        task["extra"] = {"hits": hits.tolist()}
    elif converter.control_depth:
        tracks = "multiperf" in name  # there @magenta/music takes one chord for all, and none for the first event
        task["chords"] = CHORDS[1:2] if tracks else CHORDS
        codes = [gen.notes.chords.chord_encoding("triads").encode(chord) for chord in task["chords"]]
        classes = np.repeat(codes, vae.steps // len(codes))
        if tracks:
            classes[::64] = 0
        controls = torch.eye(converter.control_depth)[torch.from_numpy(classes)]
    if "multiperf" in name:
        task["stepsPerQuarter"] = 24
    z = max((torch.randn(3, vae.latent.size, generator=torch.Generator().manual_seed(seed)) for seed in range(2, 8)),
            key=partial(surest, vae, controls))  # fmt: skip
    task["z"] = z.tolist()
    return Question(z, inputs, controls, task)


def assert_same_clips(said: dict, ours: np.ndarray, converter: gen.Converter) -> None:
    """The same steps, loudness and timing of hits within 1e-3, and so the same notes.

    A step hears what was said before it, so that roundings grow: to 3e-4 over 32 steps, by the processor.
    """
    np.testing.assert_allclose(np.array(said["samples"]), ours, atol=1e-3)
    heard = [sorted(clip.pitch.tolist()) for clip in converter.from_tensors(ours)]
    assert [sorted(pitches) for pitches in said["pitches"]] == heard
    assert len(np.unique(ours.reshape(-1, ours.shape[-1]).round(3), axis=0)) > 1  # or else it would prove little


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_magenta_music_says_what_the_model_says(node, make_run, tmp_path, name):
    run = make_run(name, MODELS[name])
    gen.export_run(run, "magenta-js", tmp_path / "js")
    trained = gen.load_run(run, device="cpu")
    converter, vae = build_converter(trained.recipe), trained.model
    asked = question_for(name, vae, converter)

    said = ask(node, tmp_path / "js", tmp_path / "node", asked.task)

    assert_same_clips(said, vae.decode(asked.z, controls=asked.controls, temperature=0.0).numpy(), converter)
    lengths = torch.full((1, 8), 64) if "multiperf" in name else torch.full((1,), vae.steps)
    with torch.no_grad():
        mean = vae.encode(asked.inputs, lengths, None if asked.controls is None else asked.controls[None]).mean
    np.testing.assert_allclose(np.array(said["mean"]), mean.numpy(), atol=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_both_draw_the_same_steps_at_a_temperature_of_a_hundredth(node, make_run, tmp_path, name):
    """Both draw, each from a generator of its own. They can only agree if no other choice has a chance worth naming:

    the next best of every choice is less than e**-30 times as likely, which is made sure of and looked at.
    """
    run = sharp_run(make_run(name, MODELS[name]), tmp_path / "run")
    gen.export_run(run, "magenta-js", tmp_path / "js")
    trained = gen.load_run(run, device="cpu")
    converter, vae = build_converter(trained.recipe), trained.model
    asked = question_for(name, vae, converter)

    with closest_choices(vae) as closest:
        likeliest = vae.decode(asked.z, controls=asked.controls, temperature=0.0).numpy()
    if "nade" not in name:
        assert min(closest) / TEMPERATURE > 30
    generator = torch.Generator().manual_seed(4)
    ours = vae.decode(asked.z, controls=asked.controls, temperature=TEMPERATURE, generator=generator).numpy()
    np.testing.assert_array_equal(ours, likeliest)

    said = ask(node, tmp_path / "js", tmp_path / "node", {**asked.task, "temperature": TEMPERATURE})
    assert_same_clips(said, ours, converter)


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
