"""Scheduled sampling: how likely a decoder hears itself, and that it does."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch

import gen
from gen.errors import RecipeError
from gen.model import schedules
from gen.model.build import build_model
from gen.recipes import resolved_yaml
from gen.recipes.sections import SamplingSection
from gen.training.run import Run
from gen.training.trainer import train

EARLY = SamplingSection("inverse_sigmoid", 1.0)


def test_the_probabilities_are_the_originals(golden):
    """To 1e-5 absolute: the original takes powers in float32."""
    schedule = {
        "inverse_sigmoid_1000": SamplingSection("inverse_sigmoid", 1000),
        "exponential_0.999": SamplingSection("exponential", 0.999),
        "constant_0.3": SamplingSection("constant", 0.3),
    }
    rows = json.loads((golden / "behaviour_checks.json").read_text())["sampling_probability_at_step"]
    assert len(rows) > 5
    for step, row in rows.items():
        for name, sampling in schedule.items():
            assert schedules.feedback(sampling, int(step)) == pytest.approx(row[name], abs=1e-5), (step, name)


@pytest.mark.parametrize(
    ("sampling", "step", "probability"),
    [
        (SamplingSection("inverse_sigmoid", 1000), 0, 1 / 1001),
        (SamplingSection("inverse_sigmoid", 1000), 5000, 0.12923),
        (SamplingSection("inverse_sigmoid", 1000), 6908, 0.5),
        (SamplingSection("inverse_sigmoid", 1.0), 10**9, 1.0),
        (SamplingSection("exponential", 0.999), 0, 0.0),
        (SamplingSection("exponential", 0.999), 1000, 0.63230),
        (SamplingSection("constant", 0.3), 7, 0.3),
        (SamplingSection(), 10**6, 0.0),
    ],
)
def test_schedules_start_low_and_end_high(sampling, step, probability):
    assert schedules.feedback(sampling, step) == pytest.approx(probability, abs=1e-4)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["training.sampling={schedule: constant, rate: 2}"], "rate must be from 0 to 1 for schedule 'constant'"),
        (["training.sampling={schedule: exponential, rate: 1.0}"], "rate must be above 0 and below 1"),
        (["training.sampling={schedule: inverse_sigmoid, rate: 0.5}"], "rate must be at least 1"),
        (["training.sampling.schedule=inverse_sigmoid"], "rate must be at least 1"),
        (["training.sampling.schedule=sigmoid"], "training.sampling.schedule: expected 'constant'"),
        (["training.sampling.rates=0.1"], "did you mean 'rate'?"),
    ],
)
def test_impossible_schedules_are_refused_with_their_place(overrides, message):
    with pytest.raises(RecipeError, match="command line") as caught:
        gen.load_recipe("groovae_4bar", overrides)
    assert message in str(caught.value)


def test_the_decoder_hears_itself_as_often_as_scheduled(tiny, prepared, tmp_path, monkeypatch):
    recipe = replace(tiny, training=replace(tiny.training, sampling=EARLY))
    model = build_model(recipe)
    heard = []
    forward = model.decoder.forward
    monkeypatch.setattr(
        model.decoder, "forward", lambda *args, **words: (heard.append(words["feedback"]), forward(*args, **words))[1]
    )
    run = Run(tmp_path / "run")
    run.create(resolved_yaml(recipe), prepared.report)
    train(model, recipe, prepared, run)

    logged = [line for line in run.metrics() if line["split"] == "train"]
    scheduled = [schedules.feedback(EARLY, step) for step in range(6)]
    assert [line["feedback"] for line in logged] == pytest.approx(scheduled)
    assert [chance for chance in heard if chance] == pytest.approx(scheduled)  # evaluations are teacher-forced


def test_a_model_that_hears_itself_goes_on_exactly_after_a_stop(tiny, prepared, tmp_path):
    recipe = replace(tiny, training=replace(tiny.training, sampling=EARLY))

    def trained(name, *steps):
        run = Run(tmp_path / name)
        run.create(resolved_yaml(recipe), prepared.report)
        for number, until in enumerate(steps):
            model = build_model(recipe)
            part = replace(recipe, training=replace(recipe.training, steps=until))
            train(model, part, prepared, run, resume=number > 0)
        return model.state_dict()

    whole, stopped = trained("whole", 6), trained("stopped", 4, 6)
    assert all(torch.equal(whole[name], stopped[name]) for name in whole)


def test_teacher_forcing_logs_no_feedback(tiny, prepared, tmp_path):
    run = Run(tmp_path / "run")
    run.create(resolved_yaml(tiny), prepared.report)
    train(build_model(tiny), tiny, prepared, run)
    assert not any("feedback" in line for line in run.metrics())
