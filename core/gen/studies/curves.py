"""Means over pairs with the interval that other pairs might have given.

Letters in shape comments: P pairs, K positions, R resamples.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

CONFIDENCE = 0.95
_RESAMPLES = 2_000


@dataclass(frozen=True)
class Interval:
    """A mean over pairs, and the bounds of its bootstrapped 95 % interval; in the unit of what it is a mean of."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Curve:
    """A mean over pairs at each position, and the bounds of its bootstrapped 95 % interval there; K numbers each."""

    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    def at(self, position: int) -> Interval:
        """The mean at a position, counted from 0; from the end where negative."""
        return Interval(self.mean[position], self.low[position], self.high[position])


class Resampling:
    """Pairs drawn anew with replacement, many times over: the same draws for whatever is averaged.

    Args:
        pairs: P.
        rng: source of the draws.
    """

    def __init__(self, pairs: int, rng: np.random.Generator) -> None:
        self._weights = rng.multinomial(pairs, np.full(pairs, 1.0 / pairs), _RESAMPLES) / pairs  # [R, P]

    def curve(self, values: npt.NDArray[np.float64]) -> Curve:
        """The means of ``values [P, K]`` over pairs, with percentile intervals."""
        means = self._weights @ values  # [R, K]
        outside = (1.0 - CONFIDENCE) / 2.0
        low, high = np.quantile(means, [outside, 1.0 - outside], axis=0)
        return Curve(*(tuple(line.tolist()) for line in (values.mean(0), low, high)))
