"""The folder's own clips at a model's bits: as many pieces as cost as much, each the nearest at its place."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gen.evaluation.floors.simple import nearest_in_pieces


def test_what_is_put_together_of_training_pieces_is_said_exactly_at_their_bits():
    rng = np.random.default_rng(0)
    known = rng.random((16, 8, 3)).astype(np.float32)  # [N, T, D]
    asked = np.concatenate([known[3:4, :4], known[9:10, 4:]], axis=1)
    whole, cost = nearest_in_pieces(known, known, asked, 4.0)
    halves, twice = nearest_in_pieces(known, known, asked, 5.0)

    assert (cost, twice) == (4.0, 8.0)
    np.testing.assert_array_equal(halves, asked)
    assert np.abs(whole - asked).max() > 0
    assert any(np.array_equal(whole[0], each) for each in known)


@pytest.mark.parametrize("bits", [0.0, 1e6])
def test_there_is_at_least_one_piece_and_no_more_than_steps(bits):
    known = np.arange(24, dtype=np.float32).reshape(4, 6, 1)
    said, cost = nearest_in_pieces(known, known, known[:2], bits)
    np.testing.assert_array_equal(said, known[:2])
    assert cost == pytest.approx(math.log2(4) * (1 if bits == 0.0 else 6))
