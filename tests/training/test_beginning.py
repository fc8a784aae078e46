"""What happens before the first step of a model that looks at its examples."""

from __future__ import annotations

import math

import torch

import gen
from gen.model.build import build_model
from gen.recipes import resolved_yaml
from gen.training.beginning import begin_from
from gen.training.checkpoint import load_checkpoint
from gen.training.run import Run
from gen.training.trainer import train

_OPTIONS = [
    "data={source: {type: demo, clips: 20, bars: 4}}",
    "encoder={type: linear_start, size: 4, core: {type: bilstm, sizes: [3]}}",
    "decoder.sizes=[4]",
    "latent={size: 4, free_bits: 12}",
    "training={batch_size: 4, steps: 2}",
]


def started_recipe():
    return gen.load_recipe("groovae_4bar", _OPTIONS)


def test_z_tells_the_free_bits_of_a_training_example_before_the_first_step(prepared):
    model = build_model(started_recipe())
    examples = prepared.require("train")
    begin_from(model, examples)

    posterior = model.encode(torch.from_numpy(examples.inputs), torch.from_numpy(examples.lengths))
    # that of a linear code, but for the core, whose weights are near 0
    assert abs(posterior.kl().sum(-1).mean().item() / math.log(2) - 12.0) < 0.1


def test_weights_of_a_run_that_began_so_are_kept(prepared):
    model = build_model(started_recipe())
    begin_from(model, prepared.require("train"))
    with torch.no_grad():
        model.encoder.components.weight.fill_(1.0)
    begin_from(model, prepared.require("train"))
    assert model.encoder.components.weight.eq(1.0).all()


def test_a_training_begins_so_and_its_checkpoints_say_it(prepared, tmp_path):
    recipe, run = started_recipe(), Run(tmp_path / "run")
    run.create(resolved_yaml(recipe), prepared.report)
    train(build_model(recipe), recipe, prepared, run)
    assert load_checkpoint(run.latest()).model["encoder.started_"]


def test_other_encoders_are_left_as_they_are(prepared, tiny):
    model = build_model(tiny)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    begin_from(model, prepared.require("train"))
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
