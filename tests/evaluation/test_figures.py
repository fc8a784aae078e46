"""Every figure against a slow and obvious second way to it."""

from __future__ import annotations

import math
from copy import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gen.evaluation.figures import by_bar, figures, flat_figures, weighted
from gen.evaluation.intervals import intervals, percentiles, resampled, resampled_figures


def totals_of(case):
    """Steps, nats and KL of each example, summed in Python."""
    steps, nats, bits = 0.0, 0.0, []
    lengths = case.examples.lengths
    posterior = case.model.encode(
        torch.from_numpy(case.examples.inputs),
        torch.from_numpy(lengths),
        None if case.examples.controls is None else torch.from_numpy(case.examples.controls),
    )
    for n in range(len(lengths)):
        steps += float(np.sum(lengths[n]))
        nats += float(case.measurement.regimes["teacher_forced"].nats[n])
        mean, stddev = posterior.mean[n].tolist(), posterior.stddev[n].tolist()
        kl = sum((s * s + m * m - 1) / 2 - math.log(s) for m, s in zip(mean, stddev, strict=True))
        bits.append(kl / math.log(2))
    return steps, nats, bits, posterior.mean.detach().numpy()


def test_losses_a_step_and_an_example(case):
    """Relative 1e-4: the KL is taken in float32 there and in float64 here."""
    case.model.eval()
    steps, nats, bits, means = totals_of(case)
    count = len(bits)
    found = figures(case.measurement, case.converter)
    forced, latent = found["teacher_forced"], found["latent"]
    kl = sum(bits) * math.log(2)
    cost = sum(max(0.0, each - 0.5) for each in bits) * math.log(2)

    assert forced["reconstruction"] == pytest.approx(nats / count, rel=1e-4)
    assert forced["cross_entropy"] == pytest.approx(nats / steps, rel=1e-4)
    assert forced["elbo"] == pytest.approx(-(nats + kl) / steps, rel=1e-4)
    assert forced["kl_bits"] == pytest.approx(sum(bits) / count, rel=1e-4)
    assert forced["kl_cost"] == pytest.approx(cost / count, rel=1e-3)
    assert forced["loss"] == pytest.approx((nats + forced["beta"] * cost) / count, rel=1e-4)
    active = sum(1 for unit in means.T if sum((x - unit.mean()) ** 2 for x in unit) / count > 0.01)
    assert latent["active_units"] == active
    other = float(sum(case.measurement.regimes["teacher_forced_shuffled"].nats))
    assert latent["nats_from_z"] == pytest.approx((other - nats) / steps, rel=1e-4)


def test_examples_that_share_their_free_bits_bear_an_equal_part_of_what_all_cost(drums):
    sharing = copy(drums.model)  # the same weights at another price
    sharing.latent = replace(drums.model.latent, free_bits_over="batch")
    kl = torch.tensor([[0.0, 1.0], [3.0, 2.0]])  # nats; 1 and 5, of which half a bit is free on the average

    assert sharing.price(kl).tolist() == pytest.approx([3.0 - 0.5 * math.log(2)] * 2, rel=1e-6)
    assert drums.model.price(kl).tolist() == pytest.approx([1.0 - 0.5 * math.log(2), 5.0 - 0.5 * math.log(2)], rel=1e-6)


def test_steps_said_right_counted_one_by_one(drums):
    """Drums have one class a step, so a step is right where the model's likeliest class is the target's."""
    drums.model.eval()
    with torch.no_grad():
        said = drums.model.decode(torch.from_numpy(drums.measurement.means), temperature=0.0).numpy()
    right = total = 0
    for outputs, target, length in zip(said, drums.examples.outputs, drums.examples.lengths, strict=True):
        for t in range(length):
            total += 1
            right += outputs[t].argmax() == target[t].argmax()
    assert figures(drums.measurement, drums.converter)["greedy"]["step_accuracy"] == pytest.approx(right / total)


