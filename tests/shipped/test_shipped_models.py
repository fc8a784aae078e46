"""The models that come with gen: whole, small, honest about themselves, and of use right after installing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tiny_models import demo_bytes

import gen
from gen.cli import main
from gen.system.files import sha256_of_file
from gen.training.cards import read_card
from gen.training.named import DEFAULTS, shipped_models
from gen.training.run import Run

ROOT = Path(__file__).resolve().parents[2]
NAMES = sorted(path.name for path in shipped_models().iterdir() if path.is_dir())


@pytest.fixture
def clip(tmp_path, monkeypatch):
    """An empty folder with a clip of eight bars of drums."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "clip.mid").write_bytes(demo_bytes("drums", 8))
    return tmp_path


def test_models_fit_into_ten_megabytes_together():
    assert sum(file.stat().st_size for file in shipped_models().rglob("*") if file.is_file()) <= 10_000_000


def test_every_default_comes_with_gen():
    assert {*DEFAULTS.values()} <= {*NAMES, "drums_2bar_tap"}


@pytest.mark.parametrize("name", NAMES)
def test_a_card_is_whole_and_true(name):
    folder = shipped_models() / name
    card, run = read_card(folder), Run(folder)
    weights = run.latest() / "model.safetensors"

    assert card.name == run.recipe().name == name
    assert (card.sha256, card.bytes) == (sha256_of_file(weights), weights.stat().st_size)
    assert all((card.description, card.command, card.data, card.data_licence, card.licence, card.limits, card.measured))
    assert card.fingerprint == run.data_fingerprint()
    command = re.match(r"gen train (\S+\.yaml)", card.command)
    assert command is not None
    assert (ROOT / command[1]).is_file()


@pytest.mark.parametrize("name", NAMES)
def test_the_likeliest_that_a_model_says_is_below_no_floor(name):
    card = read_card(shipped_models() / name)
    assert [sentence for sentence in card.below if "greedy" in sentence] == []
    main = card.figures.get("hit_f1") or card.figures["step_accuracy"]
    assert main["model"] >= max(value for floor, value in main.items() if floor != "model")


@pytest.mark.parametrize("name", NAMES)
def test_no_machine_of_ours_is_in_a_model(name):
    texts = [path.read_text(encoding="utf-8") for path in (shipped_models() / name).rglob("*.[jy]*")]
    assert len(texts) >= 4
    assert re.findall(r"/(?:home|root|work|tmp|Users)/", " ".join(texts)) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_model_loads_by_its_name_and_has_the_parameters_that_its_card_says(name):
    trained = gen.load_run(name, device="cpu")
    card = read_card(shipped_models() / name)
    assert (trained.model.parameter_count(), trained.step) == (card.parameters, card.steps)


def test_whoever_made_the_data_is_named():
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    assert [name for name in NAMES if "Groove" in read_card(shipped_models() / name).data]
    assert "CC BY 4.0" in notice
    assert "(c) Google LLC" in notice


def test_four_bars_of_drums_are_sampled_right_after_installing(clip, capsys):
    assert main(["sample", "-n", "2", "--seed", "1", "-o", "out"]) == 0
    for path in capsys.readouterr().out.split():
        notes = gen.read_midi(path)
        assert notes.is_drum.all()
        assert 16 <= len(notes) <= 200


def test_models_are_listed_and_shown(capsys):
    assert main(["models", "ls"]) == 0
    listed = capsys.readouterr().out
    for name in NAMES:
        assert f"{name} " in listed
        assert main(["models", "show", name]) == 0
        assert read_card(shipped_models() / name).sha256 in capsys.readouterr().out
