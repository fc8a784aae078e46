"""Recipes train, evaluate, sample and interpolate, with few units and made-up clips: one of each kind here.

All of them do so from the wheel, in CI: .ci/every_recipe.py.
"""

from __future__ import annotations

import pytest

import gen
from gen.cli import main
from gen_datasets.demo.source import Demo

RECIPES = ("cat-mel_2bar_tiny", "groovae_4bar")


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """A band's playing, which every model can read something of."""
    path = tmp_path_factory.mktemp("clip") / "clip.mid"
    path.write_bytes(next(Demo(parts="band", clips=1).items()).read())
    return path


@pytest.mark.parametrize("name", RECIPES)
def test_a_shipped_recipe_trains_evaluates_samples_and_interpolates(name, clip, tmp_path, capsys):
    run, out = tmp_path / "run", tmp_path / "out"
    words = ["--trial", "data.source=folder", "data.fallback.clips=10", "--samples", "0", "--out", str(run)]
    assert main(["train", name, *words]) == 0
    assert "NOTICE: data set 'folder' is not here, so 'demo' takes its place" in capsys.readouterr().err
    assert main(["eval", str(run), "--split", "validation", "--limit", "4"]) == 0

    controlled = gen.build_converter(gen.load_recipe(name)).control_depth > 0
    assert main(["sample", str(run), "-n", "1", "-o", str(out), *(["--like", str(clip)] if controlled else [])]) == 0
    (sample,) = out.iterdir()
    assert gen.read_midi(sample).total_time > 0

    between = ["interpolate", str(run), str(clip), str(clip), "--window-a", "1", "--window-b", "1", "--steps", "3"]
    assert main([*between, "-o", str(tmp_path / "between")]) == 0
    assert len(list((tmp_path / "between").iterdir())) == 4  # three clips, and all in turn


def test_a_trial_is_the_same_model_with_fewer_units(tmp_path, capsys):
    words = ["--trial", "data.fallback.clips=10", "--samples", "0", "--out", str(tmp_path / "run")]
    assert main(["train", "hierdec-trio_16bar", *words]) == 0
    recipe, whole = gen.load_recipe(str(tmp_path / "run")), gen.load_recipe("hierdec-trio_16bar")
    assert recipe.name == "hierdec-trio_16bar-trial"
    assert recipe.encoder.arguments["sizes"] == (8, 8)
    assert recipe.decoder.arguments["sizes"] == (8, 8)
    split = recipe.decoder.arguments["core"]
    assert [core.arguments["sizes"] for core in split.arguments["cores"]] == [(8, 8)]
    assert split.arguments["depths"] == (90, 90, 512)
    assert (recipe.latent.size, recipe.latent.free_bits) == (8, whole.latent.free_bits)
    assert (recipe.training.steps, recipe.training.batch_size) == (2, 4)
    assert recipe.converter == whole.converter


def test_a_trial_refuses_what_it_sets_itself(tmp_path, capsys):
    assert main(["train", "groovae_4bar", "--trial", "training.steps=5", "--out", str(tmp_path / "run")]) == 2
    assert "training.steps=5: --trial sets that itself" in capsys.readouterr().err


def test_a_trial_of_a_run_that_goes_on_is_refused(tmp_path, capsys):
    assert main(["train", "--resume", str(tmp_path), "--trial"]) == 2
    assert "--trial and --resume exclude each other" in capsys.readouterr().err
