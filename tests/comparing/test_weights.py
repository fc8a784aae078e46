"""Arms that begin with the weights of other runs."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

from gen.cli import main
from gen.comparing.arms import Budget, parse_arms, with_weights
from gen.comparing.fairness import flags, sizes
from gen.comparing.plan import Plan, open_folder
from gen.comparing.training import Slice, train_slice
from gen.errors import UsageError
from gen.model.build import build_converter
from gen.training.run import Run


@pytest.fixture
def run(recipe, tmp_path):
    """A run of one step of recipe a."""
    path = tmp_path / "before"
    assert main(["train", recipe("a"), "training.steps=1", "--samples", "0", "--out", str(path)]) == 0
    return path


def weights(path, step):
    return load_file(path / f"checkpoints/step-{step}" / "model.safetensors")


def test_an_arm_begins_with_the_weights_of_a_run_and_all_of_it_is_said(recipe, run, tmp_path):
    arms = with_weights(parse_arms([recipe("a"), recipe("b")]), [f"a={run}"])
    plan = Plan(tuple(arms), (0,), Budget(20), "validation")
    (began, fresh) = plan.trials(tmp_path / "out")
    train_slice(Slice(began, 1, 1, None, None, str(tmp_path / "store"), "cpu", 0))

    account = json.loads(Run(began.path).initial_file.read_text())
    assert account["step"] == 1
    assert account["not_loaded"] == {}
    one_more = weights(began.path, 1)
    for name, before in weights(run, 1).items():
        # one step of the optimiser away from where it began, and not from a draw
        torch.testing.assert_close(one_more[name], before, rtol=0, atol=5e-3)
    assert fresh.init_from is None
    assert set(plan.to_json()["arms"]["a"]) == {"recipe", "init_from", "sha256"}
    assert set(plan.to_json()["arms"]["b"]) == {"recipe"}
    sized = sizes(arms, build_converter(arms[0].recipe, mode="eval"))
    assert f"a begins with the weights of {run / 'checkpoints/step-1'}" in flags(arms, sized, Budget(20), [0, 1])[0]


def test_every_seed_may_go_on_from_its_own_run(recipe, run, tmp_path):
    other = tmp_path / "run-1"
    shutil.copytree(run, tmp_path / "run-0")
    assert main(["train", recipe("a"), "training.steps=2", "--samples", "0", "--out", str(other)]) == 0
    arms = parse_arms([recipe("a"), recipe("b")])
    began = with_weights(arms, [f"a={tmp_path}/run-{{seed}}"], seeds=2)
    plan = Plan(tuple(began), (0, 1), Budget(20), "validation")
    found = [trial.init_from for trial in plan.trials(tmp_path / "out") if trial.arm == "a"]
    assert found == [tmp_path / "run-0/checkpoints/step-1", other / "checkpoints/step-2"]
    sized = sizes(arms, build_converter(arms[0].recipe, mode="eval"))
    assert f"{found[0]}, {found[1]}" in flags(began, sized, Budget(20), [0, 1])[0]

    # a folder of the first seed alone may grow, and not where that one's weights were others
    folder = tmp_path / "grows"
    first = with_weights(arms, [f"a={tmp_path}/run-{{seed}}"])
    open_folder(folder, Plan(tuple(first), (0,), Budget(20), "validation"))
    open_folder(folder, plan)
    swapped = replace(began[0], init_from=began[0].init_from[::-1])
    with pytest.raises(UsageError, match="holds another comparison"):
        open_folder(folder, Plan((swapped, began[1]), (0, 1), Budget(20), "validation"))
    with pytest.raises(UsageError, match="run-2 is not there"):
        with_weights(arms, [f"a={tmp_path}/run-{{seed}}"], seeds=3)


def test_weights_for_nobody_are_refused(recipe, run, tmp_path):
    arms = parse_arms([recipe("a"), str(run)])
    for word, complaint in (
        (f"c={run}", "one of a, before"),
        ("a", "write ARM=RUN"),
        (f"before={run}", "before was trained before"),
        (f"a={tmp_path / 'nowhere'}", "is not there"),
    ):
        with pytest.raises(UsageError, match=complaint):
            with_weights(arms, [word])
    with pytest.raises(UsageError, match="already"):
        with_weights(arms, [f"a={run}", f"a={run}"])
