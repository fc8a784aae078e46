"""Pairs are of different files, each once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gen
from gen.studies.paths import draw_pairs

SOURCES = st.lists(st.integers(0, 3), min_size=2, max_size=12).map(np.array)


@given(SOURCES, st.integers(1, 150), st.integers(0, 9))
def test_as_many_different_pairs_as_wanted_or_all_that_there_are(source, count, seed):
    pairs = draw_pairs(source, count, np.random.default_rng(seed))
    everything = [(a, b) for a in range(len(source)) for b in range(len(source)) if a != b]
    apart = [(a, b) for a, b in everything if source[a] != source[b]]
    possible = set(apart or everything)
    drawn = {(a, b) for a, b in pairs.tolist()}
    assert drawn <= possible
    assert len(pairs) == len(drawn) == min(count, len(possible))


def test_the_same_generator_draws_the_same_pairs():
    source = np.arange(500)
    one, same, other = (draw_pairs(source, 64, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one.tolist() == same.tolist() != other.tolist()


def test_every_pair_is_as_likely_as_any_other():
    source = np.array([0, 0, 1, 2])
    counts = np.zeros((4, 4), int)
    rng = np.random.default_rng(0)
    for _ in range(2000):
        ((a, b),) = draw_pairs(source, 1, rng)
        counts[a, b] += 1
    assert counts[source[:, None] == source].sum() == 0
    np.testing.assert_allclose(counts[source[:, None] != source], 200, atol=60)  # ten pairs; four standard deviations


def test_one_example_is_no_pair():
    with pytest.raises(gen.errors.UsageError, match="only 1 held-out example"):
        draw_pairs(np.array([0]), 4, np.random.default_rng(0))
