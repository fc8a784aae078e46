"""Numbers that aren't finite: never loaded, never saved, and the end of a training that arrives at them."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

from gen.cli import main
from gen.errors import CheckpointError, TrainingError
from gen.model.build import build_model
from gen.recipes import resolved_yaml
from gen.training.checkpoint import checkpoints, latest_checkpoint, load_checkpoint, save_checkpoint
from gen.training.load import load_run, take_weights
from gen.training.run import Run
from gen.training.trainer import train


def spoilt(run: Run, change) -> Run:
    """The run with a latest checkpoint in which the first weight was changed."""
    checkpoint = load_checkpoint(run.latest())
    name, tensor = next(iter(checkpoint.model.items()))
    weights = {**checkpoint.model, name: change(tensor.clone())}
    save_checkpoint(run.checkpoints, replace(checkpoint, model=weights), keep=3)
    return run


def one(value: float):
    def change(tensor: torch.Tensor) -> torch.Tensor:
        tensor.view(-1)[-1] = value
        return tensor

    return change


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_single_weight_that_is_not_finite_is_named_and_nothing_is_sampled(trained_run, tmp_path, capsys, value):
    spoilt(trained_run, one(value))
    name = next(iter(load_file(trained_run.latest() / "model.safetensors")))

    assert main(["sample", str(trained_run.path), "-o", str(tmp_path / "out")]) == 1
    assert f"{name} holds 1 numbers that aren't finite; move it away to go on from step-4" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", [torch.complex64, torch.int8, torch.int64, torch.bool])
def test_weights_of_another_kind_are_refused(trained_run, kind):
    spoilt(trained_run, lambda tensor: tensor.to(kind))
    with pytest.raises(CheckpointError, match=r"holds torch\.\w+, which can't stand for the model's torch\.float32"):
        load_run(trained_run.path)
    model = build_model(trained_run.recipe())
    assert len(take_weights(model, trained_run.path).not_loaded) == 1


@pytest.mark.parametrize("kind", [torch.float64, torch.bfloat16])
def test_weights_of_another_precision_are_taken(trained_run, kind):
    spoilt(trained_run, lambda tensor: tensor.to(kind))
    assert load_run(trained_run.path).step == 6


def test_training_state_that_is_not_finite_is_refused(trained_run):
    checkpoint = load_checkpoint(trained_run.latest())
    name = next(name for name in checkpoint.state if "exp_avg" in name)
    state = {**checkpoint.state, name: torch.full_like(checkpoint.state[name], float("nan"))}
    save_checkpoint(trained_run.checkpoints, replace(checkpoint, state=state), keep=3)
    with pytest.raises(CheckpointError, match="aren't finite"):
        load_checkpoint(trained_run.latest())


@pytest.mark.parametrize(("rate", "max_skipped"), [(1e38, 100), (1e38, None), (1e30, 100)])
def test_a_training_that_explodes_ends_in_an_error_and_keeps_what_was_sound(
    tiny, prepared, tmp_path, rate, max_skipped
):
    gentle = replace(tiny.training, steps=2)
    run = Run(tmp_path / "run")
    run.create(resolved_yaml(tiny), prepared.report)
    train(build_model(tiny), replace(tiny, training=gentle), prepared, run)
    sound = load_checkpoint(run.latest())
    wild = replace(tiny.training, steps=12, learning_rate=rate, max_skipped=max_skipped, keep_checkpoints=1)
    recipe = replace(tiny, training=wild)
    with pytest.raises(TrainingError, match=r"so the training has exploded\. step-\d is.*--init-from.*learning_rate"):
        train(build_model(recipe), recipe, prepared, run, resume=True)
    latest = latest_checkpoint(run.checkpoints)
    assert latest is not None
    kept = load_checkpoint(latest)
    assert kept.step >= sound.step
    assert all(tensor.isfinite().all() for tensor in kept.model.values())


def test_the_command_that_explodes_fails_and_says_the_way_out(tmp_path, capsys, tiny):
    words = ["train", "groovae_4bar", "data={source: {type: demo, clips: 20, bars: 4}}", "encoder.sizes=[12]"]
    words += ["decoder.sizes=[12, 10]", "latent.size=4", "training.batch_size=4", "training.steps=4"]
    words += ["training.learning_rate=1e38", "--samples", "0", "--out", str(tmp_path / "run")]

    assert main(words) == 1
    said = capsys.readouterr().err
    assert "exploded" in said
    assert "lower training.learning_rate" in said
    assert "done:" not in said
    assert checkpoints(tmp_path / "run" / "checkpoints") == []
