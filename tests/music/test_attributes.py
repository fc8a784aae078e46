"""Attributes: what is measured of a clip, vectors that find it in latent space, and clips with more or less of it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scores import score
from tiny_models import demo_bytes, tiny_model, tiny_recipe, tiny_run

import gen
from gen.cli import main
from gen.errors import DataError, UsageError
from gen.midi import midi_bytes
from gen.music.attributes import (
    Attributes,
    fit_attributes,
    keep_attributes,
    measured,
    read_attributes,
)
from gen.music.verbs.alter import apply_attributes, say_again
from gen.music.verbs.drums import find_drums
from gen.music.verbs.selection import Selection
from gen.training.load import Trained

BAND = demo_bytes("band", 8)
SHIPPED = ("drums_4bar", "melody_2bar", "melody_16bar")


@cache
def drummer() -> Trained:
    return gen.load_run("drums_4bar")


def apply(amounts: dict[str, float], **options: object) -> gen.music.Edited:
    return apply_attributes(drummer(), BAND, read_attributes("drums_4bar"), amounts, **options)


def test_attributes_are_what_they_are_called():
    clip = score("drums 36 v100:[0] 42 v60:[0.14] 38 v80:[0.25] 42 v60:[0.39]", total_time=2.0)
    found = measured(clip, per_quarter=4, per_bar=16)
    assert found["density"] == 4
    assert found["syncopation"] == 0.5
    assert found["swing"] == pytest.approx((0.015 + 0.015) / 2 / 0.125)
    assert found["laid_back"] == pytest.approx(found["swing"] / 2)
    assert found["loudness"] == 75
    tune = measured(score("60:[0,0.5] 64:[0.5,1] 62:[1,2]"), per_quarter=4, per_bar=16)
    assert (tune["pitch"], tune["leaps"]) == (62, 3)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_vector_of_a_model_that_comes_with_gen_moves_what_it_is_called_most(name):
    found = read_attributes(name, gen.load_run(name))
    assert found.largest() == found.names
    assert (np.diag(found.effects) > 0.7).all()
    assert np.abs(found.effects - np.diag(np.diag(found.effects))).max() < 1.0


def test_with_nothing_to_turn_the_file_is_the_file_and_more_changes_with_more():
    assert apply({}).content == apply({"density": 0.0}).content == BAND
    assert any("nothing to turn: density," in notice for notice in apply({}).notices)
    fewer, more = (len(find_drums(apply({"density": amount}).content)) for amount in (-2.0, 1.0))
    assert fewer < len(find_drums(BAND)) < more
    louder, softer = (find_drums(apply({"loudness": amount}).content).velocity.mean() for amount in (1, -1))
    assert louder > find_drums(BAND).velocity.mean() > softer
    locked = apply({"density": 2.0}, selection=Selection(keep=("kick",), bars=(1, 2)))
    before, after = find_drums(BAND), find_drums(locked.content)
    kept = np.isin(before.pitch, (36,)) | (before.tick > 8.2 * before.resolution)
    there = set(zip(after.pitch.tolist(), after.tick.tolist(), after.velocity.tolist(), strict=True))
    rows = zip(before.pitch[kept].tolist(), before.tick[kept].tolist(), before.velocity[kept].tolist(), strict=True)
    assert set(rows) <= there


def test_a_tune_is_said_anew_or_left_as_it_is():
    trained, attributes = gen.load_run("melody_2bar"), read_attributes("melody_2bar")
    tune = demo_bytes("melody", 8)
    assert say_again(trained, tune, attributes, {}).content == tune
    high, low = (
        gen.read_midi(say_again(trained, tune, attributes, {"pitch": amount}).content).pitch.mean()
        for amount in (1, -1)
    )
    assert high > low + 3


def test_attributes_are_fitted_to_clips_kept_beside_a_run_and_read_again(tmp_path, monkeypatch, capsys):
    run = tiny_run("melody", tmp_path / "run")
    with pytest.raises(UsageError, match="has no attributes yet: fit them with gen attributes fit"):
        read_attributes(run)
    recipe = tiny_recipe("melody", "data.source={type: demo, parts: melody, clips: 20}")
    trained = replace(tiny_model("melody"), recipe=recipe)
    for name, value in (("_LEAST", 0.0), ("_CHECKED", 8), ("_LENGTHS", (1.0, 2.0))):
        monkeypatch.setattr(f"gen.music.attributes.{name}", value)
    examples = gen.prepare(recipe, store=str(tmp_path / "store")).require("train").evenly(40)
    found = fit_attributes(trained, examples, data="these")
    keep_attributes(run, found)
    again = read_attributes(run, trained)
    assert again.names == found.names
    assert np.array_equal(again.vectors, found.vectors)
    assert again.data == "these"
    assert main(["attributes", "ls", str(run), "--json"]) == 0
    assert '"density"' in capsys.readouterr().out
    with pytest.raises(UsageError, match="of other weights"):
        read_attributes(run, tiny_model("drums"))
    (run / "attributes.json").write_text('{"names": ["density"]}', encoding="utf-8")
    with pytest.raises(DataError, match="holds no attributes that can be read"):
        read_attributes(run)


@pytest.mark.parametrize(
    ("amounts", "message"),
    [({"pitch": 1.0}, "drums_4bar has no attribute 'pitch'; it has density"), ({"density": 9.0}, "from -5 to 5")],
)
def test_what_cannot_be_turned_says_so(amounts, message):
    with pytest.raises(UsageError, match=message):
        apply(amounts)


def test_the_command_turns_what_it_is_told_to(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "band.mid").write_bytes(BAND)
    (tmp_path / "tune.mid").write_bytes(midi_bytes(gen.read_midi(demo_bytes("melody", 4))))
    assert main(["apply", "band.mid", "--density", "-1", "--laid-back", "0.5", "-o", "calm.mid"]) == 0
    assert main(["apply", "melody_2bar", "tune.mid", "--pitch", "+1", "-o", "high.mid"]) == 0
    assert main(["apply", "band.mid", "--plain", "-o", "same.mid"]) == 0
    assert (tmp_path / "same.mid").read_bytes() == BAND
    assert main(["replay", "calm.mid"]) == 0
    assert isinstance(read_attributes("drums_4bar"), Attributes)
