"""What is measured along ways between examples, pair by pair, and its means with intervals.

Pairs share pieces, so they aren't independent of each other, and intervals over pairs would be too narrow. Pieces are
drawn instead, as `gen.evaluation.intervals` does, and a pair counts as often as its two pieces were drawn, multiplied
(Owen and Eckles 2012, "Bootstrapping data arrays of arbitrary order").

Letters in shape comments: P pairs, K positions, T steps, R resamples.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gen.studies.paths import Way
from gen.studies.tokens import NGrams, Tokens

Values = npt.NDArray[np.float64]
CONFIDENCE = 0.95
_RESAMPLES = 2_000


@dataclass(frozen=True)
class Interval:
    """A mean over pairs and, in its unit, the bounds of its 95 % interval; NaN where there is none (see `Curve`)."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Curve:
    """A mean over pairs at each position, and the bounds of its 95 % interval over pieces of music; K numbers each.

    The bounds are NaN where there is no interval: where all pairs join the same two pieces, or one to itself.
    """

    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    def at(self, position: int) -> Interval:
        """The mean at a position, counted from 0; from the end where negative."""
        return Interval(self.mean[position], self.low[position], self.high[position])


@dataclass(frozen=True)
class WayCurves:
    """One stream along the way from A to B, at each position, as means over pairs.

    Distances are shares of steps with another token, 0 to 1 (the normalised Hamming distance); costs are nats a token:
    the mean negative log probability under an n-gram model of the training examples. Only steps that A and B both have
    count. Excess is what a cost is above the straight line between the costs of the ends.

    Attributes:
        distance_to_a, distance_to_b: to the examples themselves; at position 0 the first is the reconstruction error.
        distance_to_said_a, distance_to_said_b: to what the model itself says at the ends, said once more; at
            position 0 the first is how far two draws from one z are apart.
        cost: of what is said.
        excess_cost: above the examples' own.
        excess_cost_over_said: above that of what the model itself says at the ends, said once more.
    """

    distance_to_a: Curve
    distance_to_b: Curve
    distance_to_said_a: Curve
    distance_to_said_b: Curve
    cost: Curve
    excess_cost: Curve
    excess_cost_over_said: Curve


WayValues = dict[str, Values]
"""What becomes `WayCurves`, before any mean is taken: ``[P, K]`` by name."""


def minus(one: WayValues, other: WayValues) -> WayValues:
    """How much more than another's on the same pairs."""
    return {name: values - other[name] for name, values in one.items()}


def measure(
    way: Way,
    first: Tokens,
    second: Tokens,
    lengths: npt.NDArray[np.int64],
    positions: Sequence[float],
    ngrams: NGrams,
) -> WayValues:
    """Everything about one stream along the ways between examples ``[P, T]``, of which ``lengths [P]`` steps count."""
    cost = _mean_cost(way.along, lengths, ngrams)
    own, said = (
        np.concatenate([_mean_cost(tokens[np.newaxis], lengths, ngrams) for tokens in ends], axis=1)  # [P, 2]
        for ends in ((first, second), (way.start, way.end))
    )
    t = np.asarray(positions)
    line = np.stack([1.0 - t, t])  # [2, K]
    compared = {"a": first, "b": second, "said_a": way.start, "said_b": way.end}
    return {
        **{f"distance_to_{name}": _mean(way.along != end, lengths) for name, end in compared.items()},
        "cost": cost,
        "excess_cost": cost - own @ line,
        "excess_cost_over_said": cost - said @ line,
    }


def _mean_cost(along: Tokens, lengths: npt.NDArray[np.int64], ngrams: NGrams) -> Values:
    """Nats a token of tokens ``[K, P, T]``, as ``[P, K]``; 0 of no steps."""
    flat = along.reshape(-1, along.shape[-1])  # [K P, T]
    return _mean(ngrams.cost(flat).reshape(along.shape), lengths)


def _mean(values: npt.NDArray[np.float64 | np.bool_], lengths: npt.NDArray[np.int64]) -> Values:
    """Means over valid steps of ``[K, P, T]``, as ``[P, K]``; 0 of no steps."""
    valid = np.arange(values.shape[-1]) < lengths[:, np.newaxis]  # [P, T]
    sums = np.where(valid, values, 0.0).sum(-1)  # [K, P]
    means: Values = (sums / np.maximum(lengths, 1)).T
    return means


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
