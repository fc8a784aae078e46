"""Verbs told a style: a model with labels obeys, and one without says so."""

from __future__ import annotations

from functools import cache

import pytest
from tiny_models import demo_bytes, talkative

import gen
from gen.cli import main
from gen.errors import UsageError
from gen.music import Selection, humanize, vary
from gen.music.verbs.drums import find_drums
from gen.recipes import resolved_yaml
from gen.recipes.trial import trial
from gen.training import cards
from gen.training.checkpoint import Checkpoint, save_checkpoint
from gen.training.load import Trained
from gen.training.run import Run

STYLES = "data.labels=[{name: style, classes: [funk, jazz]}]"


@cache
def told(name: str = "drums_2bar_humanize", *words: str) -> Trained:
    """A tiny model that is told styles, with something to say."""
    return talkative(trial(gen.load_recipe(name, [STYLES, *words])))


def test_each_style_is_played_in_another_way_and_no_hit_is_lost():
    band = demo_bytes()
    made = [humanize(told(), band, labels=labels) for labels in (None, {"style": "unknown"}, {"style": "jazz"})]
    assert made[0].content == made[1].content != made[2].content
    before = find_drums(band)
    for each in made:
        assert sorted(find_drums(each.content).lane) == sorted(before.lane)
    assert humanize(told(), band, amount=0, labels={"style": "jazz"}).content == band


def test_other_verbs_are_told_as_well():
    drummer = told("drums_4bar")
    clip = demo_bytes("drums", 8)
    ways = {style: vary(drummer, clip, amount=100, labels={"style": style}).content for style in ("funk", "jazz")}
    assert ways["funk"] != ways["jazz"]
    redone = gen.music.redo(drummer, clip, Selection(bars=(1, 2)), labels={"style": "funk"})
    assert redone.said["kept"] > 0


def test_what_a_model_is_not_told_is_said_with_what_it_is():
    band = demo_bytes()
    with pytest.raises(UsageError, match="style=polka: style is one of funk, jazz, unknown"):
        humanize(told(), band, labels={"style": "polka"})
    with pytest.raises(UsageError, match="mood: this model is told style"):
        humanize(told(), band, labels={"mood": "calm"})
    with pytest.raises(UsageError, match=r"is told no labels, such as a style.*recipes such as drums_4bar_styles"):
        humanize(gen.load_run("drums_2bar_humanize"), band, labels={"style": "jazz"})


def test_the_command_is_python_and_can_be_replayed(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "beat.mid").write_bytes(demo_bytes("drums", 4))
    run = Run(tmp_path / "mine")
    run.checkpoints.mkdir(parents=True)
    save_checkpoint(run.checkpoints, Checkpoint(0, told().model.state_dict(), {}, ""), keep=1)
    run.recipe_file.write_text(resolved_yaml(told().recipe), encoding="utf-8")
    assert main(["humanize", "mine", "beat.mid", "--style", "jazz", "--plain", "-o", "plain.mid"]) == 0
    content = (tmp_path / "plain.mid").read_bytes()
    assert content == humanize(told(), demo_bytes("drums", 4), labels={"style": "jazz"}).content
    assert main(["humanize", "mine", "beat.mid", "--control", "style=jazz", "-o", "jazz.mid"]) == 0
    assert main(["replay", "jazz.mid"]) == 0
    assert "the same, byte for byte" in capsys.readouterr().err
    assert main(["humanize", "mine", "beat.mid", "--control", "style=jazz", "--style", "funk"]) == 2
    assert "style is jazz already" in capsys.readouterr().err
    assert main(["humanize", "drums_2bar_humanize", "beat.mid", "--style", "jazz"]) == 2
    assert "is told no labels" in capsys.readouterr().err


def test_a_card_lists_what_a_model_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("GEN_MODELS_DIR", str(tmp_path / "models"))
    run = Run(tmp_path / "mine")
    run.checkpoints.mkdir(parents=True)
    save_checkpoint(run.checkpoints, Checkpoint(0, told().model.state_dict(), {}, ""), keep=1)
    run.recipe_file.write_text(resolved_yaml(told().recipe), encoding="utf-8")
    assert main(["models", "add", str(run.path), "styled"]) == 0
    assert cards.read_card(tmp_path / "models" / "styled").labels == {"style": ("funk", "jazz")}
    assert main(["models", "show", "styled"]) == 0
    assert "style      funk, jazz" in capsys.readouterr().out
