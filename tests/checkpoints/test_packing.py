"""Models kept under a name: half the bytes, the same music within half precision, and a card that is true."""

from __future__ import annotations

import json
import shutil

import pytest
import torch
from tiny_models import tiny_run

import gen
from gen.checkpoints.packing import keep_model
from gen.cli import main
from gen.errors import CheckpointError, UsageError
from gen.system.files import sha256_of_file
from gen.training.cards import read_card
from gen.training.named import CARD, models
from gen.training.run import Run


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    data = "data={source: {type: demo, clips: 12, bars: 5}, fallback: null}"
    return tiny_run("groove", tmp_path_factory.mktemp("runs") / "groove", data)


@pytest.fixture(autouse=True)
def own(tmp_path, monkeypatch):
    monkeypatch.setenv("GEN_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "models"


def weights(folder):
    return Run(folder).latest() / "model.safetensors"


def test_a_model_has_the_weights_of_its_run_in_half_precision(made, own):
    folder = keep_model(made, "beat")

    assert folder == own / "beat" == models()["beat"]
    assert weights(folder).stat().st_size < 0.6 * weights(made).stat().st_size
    ours, theirs = gen.load_run("beat"), gen.load_run(made)
    assert ours.recipe == theirs.recipe
    for name, tensor in ours.model.state_dict().items():
        assert tensor.dtype == theirs.model.state_dict()[name].dtype
        torch.testing.assert_close(tensor, theirs.model.state_dict()[name].half().to(tensor.dtype), rtol=0, atol=0)


def test_a_card_says_what_the_run_knows_and_what_it_is_told(made):
    card = read_card(keep_model(made, "beat", told={"limits": ("four bars",), "licence": "Apache-2.0"}))
    trained = gen.load_run(made)

    assert (card.name, card.recipe, card.steps) == ("beat", trained.recipe.name, trained.step)
    assert card.parameters == trained.model.parameter_count()
    assert card.sha256 == sha256_of_file(weights("models/beat"))
    assert (card.limits, card.licence) == (("four bars",), "Apache-2.0")


def test_keeping_a_model_again_gives_the_same_bytes(made, tmp_path):
    first, second = (keep_model(made, "beat", folder=tmp_path / place) for place in "ab")
    again = keep_model(first, "beat", folder=tmp_path / "c")

    assert weights(first).read_bytes() == weights(second).read_bytes() == weights(again).read_bytes()
    assert json.loads((first / "data.json").read_text()).get("path") is None


def test_weights_that_were_changed_are_not_loaded(made):
    file = weights(keep_model(made, "beat"))
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)

    with pytest.raises(CheckpointError, match="damaged: its sha256 is"):
        gen.load_model("beat")


def test_numbers_that_half_precision_can_not_hold_are_refused(made, tmp_path, monkeypatch):
    trained = gen.load_run(made)
    with torch.no_grad():
        next(trained.model.parameters()).view(-1)[0] = 1e6
    monkeypatch.setattr("gen.checkpoints.packing.load_run", lambda *_, **__: trained)

    with pytest.raises(CheckpointError, match="holds numbers that half precision can't: 1e\\+06"):
        keep_model(made, "beat")
    assert models().get("beat") is None


@pytest.mark.parametrize("name", ["../beat", "", "a b", "a/b", ".hidden", "x" * 65])
def test_a_name_that_could_be_a_path_or_an_option_is_refused(name, made):
    with pytest.raises(UsageError, match="a model can't be called"):
        keep_model(made, name)


def test_a_model_is_replaced_when_told_so_and_nothing_else_is(made, own):
    keep_model(made, "beat")
    with pytest.raises(UsageError, match="--force"):
        keep_model(made, "beat")
    keep_model(made, "beat", force=True)
    (own / "letters").mkdir()
    with pytest.raises(UsageError, match=r"is there already; give another name$"):
        keep_model(made, "letters", force=True)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("recipe.yaml", "!!python/object/apply:os.system ['touch hacked']"),
        ("recipe.yaml", "[" * 500),
        ("checkpoints/step-2/meta.json", "[" * 100_000),
        ("checkpoints/step-2/model.safetensors", "\x80\x04cos\nsystem\n"),
    ],
)
def test_a_hostile_run_is_refused_and_nothing_is_kept(file, content, made, tmp_path, capsys):
    run = shutil.copytree(made, tmp_path / "run")
    place = run / file if "step" not in file else Run(run).latest() / file.rpartition("/")[2]
    place.write_text(content)

    assert main(["models", "add", str(run), "beat"]) in (1, 2)
    error = capsys.readouterr().err
    assert error.startswith("gen: ")
    assert "unexpected" not in error
    assert models().get("beat") is None
    assert not (tmp_path / "hacked").exists()


@pytest.mark.parametrize("content", ["", "[]", "{", '{"steps": "many"}', '{"figures": {"f1": [1]}}', "[" * 100_000])
def test_a_card_that_is_none_is_said_and_the_others_are_listed(content, made, own, capsys):
    keep_model(made, "beat")
    shutil.copytree(own / "beat", own / "other")
    (own / "other" / CARD).write_text(content)

    assert main(["models", "ls"]) == 1
    captured = capsys.readouterr()
    assert "beat " in captured.out
    assert "card.json is no card of a model" in captured.err


def test_figures_come_from_an_evaluation_of_the_very_model_and_of_no_other(made, own, tmp_path, capsys):
    keep_model(made, "beat")
    words = ["--split", "validation", "--limit", "4", "--resamples", "0", "--json"]
    assert main(["eval", "beat", *words]) == 0
    (tmp_path / "found.json").write_text(capsys.readouterr().out)
    add = ["--evaluation", str(tmp_path / "found.json"), "--force"]

    assert main(["models", "add", str(made), "beat", *add]) == 0
    card = read_card(own / "beat")
    assert {"model", "nearest"} <= card.figures["hit_f1"].keys()
    assert card.measured == "4 validation examples of demo, greedy"
    assert main(["models", "show", "beat"]) == 0
    assert "hit_f1" in capsys.readouterr().out

    found = json.loads((tmp_path / "found.json").read_text())
    (tmp_path / "found.json").write_text(json.dumps({**found, "weights": "0" * 64}))
    assert main(["models", "add", str(made), "beat", *add]) == 2
    assert "is of other weights" in capsys.readouterr().err
