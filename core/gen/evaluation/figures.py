"""From what was measured of every example to figures, for the examples as they are or weighed anew.

Letters in shape comments: N examples, R weightings, Z latent size.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TypeVar

import numpy as np

from gen.evaluation.measurement import Array, Columns, Measurement, Regime
from gen.evaluation.regimes import TEACHER_FORCED
from gen.interfaces.converter import Converter

Figures = dict[str, float]
T = TypeVar("T")
_NATS_PER_BIT = math.log(2.0)
_ACTIVE = 0.01  # variance of a posterior mean over examples, from which on a unit counts (Burda et al. 2016, 5.2)
LATENT = "latent"

RIGHT = ("step_accuracy", "pitch_accuracy", "f1")
"""What the names of those figures end in that say how much is right."""


def figures(measurement: Measurement, converter: Converter) -> dict[str, Figures]:
    """Every figure, by regime, and those of the latent space as ``latent``; the converter's statistics are in it."""
    return next(weighted(measurement, converter, np.ones((1, len(measurement)))))


def weighted(measurement: Measurement, converter: Converter, weights: Array) -> Iterator[dict[str, Figures]]:
    """`figures` for each of several weightings of the examples, ``[R, N]``; a weight counts an example so often."""
    steps, kl, cost = (weights @ column for column in (measurement.steps, measurement.kl, measurement.kl_cost))  # [R]
    count = weights.sum(axis=1)  # [R]
    rows: list[dict[str, Figures]] = [{} for _ in weights]
    for name, regime in measurement.regimes.items():
        statistics, sums, counts = (_totals(part, weights) for part in (regime.statistics, regime.sums, regime.counts))
        nats = None if regime.nats is None else weights @ regime.nats
        for r, row in enumerate(rows):
            row[name] = {}
            if nats is not None:
                row[name] |= {
                    "loss": float((nats[r] + measurement.beta * cost[r]) / count[r]),
                    "reconstruction": float(nats[r] / count[r]),
                    "kl_cost": float(cost[r] / count[r]),
                    "kl_bits": float(kl[r] / count[r] / _NATS_PER_BIT),
                    "beta": measurement.beta,
                    "cross_entropy": float(nats[r] / steps[r]),
                    "elbo": float(-(nats[r] + kl[r]) / steps[r]),
                }
                row[name] |= {key: _pooled(sums[key][r], counts[key][r]) for key in sums}
            if statistics:
                row[name] |= converter.summarise({key: _number(total[r]) for key, total in statistics.items()})
    for r, row in enumerate(rows):
        row[LATENT] = _latent(measurement, weights[r])
        yield row


def by_bar(measurement: Measurement, converter: Converter) -> dict[str, dict[str, list[float]]]:
    """The converter's figures of every bar: regime to figure to one number a bar. Empty where steps aren't times."""
    found = weighted_by_bar(measurement, converter, np.ones((1, len(measurement))))
    return by_regime({name: values[0].tolist() for name, values in found.items()})


def weighted_by_bar(measurement: Measurement, converter: Converter, weights: Array) -> dict[str, Array]:
    """`by_bar` for each of several weightings of the examples: ``regime/name`` to ``[R, bars]``."""
    found: dict[str, Array] = {}
    for regime, measured in measurement.regimes.items():
        if not measured.bars:
            continue
        totals = _totals(measured.bars, weights)  # [R, bars, …]
        places = list(np.ndindex(next(iter(totals.values())).shape[:2]))
        each = [converter.summarise({key: _number(total[place]) for key, total in totals.items()}) for place in places]
        for figure in each[0]:
            values = np.array([figures[figure] for figures in each])
            found[f"{regime}/{figure}"] = values.reshape(len(weights), -1)
    return found


def _latent(measurement: Measurement, weights: Array) -> Figures:
    """KL, active units, and what z is worth: how much better a step is said with its own than with another's."""
    total = weights.sum()
    means = measurement.means.astype(np.float64)  # [N, Z]
    centre = weights @ means / total  # [Z]
    variance = weights @ (means - centre) ** 2 / total  # [Z]
    found = {
        "kl_bits": float(weights @ measurement.kl / total / _NATS_PER_BIT),
        "active_units": float((variance > _ACTIVE).sum()),
        "size": float(means.shape[1]),
    }
    own, other = (
        measurement.regimes.get(name, Regime({})).nats for name in (TEACHER_FORCED, f"{TEACHER_FORCED}_shuffled")
    )
    if own is not None and other is not None:
        found["nats_from_z"] = float(weights @ (other - own) / (weights @ measurement.steps))
    return found


def _totals(columns: Columns, weights: Array) -> dict[str, Array]:
    """Weighed sums over examples, ``[R, …]`` each."""
    return {
        name: (weights @ column.reshape(len(column), -1)).reshape(len(weights), *column.shape[1:])
        for name, column in columns.items()
    }


def _pooled(sums: Array, counts: Array) -> float:
    """As `gen.interfaces.decoder.pooled`: the plain mean of one or several ratios, each 0 where there is nothing."""
    sums, counts = np.asarray(sums), np.asarray(counts)
    return float(np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0).mean())


def _number(total: Array) -> float:
    """A sum for `Converter.summarise`: a number, or an array where the column had further axes."""
    return float(total) if np.ndim(total) == 0 else total  # type: ignore[return-value]


def flat_figures(regimes: Mapping[str, Mapping[str, T]]) -> dict[str, T]:
    """Figures by ``regime/name``."""
    return {f"{regime}/{name}": value for regime, found in regimes.items() for name, value in found.items()}


def by_regime(flat: Mapping[str, T]) -> dict[str, dict[str, T]]:
    """Back from `flat_figures`."""
    found: dict[str, dict[str, T]] = {}
    for name, value in flat.items():
        regime, _, figure = name.partition("/")
        found.setdefault(regime, {})[figure] = value
    return found
