"""Labels of files as conditions of a model: from metadata to controls, beside z, in a prior, and when sampling."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import gen
from gen.cli import main
from gen.data import with_learned_labels
from gen.data.prepare import prepared_root
from gen.errors import DataError, RecipeError, UsageError
from gen.interfaces import OneHot
from gen.midi import midi_bytes
from gen.model.build import build_converter, build_model
from gen.model.prior import FittedPrior
from gen.music import controls_of_chords, controls_of_labels
from gen.music.sampling import sample_clips
from gen.recipes.labels import LabelSection
from gen.recipes.trial import trial
from gen.training.load import Trained
from gen_datasets.demo.source import Demo

STYLES = "data.labels=[{name: style, classes: [rock, latin, funk]}]"
TINY = ["data.source={type: demo, parts: drums, clips: 20}", "data.fallback=null", "training.steps=2"]


def tiny(*overrides, name="cat-drums_2bar_tiny"):
    return trial(gen.load_recipe(name, [*TINY, *overrides]))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    root = tmp_path_factory.mktemp("labels")
    recipe = tiny(STYLES, name="drums_4bar_styles")
    recipe = replace(recipe, latent=replace(recipe.latent, prior_parts=4))
    return root / "run", gen.train(recipe, out=root / "run")


def test_a_value_is_of_a_class_or_of_the_unknown_one():
    label = LabelSection("style", ("rock", "latin"), until="/")
    assert [label.number(value) for value in ("rock", " latin/samba ", "Rock", "", None)] == [0, 1, 2, 2, 2]
    tempo = LabelSection("bpm", edges=(90.0, 120.0))
    assert [tempo.number(value) for value in ("60", "90", "119.9", "200", "fast", None)] == [0, 1, 1, 2, 3, 3]
    with pytest.raises(ValueError, match="style=lattin: style is one of latin, rock, unknown; did you mean 'latin'"):
        label.asked("lattin")
    assert label.asked("unknown") == 2


def test_labels_stand_behind_the_controls_of_any_converter_and_change_nothing_else():
    plain, told = (build_converter(tiny(*more, name="cat-mel_2bar_chords_small")) for more in ([], [STYLES]))
    notes = next(Demo(parts="melody", clips=1, bars=8).items())
    notes = gen.read_midi(notes.read())
    before, after = plain.convert(notes), told.convert(notes, metadata={"style": "latin"})
    assert told.control_depth == plain.control_depth + 4 == told.layout.controls[0].width + 4
    assert told.layout.controls[1] == OneHot(4)
    for one, other in zip(before.examples, after.examples, strict=True):
        assert np.array_equal(one.outputs, other.outputs)
        assert np.array_equal(one.controls, other.controls[:, :49])
        assert (other.controls[:, 49:] == [0, 1, 0, 0]).all()
    (clip,) = told.from_tensors(other.outputs[None], other.controls[None])
    (same,) = plain.from_tensors(one.outputs[None], one.controls[None])
    assert midi_bytes(clip) == midi_bytes(same)
    assert clip.chords == same.chords


def test_a_converter_that_wants_to_know_is_given_the_metadata():
    from gen.interfaces.converter import convert_with

    class Knows:
        def convert(self, notes, *, rng=None, metadata=None):
            return metadata

    class Asks:
        def convert(self, notes, *, rng=None):
            return "as ever"

    assert convert_with(Knows(), None, {"style": "rock"}) == {"style": "rock"}
    assert convert_with(Asks(), None, {"style": "rock"}) == "as ever"


def test_without_labels_examples_stores_and_models_are_what_they_were():
    recipe = tiny()
    model, twin = build_model(recipe), build_model(tiny("data.labels=[]"))
    assert model.labels is None
    assert "labels" not in json.dumps(sorted(model.state_dict()))
    assert all(torch.equal(one, other) for one, other in zip(model.parameters(), twin.parameters(), strict=True))
    prepared = gen.prepare(recipe)
    assert not [name for name in prepared.store.manifest["made_from"] if "labels" in name]


def test_the_store_depends_on_labels_and_so_does_its_fingerprint():
    one, other = gen.prepare(tiny()), gen.prepare(tiny(STYLES))
    assert one.store.folder != other.store.folder
    assert one.fingerprint != other.fingerprint
    examples = other.require("train")
    styles = [other.report.files[source].metadata["style"] for source in examples.source]
    numbers = [["rock", "latin", "funk"].index(style) if style in ("rock", "latin", "funk") else 3 for style in styles]
    assert examples.controls[:, 0].argmax(1).tolist() == numbers
    assert (examples.controls == examples.controls[:, :1]).all()
    assert prepared_root() in other.store.folder.parents


def test_dropout_leaves_labels_out_of_training_alone():
    label = "data.labels=[{name: style, classes: [rock, latin, funk, swing, shuffle, half-time], dropout: 0.5}]"
    prepared = gen.prepare(tiny(label, "data.source.clips=40"))
    unknown = {split: examples.controls[:, 0, -1].mean() for split, examples in prepared.splits.items()}
    assert 0.2 < unknown["train"] < 0.8
    assert unknown["validation"] == unknown["test"] == 0.0


def test_classes_that_nobody_wrote_are_those_of_the_training_files_and_a_run_keeps_them(tmp_path, capsys):
    recipe = tiny("data.labels=[{name: style}, {name: tempo, edges: [100]}]")
    with pytest.raises(
        UsageError, match=r"the classes of 'style' are those that the training files have.*with_learned"
    ):
        build_converter(recipe)
    trained = gen.train(recipe, out=tmp_path / "run")
    label = trained.recipe.data.labels[0]
    assert label.classes == ("funk", "half-time", "latin", "rock", "shuffle", "swing")
    assert gen.load_run(tmp_path / "run").recipe == trained.recipe == with_learned_labels(recipe)
    with pytest.raises(DataError, match="have no value of 'mood': name its classes"):
        with_learned_labels(tiny("data.labels=[{name: mood}]"))
    assert main(["recipes", "check", "cat-drums_2bar_tiny", "data.labels=[{name: style}]"]) == 0
    assert "and those for what the training files have of style" in capsys.readouterr().out


def test_the_decoder_is_told_beside_z_and_the_encoder_where_it_is_asked_for():
    both = STYLES.replace("funk]", "funk], heard_by: both")
    sizes = {}
    for name, words in (("none", []), ("decoder", [STYLES]), ("both", [both])):
        model = build_model(tiny(*words))
        sizes[name] = (next(model.encoder.parameters()).shape[1], model.decoder.core.initial.in_features)
    assert sizes["decoder"] == (sizes["none"][0], sizes["none"][1] + 4)
    assert sizes["both"] == (sizes["none"][0] + 4, sizes["none"][1] + 4)


def test_what_a_model_says_depends_on_the_label_and_without_one_it_is_unknown(trained):
    _, found = trained
    z = torch.zeros(1, found.model.latent.size)
    raw = {}
    for style in ("rock", "latin", "unknown"):
        controls = torch.from_numpy(controls_of_labels(found, {"style": style}))[None]
        targets = torch.zeros(1, len(controls[0]), 27)
        raw[style] = found.model.say(targets, torch.tensor([len(controls[0])]), z, controls).outputs
    untold = found.model.say(targets, torch.tensor([targets.shape[1]]), z).outputs
    assert not torch.equal(raw["rock"], raw["latin"])
    assert torch.equal(raw["unknown"], untold)


def test_a_fitted_prior_knows_what_clips_of_a_class_are_like():
    prior = FittedPrior(2, 3, (2, 2))
    centres = torch.tensor([[-5.0], [5.0]]).repeat(50, 3)
    z = centres + 0.1 * torch.randn(100, 3, generator=torch.Generator().manual_seed(0))
    labels = torch.eye(2).repeat(50, 1)
    generator = torch.Generator().manual_seed(1)
    prior.fit(z, generator=generator, labels=torch.cat([labels, torch.tensor([[0.0, 1.0]]).expand(100, 2)], 1))
    low, high, any_one = (
        prior.sample(50, generator=torch.Generator().manual_seed(2), labels=torch.tensor(asked)).mean()
        for asked in ([1.0, 0.0, 0.0, 1.0], [0.0, 1.0, 0.0, 1.0], [0.0, 0.0, 0.0, 1.0])
    )
    assert low < -4.0
    assert high > 4.0
    assert abs(any_one) < 3.0


def test_the_command_and_python_give_the_same_clips_and_say_which_labels_there_are(trained, tmp_path, capsys):
    run, found = trained
    assert main(["sample", str(run), "-n", "2", "--control", "style=latin", "-o", str(tmp_path), "--plain"]) == 0
    clips = sample_clips(found, 2, seed=0, temperature=0.5, controls=controls_of_labels(found, {"style": "latin"}))
    written = [Path(line).read_bytes() for line in capsys.readouterr().out.split()]
    assert written == [midi_bytes(clip) for clip in clips]
    assert main(["sample", str(run), "-n", "1", "--control", "style=reggae", "-o", str(tmp_path / "no")]) == 2
    assert "style=reggae: style is one of funk, latin, rock, unknown" in capsys.readouterr().err
    assert main(["sample", str(run), "-n", "1", "--control", "mood=calm", "-o", str(tmp_path / "no")]) == 2
    assert "mood: this model is told style" in capsys.readouterr().err
    assert main(["sample", str(run), "-n", "1", "-o", str(tmp_path / "untold")]) == 0


def test_labels_go_together_with_chords():
    recipe = tiny(STYLES, name="cat-mel_2bar_chords_small")
    found = Trained(build_model(recipe).eval(), recipe, 0)
    controls = controls_of_chords(found, ["C", "G"])
    told = controls_of_labels(found, {"style": "funk"}, controls=controls)
    assert (told[0][:, :49] == controls[0][:, :49]).all()
    assert (told[0][:, 49:] == [0, 0, 1, 0]).all()
    assert (controls[0][:, 49:] == [0, 0, 0, 1]).all()
    (clip,) = sample_clips(found, 1, seed=0, temperature=1.0, controls=told)
    assert [chord.text for chord in clip.chords] == ["C", "G"]
    with pytest.raises(UsageError, match="plays to controls, 49 a step"):
        sample_clips(found, 1, seed=0, temperature=1.0)
    with pytest.raises(UsageError, match="is told no labels"):
        controls_of_labels(Trained(found.model, tiny(), 0), {"style": "funk"})


def test_pieces_of_z_and_labels_do_not_go_together():
    with pytest.raises(RecipeError, match="gives pieces of z to parts of a clip, and labels are told beside a whole z"):
        build_model(gen.load_recipe("melody_16bar_hierarchical", ["data.labels=[{name: style, classes: [rock]}]"]))


def test_a_training_that_was_killed_goes_on_bit_by_bit(tmp_path):
    recipe = tiny(STYLES, "training.checkpoint_every=2", name="drums_4bar_styles")
    training = replace(recipe.training, steps=4, checkpoint_every=2)
    recipe = replace(recipe, latent=replace(recipe.latent, prior_parts=4), training=training)
    whole = gen.train(recipe, out=tmp_path / "run").model.state_dict()
    shutil.rmtree(tmp_path / "run" / "checkpoints" / "step-4")  # as if it had died before
    again = gen.train(recipe, out=tmp_path / "run", resume=True).model.state_dict()
    assert whole["fitted.by_label"].std() > 0
    assert all(torch.equal(whole[name], again[name]) for name in whole)


def test_a_clip_that_is_played_to_has_the_label_that_is_asked_for(trained):
    _, found = trained
    notes = gen.read_midi(next(Demo(clips=1).items()).read())
    (window, *_) = gen.find_windows(found, notes).windows
    controls = controls_of_labels(found, {"style": "rock"}, controls=window.example.controls)
    assert window.example.controls[:, -1].all()  # nobody knows what clips from anywhere are
    assert controls.sum() == controls[:, 0].sum() == len(window.example.outputs)
    (again,) = gen.reconstruct(found, [window])
    assert again.total_time == window.clip.total_time
