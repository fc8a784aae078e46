"""A released checkpoint becomes a run, or says why not."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from original_models import CASES, build

import gen
from gen.checkpoints import importing
from gen.cli import main
from gen.errors import CheckpointError, UsageError

SMALL = ["encoder.sizes=[12]", "decoder.sizes=[12, 10]", "latent.size=4"]
MU = "encoder/mu/kernel"


def same_weights(ours: gen.VAE, theirs: gen.VAE) -> bool:
    states = ours.state_dict(), theirs.state_dict()
    return all(torch.equal(states[0][name], value) for name, value in states[1].items())


def write(variables: dict[str, np.ndarray], to: Path, **changes: np.ndarray | None) -> Path:
    """A TensorFlow checkpoint with some variables changed, added or (None) left out."""
    changed = {**variables, **{name.replace("__", "/"): value for name, value in changes.items()}}
    gen.checkpoints.write_tensorflow_checkpoint(
        to, {name: value for name, value in changed.items() if value is not None}
    )
    return to


def test_a_tensorflow_checkpoint_becomes_a_run(checkpoint, recipe, vae, variables, tmp_path):
    imported = gen.import_magenta(checkpoint, recipe, tmp_path / "run")

    trained = gen.load_run(tmp_path / "run")
    assert same_weights(trained.model, vae)
    assert (trained.step, trained.recipe) == (2500, recipe)
    assert imported.loaded == tuple(variables)
    assert imported.parameters == sum(value.size for value in variables.values())
    assert len(imported.ignored) == 2 * len(variables) + 4
    assert "encoder/cudnn_lstm/opaque_kernel" in imported.ignored


@pytest.mark.parametrize("quantised", [None, "float16", "uint16", "uint8"])
def test_a_magenta_js_checkpoint_becomes_a_run(recipe, vae, variables, tmp_path, quantised):
    gen.checkpoints.write_magenta_js_checkpoint(
        tmp_path / "js", variables, quantised=quantised, config={"type": "MusicVAE"}
    )

    imported = gen.import_magenta(tmp_path / "js", recipe, tmp_path / "run")

    model = gen.load_model(tmp_path / "run")
    assert imported.step == 0
    assert quantised is not None or same_weights(model, vae)
    for name, value in gen.checkpoints.OriginalVariables(model).items():
        np.testing.assert_allclose(value, variables[name], atol=5e-3)


def test_an_imported_run_samples_and_is_not_resumed(checkpoint, tmp_path, capsys):
    run = tmp_path / "run"
    assert main(["import", "magenta", str(checkpoint), "--recipe", "groovae_4bar", *SMALL, "-o", str(run)]) == 0
    said = capsys.readouterr()
    assert said.out == f"{run}\n"
    assert "step 2500: 16 variables, " in said.err
    assert "ignored, being no weights: 36 (beta1_power, beta2_power, decoder/" in said.err

    assert main(["sample", str(run), "-n", "1", "-o", str(tmp_path / "out")]) == 0
    assert len(list((tmp_path / "out").glob("*.mid"))) == 1
    assert main(["train", "--resume", str(run), "training.steps=60000"]) == 2
    assert "holds an imported model" in capsys.readouterr().err


def test_old_names_and_given_ones_are_understood(recipe, vae, variables, tmp_path):
    def old(name: str) -> str:
        return "vae/" + name.replace("/kernel", "/weights").replace("/bias", "/biases").replace("lstm_cell", "cell")

    gen.checkpoints.write_tensorflow_checkpoint(
        tmp_path / "old", {old(name): value for name, value in variables.items()}
    )
    words = [
        "import",
        "magenta",
        str(tmp_path / "old"),
        "--recipe",
        "groovae_4bar",
        *SMALL,
        "-o",
        str(tmp_path / "run"),
    ]

    assert main([*words, "--rename", "vae/=", "--rename", "/cell/=/lstm_cell/"]) == 0

    assert same_weights(gen.load_model(tmp_path / "run"), vae)


@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_weights_of_other_precision_are_converted(recipe, variables, tmp_path, dtype):
    path = write({name: value.astype(dtype) for name, value in variables.items()}, tmp_path / "m")
    gen.import_magenta(path, recipe, tmp_path / "run")
    got = gen.checkpoints.OriginalVariables(gen.load_model(tmp_path / "run"))[MU]
    assert np.array_equal(got, variables[MU].astype(dtype).astype(np.float32))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        (
            {"encoder__mu__kernel": None, "encoder__mu__karnel": np.zeros((24, 4), np.float32)},
            r"1 missing:\n +encoder/mu/kernel \[24, 4\] \(nearest: encoder/mu/karnel\)\n +1 unused:\n"
            r" +encoder/mu/karnel: float32 \[24, 4\]",
        ),
        ({"decoder__extra": np.zeros(2)}, r"1 unused:\n +decoder/extra: float64 \[2\]"),
        (
            {"encoder__mu__kernel": np.zeros((4, 24), np.float32)},
            r"encoder/mu/kernel is float32 \[4, 24\], the model's float32 \[24, 4\]",
        ),
        ({"encoder__mu__kernel": np.zeros((24, 4), np.int32)}, "encoder/mu/kernel is int32"),
        (
            {"encoder__mu__kernel": np.full((24, 4), math.nan, np.float32)},
            "encoder/mu/kernel holds numbers that aren't finite",
        ),
        ({"encoder__mu__weights": np.zeros((24, 4))}, "encoder/mu/kernel and encoder/mu/weights both stand for"),
    ],
    ids=["missing", "unused", "shape", "type", "nan", "twice"],
)
def test_what_doesnt_fit_is_listed_and_nothing_is_written(recipe, variables, tmp_path, changes, complaint):
    path = write(variables, tmp_path / "m", **changes)
    with pytest.raises(CheckpointError, match=complaint):
        gen.import_magenta(path, recipe, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_long_lists_are_cut(recipe, variables, tmp_path):
    many = {f"spare/{number:03d}": np.zeros(1) for number in range(50)}
    path = write({**variables, **many}, tmp_path / "m")
    with pytest.raises(CheckpointError, match=r"50 unused:(\n.*){12}\n    and 38 more$"):
        gen.import_magenta(path, recipe, tmp_path / "run")


def test_a_directory_that_holds_something_is_left_alone(checkpoint, recipe, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match="is not empty"):
        gen.import_magenta(checkpoint, recipe, tmp_path / "run")
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (["{}", "--recipe", "groovae_4bar"], 2, "-o/--out"),
        (["{}", "-o", "run"], 2, "--recipe"),
        (["{}", "--recipe", "groovae_5bar", "-o", "run"], 2, "groovae_4bar"),
        (["{}", "--recipe", "groovae_4bar", "-o", "run", "--rename", "x"], 2, "expected OLD=NEW"),
        (["{}", "--recipe", "groovae_4bar", "-o", "run"], 1, "doesn't fit groovae_4bar"),
        (["nowhere/model", "--recipe", "groovae_4bar", "-o", "run"], 1, "there is no checkpoint nowhere/model"),
        (["nowhere/model.index", "--recipe", "groovae_4bar", "-o", "run"], 1, "can't be read"),
    ],
)
def test_mistakes_on_the_command_line_are_explained(checkpoint, tmp_path, monkeypatch, capsys, words, code, complaint):
    monkeypatch.chdir(tmp_path)
    assert main(["import", "magenta", *(word.format(checkpoint) for word in words)]) == code
    assert complaint in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", CASES)
def test_the_originals_checkpoints_give_the_model_of_their_weights(golden, tmp_path, monkeypatch, name):
    folder = golden / "models" / name
    manifest = json.loads((folder / "manifest.json").read_text())
    shapes = manifest["cases"]["full"]["arrays"]
    depths = {part: shapes.get(f"{part}_sequence", [0])[-1] for part in ("input", "output", "control")}
    ours = build(name, manifest["hparams"], depths)
    recipe = gen.load_recipe("groovae_4bar")
    # these models have no recipe: their sizes are made up
    monkeypatch.setattr(importing, "build_model", lambda _: build(name, manifest["hparams"], depths))

    imported = gen.import_magenta(folder, recipe, tmp_path / "run")

    gen.checkpoints.load_variables(ours, dict(np.load(folder / "weights.npz")))
    monkeypatch.setattr("gen.training.load.build_model", lambda _: build(name, manifest["hparams"], depths))
    trained = gen.load_run(tmp_path / "run")
    assert same_weights(trained.model, ours)
    assert trained.step == imported.step == 1000
    assert sorted(manifest["trainable_variables"]) == list(imported.loaded)
    assert {*imported.loaded, *imported.ignored} == manifest["checkpoint_variables"].keys()


def test_only_one_modules_weights_are_in_memory_at_a_time(vae, variables):
    alive: list[str] = []

    class Watched(dict):
        def __getitem__(self, name: str) -> np.ndarray:
            alive.append(name)
            return super().__getitem__(name)

    gen.checkpoints.load_variables(vae, Watched(variables))

    assert sorted(alive) == sorted(variables)  # each once
    assert all(abs(alive.index(name) - alive.index(name.replace("kernel", "bias"))) <= 1 for name in alive)
