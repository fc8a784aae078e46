"""The loop: it learns, it repeats itself exactly, and it goes on exactly where it stopped."""

from __future__ import annotations

import os
import signal
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

import gen
from gen.errors import CheckpointError, DataError, UsageError
from gen.model.build import build_model
from gen.recipes import resolved_yaml
from gen.recipes.sections import TrainingSection
from gen.training.batch import require_precision
from gen.training.optimiser import Optimiser
from gen.training.run import Run
from gen.training.trainer import train


def start(recipe, prepared, path, **options):
    run = Run(path)
    run.create(resolved_yaml(recipe), prepared.report)
    return run, train(build_model(recipe), recipe, prepared, run, **options)


def weights(run, step):
    return load_file(run.checkpoints / f"step-{step}" / "model.safetensors")


def same(first, second):
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def curve(run):
    return [{key: value for key, value in line.items() if key != "steps_per_second"} for line in run.metrics()]


class StopAt:
    """Sends this process the signal once a step is done, as a terminal or a scheduler would."""

    def __init__(self, step, number=signal.SIGINT):
        self.step, self.number = step, number

    def on_step(self, step):
        if step == self.step:
            os.kill(os.getpid(), self.number)

    def on_log(self, step, split, figures): ...

    def on_checkpoint(self, step): ...


def test_the_loss_falls(tiny, prepared, tmp_path):
    recipe = replace(tiny, training=replace(tiny.training, steps=60, batch_size=16, learning_rate=0.01))
    run, _ = start(recipe, prepared, tmp_path / "run")
    losses = [line["loss"] for line in run.metrics() if line["split"] == "train"]
    assert sum(losses[-5:]) < 0.6 * sum(losses[:5])


def test_the_same_seed_gives_the_same_weights_and_another_does_not(tiny, prepared, tmp_path):
    other = replace(tiny, training=replace(tiny.training, seed=1))
    runs = [start(recipe, prepared, tmp_path / name)[0] for recipe, name in ((tiny, "a"), (tiny, "b"), (other, "c"))]
    assert same(weights(runs[0], 6), weights(runs[1], 6))
    assert not same(weights(runs[0], 6), weights(runs[2], 6))
    assert curve(runs[0]) == curve(runs[1])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_a_stopped_run_saves_and_goes_on_to_the_same_weights(tiny, prepared, tmp_path, number):
    whole, _ = start(tiny, prepared, tmp_path / "whole")
    run, outcome = start(tiny, prepared, tmp_path / "stopped", observer=StopAt(3, number))

    assert (outcome.step, outcome.stopped_by) == (3, number.name)
    assert run.latest().name == "step-3"
    train(build_model(tiny), tiny, prepared, run, resume=True)

    assert same(weights(run, 6), weights(whole, 6))
    assert curve(run) == curve(whole)


def test_a_killed_run_repeats_only_what_came_after_its_last_checkpoint(tiny, prepared, tmp_path):
    whole, _ = start(tiny, prepared, tmp_path / "whole")
    short = replace(tiny, training=replace(tiny.training, steps=4))
    run, _ = start(short, prepared, tmp_path / "killed")
    run.log(5, "train", {"loss": 1.0})  # a step that no checkpoint holds
    with run.metrics_file.open("a") as file:
        file.write('{"step": 6, "spl')  # the line it died in

    train(build_model(tiny), tiny, prepared, run, resume=True)

    assert same(weights(run, 6), weights(whole, 6))
    losses = [line["loss"] for line in run.metrics() if line["split"] == "train"]
    assert losses == [line["loss"] for line in whole.metrics() if line["split"] == "train"]


def test_a_training_that_pauses_between_slices_is_the_same_as_one_that_does_not(tiny, prepared, tmp_path):
    whole, _ = start(tiny, prepared, tmp_path / "whole")
    run, first = start(tiny, prepared, tmp_path / "sliced", pause=lambda step: step >= 3)
    rest = train(build_model(tiny), tiny, prepared, run, resume=True, pause=lambda step: step >= 6)

    assert (first.step, first.stopped_by, rest.step) == (3, "", 6)
    assert same(weights(run, 6), weights(whole, 6))
    assert curve(run) == curve(whole)


def test_only_the_latest_checkpoints_are_kept(tiny, prepared, tmp_path):
    recipe = replace(tiny, training=replace(tiny.training, checkpoint_every=1, keep_checkpoints=2))
    run, _ = start(recipe, prepared, tmp_path / "run")
    assert sorted(path.name for path in run.checkpoints.iterdir()) == ["step-5", "step-6"]