def test_figures_by_bar_are_those_of_the_bars_cut_out(case):
    found = by_bar(case.measurement, case.converter)
    size = case.converter.steps_per_bar
    case.model.eval()
    with torch.no_grad():
        mean = torch.from_numpy(case.measurement.means)
        said = case.model.decode(mean, steps=case.examples.steps, temperature=0.0).numpy()
    for bar in range(case.examples.steps // size):
        inside = slice(bar * size, (bar + 1) * size)
        lengths = np.clip(case.examples.lengths - bar * size, 0, size)
        columns = case.converter.statistics(
            case.examples.outputs[:, inside], said[:, inside], lengths, case.examples.qpm
        )
        alone = case.converter.summarise({name: column.sum(axis=0) for name, column in columns.items()})
        for name, value in alone.items():
            if name.endswith(("accuracy", "f1")):
                assert found["greedy"][name][bar] == pytest.approx(value, nan_ok=True)


def test_whole_weights_are_examples_taken_that_often(case):
    """A weight of 2 is the same as the example twice, for every figure; relative 1e-9."""
    rng = np.random.default_rng(0)
    weights = rng.integers(0, 3, size=(1, len(case.measurement))).astype(np.float64)
    (found,) = weighted(case.measurement, case.converter, weights)
    rows = np.repeat(np.arange(len(case.measurement)), weights[0].astype(int))
    taken = _taken(case.measurement, rows)
    expected = figures(taken, case.converter)
    assert flat_figures(found) == pytest.approx(flat_figures(expected), rel=1e-9, nan_ok=True)


def _taken(measurement, rows):
    from dataclasses import replace

    def columns(mapping):
        return {name: column[rows] for name, column in mapping.items()}

    regimes = {
        name: replace(
            regime,
            statistics=columns(regime.statistics),
            bars=columns(regime.bars),
            sums=columns(regime.sums),
            counts=columns(regime.counts),
            nats=None if regime.nats is None else regime.nats[rows],
        )
        for name, regime in measurement.regimes.items()
    }
    alone = {name: getattr(measurement, name)[rows] for name in ("pieces", "steps", "kl", "kl_cost", "means")}
    return replace(measurement, regimes=regimes, **alone)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=20), st.integers(0, 1000))
def test_whole_pieces_are_drawn_and_as_many_as_there_are(pieces, seed):
    pieces = np.array(pieces)
    kinds = np.unique(pieces)
    for weights in resampled(pieces, 130, np.random.default_rng(seed)):
        assert len(weights) <= 100
        for row in weights:
            of_piece = {piece: set(row[pieces == piece]) for piece in kinds}
            assert all(len(values) == 1 for values in of_piece.values())  # all windows of a piece together
            assert sum(next(iter(values)) for values in of_piece.values()) == len(kinds)


def test_intervals_are_the_percentiles_of_a_bootstrap_written_out(drums):
    """The same draws, a loop a resample."""
    pieces = drums.measurement.pieces
    rng = np.random.default_rng(5)
    kinds = np.unique(pieces)
    accuracies = []
    for start in range(0, 120, 100):
        drawn = rng.multinomial(len(kinds), np.full(len(kinds), 1 / len(kinds)), size=min(100, 120 - start))
        for counts in drawn:
            right = steps = 0.0
            for n, piece in enumerate(pieces):
                often = counts[list(kinds).index(piece)]
                right += often * drums.measurement.regimes["greedy"].statistics["steps_right"][n]
                steps += often * drums.measurement.regimes["greedy"].statistics["steps"][n]
            accuracies.append(right / steps)
    found = intervals(drums.measurement, drums.converter, seed=5, resamples=120)["greedy"]["step_accuracy"]
    assert found == pytest.approx(tuple(np.percentile(accuracies, [2.5, 97.5])))


def test_the_same_seed_resamples_alike(drums):
    first, second = (resampled_figures(drums.measurement, drums.converter, seed=3, resamples=20) for _ in range(2))
    assert all(np.array_equal(first[name], second[name], equal_nan=True) for name in first)


@given(arrays(np.float64, st.integers(1, 50), elements=st.floats(-10, 10)))
def test_an_interval_lies_among_the_values_around_their_median(values):
    low, high = percentiles(values)
    assert values.min() <= low <= np.median(values) <= high <= values.max()


def test_numbers_that_are_none_leave_no_interval():
    assert np.isnan(percentiles(np.array([np.nan, np.inf]))).all()


def test_one_piece_alone_has_no_interval(drums):
    alone = _taken(drums.measurement, np.flatnonzero(drums.measurement.pieces == drums.measurement.pieces[0]))
    ends = intervals(alone, drums.converter, resamples=10)["greedy"]["step_accuracy"]
    assert np.isnan(ends).all()
