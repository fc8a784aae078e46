"""Evaluation: regimes apart, repeatable, and indifferent to how examples are batched."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gen.build import build_converter, build_model
from gen.training.evaluate import evaluate, held_out_loss


@pytest.fixture(scope="module")
def model(tiny):
    return build_model(tiny)


def figures(tiny, prepared, model, **options):
    converter = build_converter(tiny, mode="eval")
    return evaluate(model, converter, prepared.require("train"), step=5, **options)


def test_both_regimes_are_named_and_scored(tiny, prepared, model):
    regimes = figures(tiny, prepared, model)
    assert list(regimes) == ["teacher_forced", "free_running", "greedy"]
    for name in ("teacher_forced", "free_running"):
        assert {"loss", "reconstruction", "kl_bits", "hits_loss", "hit_f1", "velocity_mae"} <= regimes[name].keys()
    assert "timing_mae_ms" in regimes["greedy"]
    assert "loss" not in regimes["greedy"]
    assert regimes["teacher_forced"]["kl_bits"] == regimes["free_running"]["kl_bits"]


def test_the_same_seed_gives_the_same_figures(tiny, prepared, model):
    first, second = (figures(tiny, prepared, model, seed=3) for _ in range(2))
    np.testing.assert_equal(first, second)  # where == would tell NaN from NaN
    assert figures(tiny, prepared, model, seed=3) != figures(tiny, prepared, model, seed=4)


def test_the_size_of_a_batch_hardly_matters_where_nothing_is_drawn(tiny, prepared, model):
    few, many = (figures(tiny, prepared, model, batch_size=size)["greedy"] for size in (3, 16))
    assert few == pytest.approx(many, rel=1e-3, nan_ok=True)


def test_the_model_stays_in_its_mode_and_keeps_no_gradient(tiny, prepared, model):
    model.train()
    held_out_loss(model, prepared.require("validation"), step=0, batch_size=2, seed=0)
    assert model.training
    assert all(parameter.grad is None for parameter in model.parameters())


def test_a_limit_looks_at_the_first_batches_only(tiny, prepared, model):
    examples = prepared.require("train")
    limited = held_out_loss(model, examples, step=0, batch_size=4, seed=0, max_batches=1)
    first = held_out_loss(model, examples.take(slice(0, 4)), step=0, batch_size=4, seed=0)
    assert limited == first
    assert torch.isfinite(torch.tensor(list(limited.values()))).all()
