"""Every measure against a second implementation in plain loops."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gen.studies.measures import Resampling, measure, minus
from gen.studies.paths import Way, coin_ways
from gen.studies.tokens import NGrams

K, P, T, VOCABULARY = 3, 4, 6, 5
POSITIONS = (0.0, 0.25, 1.0)
ENDS = arrays(np.int64, (P, T), elements=st.integers(0, VOCABULARY - 1))
ALONG = arrays(np.int64, (K, P, T), elements=st.integers(0, VOCABULARY - 1))
LENGTHS = arrays(np.int64, P, elements=st.integers(1, T))


def slow_distance(one: list[int], other: list[int]) -> float:
    return sum(a != b for a, b in zip(one, other, strict=True)) / len(one)


def slow_cost(ngrams: NGrams, sequence: list[int]) -> float:
    total = 0.0
    for i in range(len(sequence)):
        total += ngrams.cost(np.array([sequence[: i + 1]]))[0, i]
    return total / len(sequence)


@given(ALONG, ENDS, ENDS, ENDS, ENDS, LENGTHS)
@settings(deadline=None, max_examples=20)
def test_measures_are_those_of_plain_loops(along, first, second, start, end, lengths):
    ngrams = NGrams(np.array([[0, 1, 2, 3, 4, 0, 1, 2, 0, 1]]), vocabulary=VOCABULARY, order=3)
    found = measure(Way(along, start, end), first, second, lengths, POSITIONS, ngrams)
    for p in range(P):
        n = lengths[p]
        a, b, said_a, said_b = (tokens[p, :n].tolist() for tokens in (first, second, start, end))
        for k, t in enumerate(POSITIONS):
            said = along[k, p, :n].tolist()
            assert found["distance_to_a"][p, k] == pytest.approx(slow_distance(said, a))
            assert found["distance_to_b"][p, k] == pytest.approx(slow_distance(said, b))
            assert found["distance_to_said_a"][p, k] == pytest.approx(slow_distance(said, said_a))
            assert found["distance_to_said_b"][p, k] == pytest.approx(slow_distance(said, said_b))
            cost = slow_cost(ngrams, said)
            own = (1 - t) * slow_cost(ngrams, a) + t * slow_cost(ngrams, b)
            decoded = (1 - t) * slow_cost(ngrams, said_a) + t * slow_cost(ngrams, said_b)
            assert found["cost"][p, k] == pytest.approx(cost)
            assert found["excess_cost"][p, k] == pytest.approx(cost - own, abs=1e-12)
            assert found["excess_cost_over_said"][p, k] == pytest.approx(cost - decoded, abs=1e-12)


@given(ENDS, ENDS, st.integers(0, 9))
def test_the_data_space_way_begins_at_a_and_ends_at_b_and_takes_every_step_from_either(first, second, seed):
    (way,) = coin_ways([first], [second], POSITIONS, np.random.default_rng(seed))
    assert (way.along[0] == first).all()
    assert (way.along[-1] == second).all()
    assert ((way.along == first) | (way.along == second)).all()


def test_coins_fall_for_b_as_often_as_the_position_says_and_for_all_streams_alike():
    a, b = np.zeros((50, 200), np.int64), np.ones((50, 200), np.int64)
    one, other = coin_ways([a, a], [b, b + 1], [0.1, 0.5, 0.9], np.random.default_rng(0))
    np.testing.assert_allclose(one.along.mean((1, 2)), [0.1, 0.5, 0.9], atol=0.02)  # 10,000 coins: four deviations
    assert (other.along == 2 * one.along).all()


def test_intervals_are_percentiles_of_means_over_pairs_of_pieces_drawn_anew():
    names = [4, 7, 9, 11, 20]  # of five pieces
    pieces = np.array([[4, 7], [7, 4], [4, 9], [11, 20], [9, 11], [9, 7], [20, 11], [4, 9]])
    values = np.random.default_rng(1).normal(size=(len(pieces), 2))
    curve = Resampling(pieces, np.random.default_rng(7)).curve(values)
    rng = np.random.default_rng(7)
    means, without = [], 0
    for times in rng.multinomial(5, [1 / 5] * 5, 2000):
        drawn = [name for name, count in zip(names, times, strict=True) for _ in range(count)]
        taken = [n for n, (a, b) in enumerate(pieces) for one in drawn for other in drawn if (one, other) == (a, b)]
        if taken:
            means.append(values[taken].mean(axis=0))
        without += not taken
    assert without > 10
    for k in range(2):
        assert curve.mean[k] == pytest.approx(sum(values[:, k]) / len(pieces))
        low, high = np.percentile([mean[k] for mean in means], [2.5, 97.5])
        assert (curve.low[k], curve.high[k]) == pytest.approx((low, high))


def test_an_interval_over_pieces_is_as_wide_as_theory_says_however_many_pairs_share_them():
    own = np.random.default_rng(2).normal(size=60)  # what each piece adds to all its pairs
    pieces = np.array([(a, b) for a in range(60) for b in range(60) if a != b])
    values = own[pieces].sum(axis=1, keepdims=True)
    end = Resampling(pieces, np.random.default_rng(3)).curve(values).at(-1)
    assert end.high - end.low == pytest.approx(2 * 1.96 * 2 * own.std() / math.sqrt(60), rel=0.1)


def test_of_pairs_that_share_no_piece_an_interval_is_wider_than_it_need_be_and_not_narrower():
    """A product of two draws varies three times as much as one draw does."""
    values = np.random.default_rng(2).normal(size=(400, 1))
    end = Resampling(np.arange(800).reshape(400, 2), np.random.default_rng(3)).curve(values).at(0)
    assert end.high - end.low == pytest.approx(2 * 1.96 * math.sqrt(3) * values.std() / math.sqrt(400), rel=0.15)


@pytest.mark.parametrize("pieces", [[[3, 3], [3, 3]], [[3, 8], [8, 3], [3, 8]], [[3, 8]]])
def test_pairs_that_join_the_same_pieces_have_no_interval(pieces):
    values = np.random.default_rng(2).normal(size=(len(pieces), 1))
    end = Resampling(np.array(pieces), np.random.default_rng(3)).curve(values).at(0)
    assert end.mean == pytest.approx(values.mean())
    assert math.isnan(end.low)
    assert math.isnan(end.high)


def test_a_third_piece_makes_an_interval():
    end = Resampling(np.array([[3, 8], [3, 5]]), np.random.default_rng(3)).curve(np.array([[0.0], [1.0]])).at(0)
    assert (end.low, end.mean, end.high) == (0.0, 0.5, 1.0)


def test_values_minus_others_are_pair_by_pair():
    one, other = (
        dict(zip(("cost", "distance_to_b"), np.random.default_rng(seed).random((2, P, K)), strict=True))
        for seed in (1, 2)
    )
    assert (minus(one, other)["cost"] == one["cost"] - other["cost"]).all()
    assert (minus(one, one)["distance_to_b"] == 0).all()
