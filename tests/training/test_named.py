"""Models by name: wherever a run is opened, a name will do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tiny_models import demo_bytes, tiny_run

import gen
from gen.cli import main
from gen.errors import UsageError
from gen.training.named import CARD, DEFAULTS, models, run_folder
from gen.training.run import Run


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return tiny_run("melody", tmp_path_factory.mktemp("runs") / "melody")


@pytest.fixture
def own(made, tmp_path, monkeypatch):
    """A folder of one's own models with one in it, called lilt; the current folder is another, and empty."""
    folder = tmp_path / "models"
    shutil.copytree(made, folder / "lilt")
    (folder / "lilt" / CARD).write_text("{}")
    monkeypatch.setenv("GEN_MODELS_DIR", str(folder))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return folder


def test_a_name_is_the_folder_of_its_model_and_a_path_stays_a_path(own, made):
    assert models()["lilt"] == run_folder("lilt") == own / "lilt"
    assert run_folder(made) == made
    assert run_folder("runs/not-there").as_posix() == "runs/not-there"


def test_a_run_in_the_current_folder_comes_before_a_model_of_its_name(own, made):
    shutil.copytree(made, "lilt")
    assert run_folder("lilt").as_posix() == "lilt"


def test_a_word_that_is_neither_is_refused_with_the_nearest_name(own):
    with pytest.raises(UsageError, match="no such directory, and no model of that name; did you mean 'lilt'"):
        gen.load_run("lit")


def test_python_and_commands_take_the_name_of_a_model(own, tmp_path, capsys):
    assert gen.load_run("lilt").step == gen.load_run(own / "lilt").step
    assert main(["sample", "lilt", "-n", "1", "-o", str(tmp_path / "out")]) == 0


def test_a_model_is_not_trained_on_but_its_weights_may_begin_a_training(own):
    with pytest.raises(UsageError, match="--init-from lilt"):
        Run.opened("lilt").require_resumable()


@pytest.mark.parametrize("verb", DEFAULTS)
def test_a_verb_without_a_run_takes_its_default(verb, own, monkeypatch, capsys):
    monkeypatch.setitem(DEFAULTS, verb, "a-model-that-is-not-there")
    for clip in ("a.mid", "b.mid"):
        Path(clip).write_bytes(demo_bytes("drums", 4))
    words = {"sample": [], "palette": [], "song": [], "interpolate": ["a.mid", "b.mid"]}.get(verb, ["a.mid"])

    assert main([verb, *words]) == 2
    assert "a-model-that-is-not-there is no run directory" in capsys.readouterr().err
