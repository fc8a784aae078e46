"""The n-gram model against its definition, written out."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gen.studies.tokens import NGrams

VOCABULARY = 5
Corpus = list[list[int]]

ORDERS = st.integers(1, 5)
CORPORA = st.lists(st.lists(st.integers(0, VOCABULARY - 1), max_size=8), max_size=6)
SEQUENCES = st.lists(st.integers(0, VOCABULARY - 1), min_size=1, max_size=8)


def slow_chance(corpus: Corpus, context: list[int], word: int) -> float:
    """P(word | context) as the module's docstring defines it."""
    lower = slow_chance(corpus, context[1:], word) if context else 1 / VOCABULARY
    n = len(context)
    followers = [line[i + n] for line in corpus for i in range(len(line) - n) if line[i : i + n] == context]
    if not followers:
        return lower
    kinds = len(set(followers))
    return (followers.count(word) + kinds * lower) / (len(followers) + kinds)


def trained(corpus: Corpus, order: int, padding: int = 1) -> NGrams:
    """Lines of different lengths, padded with a token that must not count, the longest by ``padding`` steps."""
    steps = max((len(line) for line in corpus), default=0) + padding
    tokens = np.full((len(corpus), steps), VOCABULARY - 1, np.int64)
    for row, line in zip(tokens, corpus, strict=True):
        row[: len(line)] = line
    return NGrams(tokens, np.array([len(line) for line in corpus], np.int64), vocabulary=VOCABULARY, order=order)


@given(CORPORA, SEQUENCES, ORDERS, st.integers(0, 2))
def test_costs_are_those_of_the_definition(corpus, sequence, order, padding):
    found = trained(corpus, order, padding).cost(np.array([sequence], np.int64))[0]
    contexts = [sequence[max(0, i - order + 1) : i] for i in range(len(sequence))]
    expected = [slow_chance(corpus, context, word) for context, word in zip(contexts, sequence, strict=True)]
    np.testing.assert_allclose(np.exp(-found), expected, rtol=1e-12)


@given(CORPORA, st.lists(st.integers(0, VOCABULARY - 1), max_size=6), ORDERS)
def test_chances_add_up_to_one_after_whatever_was_said(corpus, context, order):
    every = np.array([[*context, word] for word in range(VOCABULARY)], np.int64)
    assert np.exp(-trained(corpus, order).cost(every)[:, -1]).sum() == pytest.approx(1.0, abs=1e-12)


@given(CORPORA.filter(any), SEQUENCES)
def test_order_one_counts_tokens_and_nothing_else(corpus, sequence):
    counts = Counter(word for line in corpus for word in line)
    total, kinds = sum(counts.values()), len(counts)
    expected = [(counts[word] + kinds / VOCABULARY) / (total + kinds) for word in sequence]
    np.testing.assert_allclose(np.exp(-trained(corpus, 1).cost(np.array([sequence], np.int64))[0]), expected)


def test_the_end_of_a_sequence_is_no_context_of_its_beginning():
    chances = np.exp(-NGrams(np.array([[0, 1, 2, 3]]), vocabulary=VOCABULARY, order=2).cost(np.array([[3, 0]])))[0]
    assert chances[1] == pytest.approx(slow_chance([[0, 1, 2, 3]], [], 0))


def test_nothing_learnt_is_all_alike():
    costs = trained([], 5).cost(np.array([[0, 3, 2]], np.int64))
    np.testing.assert_allclose(costs, np.log(VOCABULARY))


def test_after_a_context_that_never_occurred_only_the_end_of_it_counts():
    model = trained([[0, 1, 2], [3, 1, 2]], 3)
    known, unknown = model.cost(np.array([[0, 1, 2], [4, 1, 2]], np.int64))[:, -1]
    assert unknown == pytest.approx(model.cost(np.array([[1, 2]], np.int64))[0, -1])
    assert known < unknown  # a longer context that did occur makes it surer


def test_what_comes_after_a_step_does_not_matter():
    model = trained([[0, 1, 2, 3, 0, 1, 2]], 4)
    short, long = model.cost(np.array([[0, 1, 2]])), model.cost(np.array([[0, 1, 2, 4, 4]]))
    np.testing.assert_array_equal(long[:, :3], short)


def test_sequences_that_repeat_the_training_cost_less_than_shuffled_ones():
    rng = np.random.default_rng(0)
    riff = np.tile([0, 1, 2, 1, 3, 1], (20, 8))
    model = NGrams(riff, vocabulary=VOCABULARY)
    assert model.cost(riff[:4]).mean() < 0.2
    assert model.cost(rng.permuted(riff[:4], axis=1)).mean() > 1.0


def test_a_vocabulary_far_larger_than_what_occurs_is_no_trouble():
    model = NGrams(np.array([[2**61, 7, 2**61, 7]]), vocabulary=2**62, order=3)
    seen, unseen = model.cost(np.array([[2**61, 7], [2**61, 8]]))[:, 1]
    assert seen < 0.8
    assert unseen > 40


@pytest.mark.parametrize("token", [-1, VOCABULARY])
def test_tokens_outside_the_vocabulary_are_refused(token):
    model = trained([[0, 1]], 2)
    with pytest.raises(ValueError, match=f"tokens from .*{token}.* don't fit a vocabulary of 5"):
        model.cost(np.array([[0, token]]))
    with pytest.raises(ValueError, match="don't fit a vocabulary"):
        NGrams(np.array([[token]]), vocabulary=VOCABULARY)


def test_an_order_below_one_is_refused():
    with pytest.raises(ValueError, match="at least 1, not 0"):
        trained([[0]], 0)
