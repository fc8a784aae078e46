"""What is measured along ways between examples, pair by pair.

Letters in shape comments: P pairs, K positions, T steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gen.studies.curves import Curve
from gen.studies.ngrams import NGrams
from gen.studies.paths import Way
from gen.studies.tokens import Tokens

Values = npt.NDArray[np.float64]


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
    return {
        "distance_to_a": _distance(way.along, first, lengths),
        "distance_to_b": _distance(way.along, second, lengths),
        "distance_to_said_a": _distance(way.along, way.start, lengths),
        "distance_to_said_b": _distance(way.along, way.end, lengths),
        "cost": cost,
        "excess_cost": cost - own @ line,
        "excess_cost_over_said": cost - said @ line,
    }


def _distance(along: Tokens, end: Tokens, lengths: npt.NDArray[np.int64]) -> Values:
    """Share of steps at which tokens ``[K, P, T]`` aren't those of ``[P, T]``, as ``[P, K]``; 0 of no steps."""
    return _mean((along != end).astype(np.float64), lengths)


def _mean_cost(along: Tokens, lengths: npt.NDArray[np.int64], ngrams: NGrams) -> Values:
    """Nats a token of tokens ``[K, P, T]``, as ``[P, K]``; 0 of no steps."""
    flat = along.reshape(-1, along.shape[-1])  # [K P, T]
    return _mean(ngrams.cost(flat).reshape(along.shape), lengths)


def _mean(values: npt.NDArray[np.float64], lengths: npt.NDArray[np.int64]) -> Values:
    """Means over valid steps of ``[K, P, T]``, as ``[P, K]``."""
    valid = np.arange(values.shape[-1]) < lengths[:, np.newaxis]  # [P, T]
    sums = np.where(valid, values, 0.0).sum(-1)  # [K, P]
    means: Values = (sums / np.maximum(lengths, 1)).T
    return means
