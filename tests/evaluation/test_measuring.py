"""Measuring: regimes apart, repeatable, and indifferent to how examples are batched."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gen.errors import DataError
from gen.evaluation.figures import figures, flat_figures
from gen.evaluation.measure import evaluate
from gen.evaluation.measurement import load_measurement
from gen.evaluation.regimes import REGIMES
from gen.training.figures import held_out_loss


def same(first, second):
    return all(
        np.array_equal(getattr(first.regimes[name], part)[key], getattr(second.regimes[name], part)[key])
        for name in REGIMES
        for part in ("statistics", "bars", "sums", "counts")
        for key in getattr(first.regimes[name], part)
    )


def test_every_regime_is_named_and_scored(case):
    found = figures(case.measurement, case.converter)
    assert list(found) == [*REGIMES, "latent"]
    for name in ("teacher_forced", "teacher_forced_shuffled", "free_running"):
        assert {"loss", "reconstruction", "kl_bits", "cross_entropy", "elbo"} <= found[name].keys()
    assert "loss" not in found["greedy"]
    assert any(name.endswith("step_accuracy") for name in found["greedy"])
    assert found["teacher_forced"]["kl_bits"] == found["free_running"]["kl_bits"] == found["latent"]["kl_bits"]


def test_evaluate_is_the_figures_of_what_is_measured(drums):
    again = evaluate(drums.model, drums.converter, drums.examples, step=7)
    assert again == figures(drums.measurement, drums.converter)


def test_the_same_seed_gives_the_same_columns_and_another_does_not(drums):
    assert same(drums.measurement, drums.measure())
    assert not same(drums.measurement, drums.measure(seed=1))


def test_the_size_of_a_batch_changes_nothing_but_the_draws_of_steps(drums):
    few, many = (figures(drums.measure(batch_size=size), drums.converter) for size in (3, 50))
    for regime in (
        "teacher_forced",
        "teacher_forced_mean",
        "teacher_forced_shuffled",
        "greedy",
        "greedy_draw",
        "latent",
    ):
        assert few[regime] == pytest.approx(many[regime], rel=1e-3, nan_ok=True)


def test_a_low_temperature_says_the_likeliest(drums):
    cold = drums.measure(temperature=1e-7)
    for free, greedy in (("free_running", "greedy_draw"), ("free_running_mean", "greedy")):
        first, second = cold.regimes[free].statistics, cold.regimes[greedy].statistics
        equal = np.mean([first[name] == second[name] for name in first])
        assert equal > 0.9  # two classes may be nearly as likely, and then every step after is another


def test_teacher_forced_nats_are_what_training_calls_reconstruction(case):
    """Relative 1e-4: batches are of other sizes."""
    model = case.model
    mean = torch.from_numpy(case.measurement.means)
    model.eval()
    with torch.no_grad():
        controls = case.examples.controls
        decoded = model.decoder(
            torch.from_numpy(case.examples.outputs),
            torch.from_numpy(case.examples.lengths),
            mean,
            None if controls is None else torch.from_numpy(controls),
        )
    model.train()
    np.testing.assert_allclose(case.measurement.regimes["teacher_forced_mean"].nats, decoded.loss.numpy(), rtol=1e-4)


def test_each_example_meets_another_ones_z_where_z_is_shuffled(drums):
    own = drums.measurement.regimes["teacher_forced"].nats
    other = drums.measurement.regimes["teacher_forced_shuffled"].nats
    assert (own != other).mean() > 0.9


def test_the_model_stays_in_its_mode_and_keeps_no_gradient(drums):
    drums.model.train()
    drums.measure()
    held_out_loss(drums.model, drums.examples, step=0, batch_size=2, seed=0)
    assert drums.model.training
    assert all(parameter.grad is None for parameter in drums.model.parameters())


def test_a_limit_looks_at_the_first_batches_only(drums):
    limited = held_out_loss(drums.model, drums.examples, step=0, batch_size=4, seed=0, max_batches=1)
    first = held_out_loss(drums.model, drums.examples.take(slice(0, 4)), step=0, batch_size=4, seed=0)
    assert limited == first
    assert torch.isfinite(torch.tensor(list(limited.values()))).all()


def test_a_measurement_is_read_as_it_was_written(case, tmp_path):
    path = tmp_path / "measured.safetensors"
    case.measurement.save(path, about={"of": "this"})
    back = load_measurement(path, about={"of": "this"})
    assert back is not None
    assert same(back, case.measurement)
    said, before = (flat_figures(figures(each, case.converter)) for each in (back, case.measurement))
    assert said == pytest.approx(before, rel=0, abs=0, nan_ok=True)


def test_what_was_measured_of_something_else_is_not_taken(drums, tmp_path):
    path = tmp_path / "measured.safetensors"
    drums.measurement.save(path, about={"weights": "abc"})
    assert load_measurement(path, about={"weights": "abd"}) is None
    assert load_measurement(tmp_path / "none.safetensors", about={}) is None


def test_a_damaged_measurement_is_an_error_with_a_way_out(drums, tmp_path):
    path = tmp_path / "measured.safetensors"
    drums.measurement.save(path, about={})
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(DataError, match=r"measured\.safetensors is damaged .*delete it"):
        load_measurement(path, about={})


def test_one_example_alone_can_be_measured(drums):
    only = drums.examples.take(slice(0, 1))
    found = evaluate(drums.model, drums.converter, only, step=0)
    assert found["latent"]["nats_from_z"] == pytest.approx(0.0, abs=1e-6)  # there is no other z than its own
