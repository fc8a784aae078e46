"""Arms that begin with the weights of other runs."""

from __future__ import annotations

import json

import pytest
import torch
from safetensors.torch import load_file

from gen.cli import main
from gen.comparing.arms import Budget, parse_arms, with_weights
from gen.comparing.fairness import flags, sizes
from gen.comparing.plan import Plan
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
