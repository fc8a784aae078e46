"""Means over pairs, with the interval that other pieces of music might have given.

Pairs share pieces, so they aren't independent of each other, and intervals over pairs would be too narrow. Pieces are
drawn instead, as `gen.evaluation.intervals` does, and a pair counts as often as its two pieces were drawn, multiplied
(Owen and Eckles 2012, "Bootstrapping data arrays of arbitrary order").

Letters in shape comments: P pairs, K positions, R resamples.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

CONFIDENCE = 0.95
_RESAMPLES = 2_000


@dataclass(frozen=True)
class Interval:
    """A mean over pairs, and the bounds of its 95 % interval, bootstrapped over pieces of music.

    In the unit of what it is a mean of; the bounds are NaN where there is no interval.
    """

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Curve:
    """A mean over pairs at each position, and the bounds of its 95 % interval there; K numbers each.

    The bounds are NaN where there is no interval: where all pairs join the same two pieces of music, or one to itself.
    """

    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    def at(self, position: int) -> Interval:
        """The mean at a position, counted from 0; from the end where negative."""
        return Interval(self.mean[position], self.low[position], self.high[position])


class Resampling:
    """Pieces drawn anew with replacement, as many as there are, the same draws for whatever is averaged.

    Resamples in which no pair has a weight are left out. ``pieces [P, 2]`` says of which piece of music the two
    examples of each pair are.
    """

    def __init__(self, pieces: npt.NDArray[np.int64], rng: np.random.Generator) -> None:
        kinds, ends = np.unique(pieces, return_inverse=True)
        first, second = ends.reshape(-1, 2).T  # [P] each
        count = len(kinds)
        drawn = rng.multinomial(count, np.full(count, 1.0 / count), _RESAMPLES)  # [R, pieces]
        weights = (drawn[:, first] * drawn[:, second]).astype(np.float64)  # [R, P]
        # of the same two pieces all weights are alike in any resample, which would be an interval without width
        several = len(np.unique(np.sort(pieces, axis=1), axis=0)) > 1
        totals = weights.sum(axis=1, keepdims=True) * several  # [R, 1]
        there = totals[:, 0] > 0
        self._weights = weights[there] / totals[there]

    def curve(self, values: npt.NDArray[np.float64]) -> Curve:
        """The means of ``values [P, K]`` over pairs, with percentile intervals."""
        mean = tuple(values.mean(0).tolist())
        if not len(self._weights):
            none = (math.nan,) * len(mean)
            return Curve(mean, none, none)
        means = self._weights @ values  # [R, K]
        outside = (1.0 - CONFIDENCE) / 2.0
        low, high = np.quantile(means, [outside, 1.0 - outside], axis=0)
        return Curve(mean, tuple(low.tolist()), tuple(high.tolist()))
