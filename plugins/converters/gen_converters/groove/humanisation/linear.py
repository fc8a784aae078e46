"""Linear regression of how a cell is played on all hits of its clip.

Each cell has weights of its own, fitted by ridge regression on the training clips in which it is hit: from the n hits
of the clip and a constant to velocity and offset, less their mean for the drum. So a cell that is seldom hit is played
like its drum on the average.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from gen_converters.common.arrays import Singles
from gen_converters.groove.humanisation.performances import Performances, Player, split_off

RIDGES = (0.01, 1.0, 10.0, 100.0, 1000.0)


def fit(performances: Performances, ridge: float) -> Player:
    """Fit every cell; a ridge is the weight of the squared coefficients, in hits."""
    weights = np.stack([found[0] for found in _regressions(performances, [ridge])])  # [n, n + 1, 2]
    means = performances.drum_means

    def play(hit: Singles) -> Singles:
        said: Singles = np.einsum("bi,cip->bcp", _with_constant(hit), weights, optimize=True) + means  # [B, n, 2]
        return said

    return play


def choose(performances: Performances, rng: np.random.Generator) -> float:
    """The one of `RIDGES` that does best on clips held out by a draw."""
    rest, held = split_off(performances, rng)
    return min(zip(_errors(rest, held, RIDGES), RIDGES, strict=True))[1]


def _errors(rest: Performances, held: Performances, ridges: Sequence[float]) -> list[float]:
    """Summed squared errors of each ridge on held-out hits."""
    asked, means = _with_constant(held.hit), rest.drum_means
    errors = np.zeros(len(ridges))
    for cell, weights in enumerate(_regressions(rest, ridges)):  # [ridges, n + 1, 2]
        rows = held.hit[:, cell] > 0
        said = asked[rows] @ weights + means[cell]  # [ridges, hits, 2]
        errors += ((said - held.played[rows, cell]) ** 2).sum(axis=(1, 2), dtype=np.float64)
    return [float(error) for error in errors]


def _regressions(performances: Performances, ridges: Sequence[float]) -> Iterator[Singles]:
    """Weights of one cell after the other, ``[ridges, n + 1, 2]``."""
    known, means = _with_constant(performances.hit), performances.drum_means
    for cell in range(performances.hit.shape[1]):
        rows = performances.hit[:, cell] > 0
        x = known[rows].astype(np.float64)  # [hits, n + 1]
        y = performances.played[rows, cell] - means[cell]  # [hits, 2]
        # the same weights from a system of as many equations as hits, or as columns, whichever are fewer
        few = len(x) < x.shape[1]
        gram, target = (x @ x.T, y.astype(np.float64)) if few else (x.T @ x, x.T @ y)
        systems = np.stack([gram + ridge * np.eye(len(gram)) for ridge in ridges])
        found = np.linalg.solve(systems, np.broadcast_to(target, (len(ridges), *target.shape)))
        yield (x.T @ found if few else found).astype(np.float32)


def _with_constant(hit: Singles) -> Singles:
    return np.concatenate([hit, np.ones((len(hit), 1), np.float32)], axis=1)  # [N, n + 1]