def test_resuming_on_other_data_is_refused(tiny, prepared, trained_run):
    other = gen.prepare(replace(tiny, data=replace(tiny.data, source=other_clips(tiny))))
    with pytest.raises(CheckpointError, match="trained on other data"):
        train(build_model(tiny), tiny, other, trained_run, resume=True)


def other_clips(recipe):
    return replace(recipe.data.source, arguments={**recipe.data.source.arguments, "seed": 9})


def test_no_training_example_is_an_error_with_counts(tiny, tmp_path):
    recipe = gen.load_recipe("groovae_4bar", ["data={source: {type: demo, clips: 20, bars: 2}}"])
    with pytest.raises(DataError, match=r"16 files of 'demo' gave nothing \(16 too-short\)"):
        gen.prepare(recipe).require("train")


def test_bf16_trains_close_to_fp32_or_says_that_the_machine_cannot(tiny, prepared, tmp_path):
    low = replace(tiny, training=replace(tiny.training, precision="bf16"))
    try:
        require_precision("bf16", torch.device("cpu"))
    except UsageError:
        with pytest.raises(UsageError, match="no LSTM in that precision; use fp32"):
            start(low, prepared, tmp_path / "refused")
        return
    losses = []
    for name, recipe in (("fp32", tiny), ("bf16", low)):
        run, _ = start(recipe, prepared, tmp_path / name)
        losses.append([line["loss"] for line in run.metrics() if line["split"] == "train"])
    assert losses[1] == pytest.approx(losses[0], rel=0.02)
    assert losses[1] != losses[0]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_the_same_loop_runs_on_a_gpu(tiny, prepared, tmp_path):
    run = Run(tmp_path / "run")
    run.create(resolved_yaml(tiny), prepared.report)
    outcome = train(build_model(tiny).cuda(), tiny, prepared, run)
    assert outcome.step == 6


class TestOptimiser:
    """Clipping and the skip rule, by hand."""

    @pytest.fixture
    def parameter(self):
        return torch.nn.Parameter(torch.tensor([1.0, 2.0]))

    def test_a_large_norm_is_scaled_to_the_limit(self, parameter):
        optimiser = Optimiser([parameter], TrainingSection(grad_clip=1.0))
        parameter.grad = torch.tensor([3.0, 4.0])
        update = optimiser.step(0)
        assert update.gradient_norm == pytest.approx(5.0)
        torch.testing.assert_close(optimiser.state()["exp_avg.0"], 0.1 * torch.tensor([0.6, 0.8]))

    def test_a_small_norm_is_left_alone(self, parameter):
        optimiser = Optimiser([parameter], TrainingSection(grad_clip=1.0))
        parameter.grad = torch.tensor([0.3, 0.4])
        optimiser.step(0)
        torch.testing.assert_close(optimiser.state()["exp_avg.0"], 0.1 * torch.tensor([0.3, 0.4]))

    @pytest.mark.parametrize("bad", [float("nan"), float("inf"), 1e5])
    def test_an_exploded_gradient_counts_as_zero_and_the_moments_still_decay(self, parameter, bad):
        optimiser = Optimiser([parameter], TrainingSection())
        parameter.grad = torch.tensor([0.3, 0.4])
        optimiser.step(0)
        before = optimiser.state()["exp_avg.0"].clone()
        parameter.grad = torch.tensor([bad, 0.0])
        update = optimiser.step(1)
        assert update.skipped
        assert (optimiser.updates, optimiser.skipped) == (2, 1)
        torch.testing.assert_close(optimiser.state()["exp_avg.0"], 0.9 * before)
        assert torch.isfinite(parameter).all()

    def test_values_can_be_clipped_one_by_one(self, parameter):
        optimiser = Optimiser([parameter], TrainingSection(clip="value", grad_clip=0.5))
        parameter.grad = torch.tensor([3.0, -0.25])
        optimiser.step(0)
        torch.testing.assert_close(optimiser.state()["exp_avg.0"], 0.1 * torch.tensor([0.5, -0.25]))

    def test_state_of_other_parameters_is_refused(self, parameter):
        optimiser = Optimiser([parameter], TrainingSection())
        with pytest.raises(ValueError, match="other parameters"):
            optimiser.load_state({"updates": torch.tensor(1)})
