"""Intervals bar by bar against a bootstrap written out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gen.comparing.bars import bars, bars_intervals
from gen.comparing.verdicts import sample, verdicts
from gen.evaluation.figures import by_bar
from gen.evaluation.intervals import intervals_by_bar

RESAMPLES = 120
ENDS = [2.5, 97.5]


def drawn_pieces(measurement, seed):
    """How often each example is taken in each resample, piece by piece."""
    pieces = list(measurement.pieces)
    kinds = sorted(set(pieces))
    rng = np.random.default_rng(seed)
    rows = []
    for start in range(0, RESAMPLES, 100):
        rows += list(rng.multinomial(len(kinds), [1 / len(kinds)] * len(kinds), size=min(100, RESAMPLES - start)))
    return [[row[kinds.index(piece)] for piece in pieces] for row in rows]


def accuracy(measurement, regime, bar, often):
    """The share of a bar's steps that are right, in one resample."""
    columns = measurement.regimes[regime].bars
    right = sum(count * columns["steps_right"][n, bar] for n, count in enumerate(often))
    return right / sum(count * columns["steps"][n, bar] for n, count in enumerate(often))


def test_an_interval_of_a_bar_is_that_of_its_own_steps(drums):
    found = intervals_by_bar(drums.measurement, drums.converter, seed=5, resamples=RESAMPLES)
    for bar, ends in enumerate(found["free_running"]["step_accuracy"]):
        each = [accuracy(drums.measurement, "free_running", bar, often) for often in drawn_pieces(drums.measurement, 5)]
        assert ends == pytest.approx(tuple(np.percentile(each, ENDS)))


def test_of_several_seeds_seeds_are_drawn_as_well_and_what_is_lost_is_paired(drums):
    measured = [drums.measurement, drums.measure(seed=3)]
    seeds = np.random.default_rng(0).integers(2, size=(2, RESAMPLES))
    often = drawn_pieces(drums.measurement, 0)
    found = bars_intervals(measured, drums.converter, resamples=RESAMPLES)
    for bar in range(2):
        forced, free = (
            [
                np.mean([accuracy(measured[seed], regime, bar, often[r]) for seed in seeds[:, r]])
                for r in range(RESAMPLES)
            ]
            for regime in ("teacher_forced", "free_running")
        )
        assert found["free_running"]["step_accuracy"][bar] == pytest.approx(tuple(np.percentile(free, ENDS)))
        lost = np.array(forced) - np.array(free)
        assert found["gap"]["step_accuracy"][bar] == pytest.approx(tuple(np.percentile(lost, ENDS)))


def test_a_single_piece_of_music_leaves_no_interval_and_no_verdict(drums):
    alone = replace(drums.measurement, pieces=np.zeros_like(drums.measurement.pieces))
    ends = bars_intervals([alone], drums.converter, resamples=5)["greedy"]["step_accuracy"]
    assert np.isnan(ends).all()
    other = drums.measure(temperature=0.5, seed=9)
    arms = {
        name: sample([replace(one, pieces=alone.pieces)], drums.converter, resamples=5)
        for name, one in (("a", alone), ("b", other))
    }
    assert {verdict.better for verdict in verdicts(arms)} == {None}


def test_a_bar_is_the_mean_over_seeds_and_has_an_interval_in_every_regime_by_bar(case):
    measured = [case.measurement, case.measure(seed=3)]
    found, ends = bars(measured, case.converter), bars_intervals(measured, case.converter, resamples=4)
    each = [by_bar(one, case.converter) for one in measured]
    for regime, shares in ends.items():
        for name, pairs in shares.items():
            assert len(pairs) == len(each[0]["greedy"][name])
            if regime != "gap":
                means = [(one + other) / 2 for one, other in zip(*(e[regime][name] for e in each), strict=True)]
                assert found[regime][name] == pytest.approx(means, nan_ok=True)
    assert {*ends} == {*found, "gap"}
