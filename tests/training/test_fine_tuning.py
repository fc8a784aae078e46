"""Beginning with another training's weights: what fits is taken, what doesn't is named, what is frozen stays."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch

import gen
from gen.errors import CheckpointError, RecipeError, UsageError
from gen.model.build import build_model
from gen.recipes import resolved_yaml
from gen.training.checkpoint import load_checkpoint
from gen.training.load import freeze, lay_down, take_weights
from gen.training.run import Run
from gen.training.trainer import train


@pytest.fixture
def wider(tiny):
    """The same model with a wider second layer of the decoder and another seed."""
    decoder = replace(tiny.decoder, arguments={**tiny.decoder.arguments, "sizes": (12, 11)})
    return replace(tiny, decoder=decoder, training=replace(tiny.training, seed=5))


def begin(recipe, prepared, path, source):
    run, model = Run(path), build_model(recipe)
    taken = take_weights(model, source)
    run.create(resolved_yaml(recipe), prepared.report, begin=lambda: lay_down(run, taken, model, prepared.fingerprint))
    return run, model, taken


def test_a_model_takes_what_fits_and_says_what_does_not_and_why(tiny, wider, trained_run):
    model, before = build_model(wider), build_model(wider).state_dict()
    taken = take_weights(model, trained_run.path)
    theirs = load_checkpoint(trained_run.latest()).model
    assert taken.step == 6
    assert {*taken.loaded, *taken.not_loaded} == set(before)
    assert taken.not_loaded["decoder.core.projection.weight"] == "[27, 10] in the checkpoint, [27, 11] in the model"
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, theirs[name] if name in taken.loaded else before[name])
    assert "encoder.forwards.0.layers.0.lstm.weight_ih_l0" in taken.loaded
    assert taken.numbers == sum(theirs[name].numel() for name in taken.loaded) < taken.total


def test_what_the_checkpoint_has_too_much_and_too_little_is_named(tiny, trained_run):
    deeper = replace(tiny, decoder=replace(tiny.decoder, arguments={**tiny.decoder.arguments, "sizes": (12, 10, 10)}))
    more = take_weights(build_model(deeper), trained_run.path)
    assert more.not_loaded["decoder.core.stack.layers.2.lstm.weight_hh_l0"] == "not in the checkpoint"
    shallower = replace(tiny, decoder=replace(tiny.decoder, arguments={**tiny.decoder.arguments, "sizes": (12,)}))
    less = take_weights(build_model(shallower), trained_run.checkpoints / "step-4")
    assert less.step == 4
    assert less.left_over["decoder.core.stack.layers.1.lstm.weight_hh_l0"] == "not in the model"


def test_nothing_in_common_is_refused_with_reasons(trained_run):
    other = gen.load_recipe("cat-mel_2bar_tiny", ["encoder={type: lstm, sizes: [9]}", "latent.size=3"])
    with pytest.raises(CheckpointError, match=r"(?s)none of its weights fits .*bias_ih_l0: \[48\] in the checkpoint"):
        take_weights(build_model(other), trained_run.path)


@pytest.mark.parametrize(
    ("place", "message"), [("nowhere", "is not there"), (".", "is neither a run nor a checkpoint")]
)
def test_a_path_that_is_no_run_is_said_to_be_none(tiny, tmp_path, place, message):
    with pytest.raises(UsageError, match=message):
        take_weights(build_model(tiny), tmp_path / place)


def test_the_weights_are_the_runs_own_from_its_first_moment(tiny, prepared, trained_run, tmp_path):
    recipe = replace(tiny, training=replace(tiny.training, seed=5))
    whole, model, _ = begin(recipe, prepared, tmp_path / "whole", trained_run.path)
    train(model, recipe, prepared, whole)
    run, _, taken = begin(recipe, prepared, tmp_path / "killed", trained_run.path)
    account = json.loads(run.initial_file.read_text())
    assert account["loaded"] == list(taken.loaded)
    trained_run.recipe_file.unlink()  # nobody needs it any more
    train(build_model(recipe), recipe, prepared, run, resume=True)  # killed before its first checkpoint
    first, second = (load_checkpoint(each.latest()).model for each in (whole, run))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_frozen_parts_stay_and_the_others_do_not(tiny, prepared, trained_run, tmp_path):
    recipe = replace(tiny, training=replace(tiny.training, frozen=("encoder", "decoder.core.projection", "mean.bias")))
    run, model, _ = begin(recipe, prepared, tmp_path / "tuned", trained_run.path)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    train(model, recipe, prepared, run)
    after = load_checkpoint(run.latest())
    changed = {name for name, tensor in after.model.items() if not torch.equal(tensor, before[name])}
    assert changed
    assert not [name for name in changed if name.startswith(("encoder.", "decoder.core.projection.", "mean.bias"))]
    assert {"mean.weight", "stddev.weight", "decoder.core.initial.weight"} <= changed
    trained = [name for name, weight in model.named_parameters() if weight.requires_grad]
    assert len(after.state["optimiser.parameter_updates"]) == len(trained)
    assert gen.load_recipe(str(run.recipe_file)).training.frozen == recipe.training.frozen


def test_names_of_no_part_are_all_reported_with_what_was_meant(tiny):
    with pytest.raises(RecipeError) as caught:
        freeze(build_model(tiny), ["encodr", "decoder.core", "decoder.cor"])
    first, second = caught.value.problems
    assert "the model has no part 'encodr'; did you mean 'encoder'?" in first
    assert "did you mean 'decoder.core'?" in second


def test_a_model_frozen_from_end_to_end_is_refused(tiny):
    with pytest.raises(RecipeError, match="is the whole model, and nothing is left to train"):
        freeze(build_model(tiny), ["encoder", "decoder", "mean", "stddev"])
