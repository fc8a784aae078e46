"""Which checkpoints stay: the latest, the best, milestones; never none."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gen.model.build import build_model
from gen.recipes import resolved_yaml
from gen.training.checkpoint import Keep, best_checkpoint, checkpoints, load_checkpoint, note_validation_loss, ranked
from gen.training.run import Run
from gen.training.trainer import train

LOSSES = st.none() | st.floats(allow_nan=True, allow_infinity=True)


@given(st.dictionaries(st.integers(0, 100), LOSSES, min_size=1), st.integers(1, 5), st.integers(0, 3))
def test_the_latest_always_stays_and_the_best_too(losses, last, best):
    kept = Keep(last, best).among(losses)
    assert set(sorted(losses)[-last:]) <= kept <= set(losses)
    assert set(ranked(losses)[:best]) <= kept
    assert len(kept) <= last + best


def test_of_equally_good_ones_the_earlier_is_the_best():
    assert ranked({4: 2.0, 2: 2.0, 6: 3.0, 8: None, 1: float("nan")}) == [2, 4, 6]


def test_milestones_stay_but_for_step_0():
    assert Keep(1, every=10).among(dict.fromkeys([0, 10, 15, 20, 25])) == {10, 20, 25}


def test_a_training_keeps_its_best_and_its_milestones(tiny, prepared, tmp_path):
    training = replace(
        tiny.training,
        steps=8,
        eval_every=2,
        checkpoint_every=1,
        keep_checkpoints=1,
        keep_every=3,
        learning_rate=0.5,  # so high that the model gets worse and worse
    )
    recipe = replace(tiny, training=training)
    run = Run(tmp_path / "run")
    run.create(resolved_yaml(recipe), prepared.report)
    train(build_model(recipe), recipe, prepared, run)
    losses = {line["step"]: line["loss"] for line in run.metrics() if line["split"] == "validation"}
    best = min(losses, key=lambda step: losses[step])
    assert best_checkpoint(run.checkpoints) == run.checkpoints / f"step-{best}"
    assert [path.name for path in checkpoints(run.checkpoints)] == [f"step-{step}" for step in sorted({3, 6, 8, best})]
    assert load_checkpoint(run.checkpoints / f"step-{best}").validation_loss == pytest.approx(losses[best])


def test_weights_are_ranked_at_the_whole_weight_of_the_kl(tiny, prepared, tmp_path):
    """Otherwise early ones, for which the KL counts little, would have an advantage."""
    recipe = replace(
        tiny,
        latent=replace(tiny.latent, beta_rate=0.99, max_beta=2.0, free_bits=0.0),
        training=replace(tiny.training, eval_every=2, checkpoint_every=2, keep_checkpoints=3),
    )
    run = Run(tmp_path / "run")
    run.create(resolved_yaml(recipe), prepared.report)
    train(build_model(recipe), recipe, prepared, run)
    for line in run.metrics():
        if line["split"] == "validation":
            noted = load_checkpoint(run.checkpoints / f"step-{line['step']}").validation_loss
            assert noted == pytest.approx(line["reconstruction"] + 2.0 * line["kl_cost"])
            assert noted > line["loss"] + line["kl_cost"]


def test_a_checkpoint_that_only_a_stop_made_is_never_among_the_best(tiny, prepared, tmp_path):
    """An undisturbed training wouldn't have it, and finds the same ones best."""
    recipe = replace(tiny, training=replace(tiny.training, eval_every=1, checkpoint_every=2, keep_checkpoints=9))
    run = Run(tmp_path / "run")
    run.create(resolved_yaml(recipe), prepared.report)
    train(build_model(recipe), recipe, prepared, run, pause=lambda step: step >= 3)
    train(build_model(recipe), recipe, prepared, run, resume=True)
    losses = {path.name: load_checkpoint(path).validation_loss for path in checkpoints(run.checkpoints)}
    assert losses.pop("step-3") is None
    assert {*losses} == {"step-2", "step-4", "step-6"}
    assert None not in losses.values()


def test_a_loss_that_was_measured_later_is_noted_and_the_weights_stay_as_they_are(trained_run):
    path = trained_run.checkpoints / "step-4"
    before = load_checkpoint(path)
    note_validation_loss(path, -1.0)
    after = load_checkpoint(path)
    assert (before.validation_loss, after.validation_loss) == (None, -1.0)
    assert json.loads((path / "meta.json").read_text())["step"] == 4
    assert best_checkpoint(trained_run.checkpoints) == path
