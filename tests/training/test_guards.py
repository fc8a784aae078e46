"""Guards: a training that can't come to anything says so, and stops with what it has safe."""

from __future__ import annotations

from collections import namedtuple
from dataclasses import replace

import pytest
import torch

from gen.errors import CheckpointError, TrainingError
from gen.model.build import build_model
from gen.recipes import resolved_yaml
from gen.recipes.sections import TrainingSection
from gen.training.figures import CollapseAlarm
from gen.training.optimiser import Optimiser
from gen.training.run import Run
from gen.training.trainer import train

Usage = namedtuple("Usage", "total used free")


def start(recipe, prepared, path):
    run = Run(path)
    run.create(resolved_yaml(recipe), prepared.report)
    train(build_model(recipe), recipe, prepared, run)
    return run


def test_gradients_that_explode_again_and_again_stop_the_training_with_advice(tiny, prepared, tmp_path):
    training = replace(tiny.training, steps=9, grad_norm_limit=1e-9, max_skipped=3)
    with pytest.raises(TrainingError, match=r"(?s)step 3: the gradients of the last 3 steps.*learning_rate") as caught:
        start(replace(tiny, training=training), prepared, tmp_path / "run")
    assert "grad_norm_limit is 1e-09" in str(caught.value)
    lines = Run(tmp_path / "run").metrics()
    assert [line["skipped_updates"] for line in lines if line["split"] == "train"] == [1, 2, 3]


def test_the_way_out_is_the_checkpoint_from_before(tiny, prepared, tmp_path):
    run = start(replace(tiny, training=replace(tiny.training, steps=4)), prepared, tmp_path / "run")
    exploding = replace(tiny, training=replace(tiny.training, steps=9, grad_norm_limit=1e-9, max_skipped=3))
    with pytest.raises(TrainingError, match="--init-from RUN/checkpoints/step-4 with a lower"):
        train(build_model(exploding), exploding, prepared, run, resume=True)
    assert (run.checkpoints / "step-4").is_dir()


def test_without_a_limit_it_goes_on_whatever_happens(tiny, prepared, tmp_path):
    training = replace(tiny.training, grad_norm_limit=1e-9, max_skipped=None)
    run = start(replace(tiny, training=training), prepared, tmp_path / "run")
    assert run.latest().name == "step-6"


def test_skipped_steps_in_a_row_are_counted_across_a_resumption():
    parameter = torch.nn.Parameter(torch.ones(2))
    optimiser = Optimiser([parameter], TrainingSection())
    for number in range(3):
        parameter.grad = torch.full((2,), float("nan") if number else 0.1)
        optimiser.step(number)
    other = Optimiser([torch.nn.Parameter(torch.ones(2))], TrainingSection())
    other.load_state(optimiser.state())
    assert (other.updates, other.skipped, other.skipped_in_a_row) == (3, 2, 2)


def test_a_parameter_that_rested_in_some_steps_is_resumed_with_its_own_count():
    def make():
        return [torch.nn.Parameter(torch.ones(2)) for _ in range(3)]

    def step(optimiser, number):
        for which, parameter in enumerate(optimiser.parameters[:2]):
            if which == 0 or number % 2:
                parameter.grad = torch.full((2,), 0.1 * (number + 1))
        optimiser.step(number)

    whole = Optimiser(make(), TrainingSection())
    for number in range(6):
        step(whole, number)
    first = Optimiser(make(), TrainingSection())
    for number in range(3):
        step(first, number)
    second = Optimiser([torch.nn.Parameter(each.detach().clone()) for each in first.parameters], TrainingSection())
    second.load_state(first.state())
    for number in range(3, 6):
        step(second, number)
    assert all(torch.equal(a, b) for a, b in zip(whole.parameters, second.parameters, strict=True))
    assert whole.state()["parameter_updates"].tolist() == second.state()["parameter_updates"].tolist() == [6, 3, 0]


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_gradients_that_are_no_numbers_never_reach_the_weights_by_value_either(bad):
    parameter = torch.nn.Parameter(torch.ones(2))
    optimiser = Optimiser([parameter], TrainingSection(clip="value"))
    parameter.grad = torch.tensor([bad, 1.0])
    assert optimiser.step(0).skipped
    assert torch.equal(parameter.detach(), torch.ones(2))


def test_a_collapse_is_said_once_and_only_when_it_lasts():
    alarm = CollapseAlarm()
    fine, flat, idle = {"kl_bits": 30.0, "active_units": 7}, {"kl_bits": 0.1}, {"kl_bits": 9.0, "active_units": 0}
    assert [alarm.look(figures) for figures in [flat] * 19 + [fine] + [flat, idle] * 9] == [None] * 38
    said = [alarm.look(flat) for _ in range(10)]
    assert [text is not None for text in said] == [False, True] + [False] * 8
    assert "free_bits" in said[1]


def test_a_disk_without_room_is_noticed_before_the_first_step(tiny, prepared, tmp_path, monkeypatch):
    monkeypatch.setattr("gen.system.regular.shutil.disk_usage", lambda _: Usage(10**9, 10**9, 5_000))
    with pytest.raises(CheckpointError, match=r"a checkpoint of this model needs 0\.2 MB and the disk .* has 0\.0 MB"):
        start(tiny, prepared, tmp_path / "run")
    assert Run(tmp_path / "run").metrics() == []


def test_a_disk_that_fills_up_costs_what_came_after_the_last_checkpoint_and_no_more(
    tiny, prepared, tmp_path, monkeypatch
):
    free = iter([10**9, 10**9])
    monkeypatch.setattr("gen.system.regular.shutil.disk_usage", lambda _: Usage(10**9, 0, next(free, 5_000)))
    with pytest.raises(CheckpointError, match=r"step-4: it needs .*step-2 is still there.*--resume"):
        start(tiny, prepared, tmp_path / "run")
    monkeypatch.undo()
    run = Run(tmp_path / "run")
    assert train(build_model(tiny), tiny, prepared, run, resume=True).step == 6
