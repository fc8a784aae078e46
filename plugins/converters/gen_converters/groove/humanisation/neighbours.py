"""k nearest neighbours: play a clip as the training clips with the most similar scores were played.

The distance of two scores is the number of cells in which they differ. A cell is played as the mean of those of the k
nearest clips that hit it, each weighted by one over its distance; where some have the very same score, only they
count. A cell that no neighbour hits is played like its drum on the average.
"""

from __future__ import annotations

import numpy as np

from gen_converters.common.arrays import Ints, Reals, Singles
from gen_converters.groove.humanisation.performances import Performances, Player, split_off

COUNTS = (1, 2, 5, 10, 20, 50, 100)
_AT_ONCE = 256  # scores that are looked up together, to bound memory
_SAME = 1e-6  # the distance at which equal scores are weighted: others vanish beside them


def fit(performances: Performances, count: int) -> Player:
    """Remember all clips; k is ``count``, or all clips where there are fewer."""
    count = min(count, len(performances))

    def play(hit: Singles) -> Singles:
        played = np.empty((*hit.shape, 2), np.float32)
        for start in range(0, len(hit), _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            played[some] = _mean_of_neighbours(performances, *_nearest(performances, hit[some], count))
        return played

    return play


def choose(performances: Performances, rng: np.random.Generator) -> int:
    """The one of `COUNTS` that does best on clips held out by a draw."""
    rest, held = split_off(performances, rng)
    return min((held.error(fit(rest, count)), count) for count in COUNTS)[1]


def _nearest(performances: Performances, hit: Singles, count: int) -> tuple[Ints, Reals]:
    """The nearest training clips of each score and their distances, ``[B, k]``; of equally near ones the first."""
    sizes = performances.hit.sum(axis=1)[np.newaxis] + hit.sum(axis=1)[:, np.newaxis]
    distance = np.rint(sizes - 2.0 * (hit @ performances.hit.T)).astype(np.int64)  # [B, N]
    total = len(performances)
    order = distance * total + np.arange(total)  # one number, so that ties don't hang on the sorting
    nearest = np.sort(np.partition(order, count - 1, axis=1)[:, :count], axis=1)
    return nearest % total, (nearest // total).astype(np.float64)


def _mean_of_neighbours(performances: Performances, rows: Ints, distance: Reals) -> Singles:
    """How the neighbours ``[B, k]`` play each cell on the average, ``[B, n, 2]``."""
    weight = (1.0 / np.maximum(distance, _SAME)).astype(np.float32)  # [B, k]
    total = np.zeros((len(rows), performances.hit.shape[1]), np.float32)
    played = np.zeros((*total.shape, 2), np.float32)
    for neighbour in range(rows.shape[1]):
        share = weight[:, neighbour, np.newaxis] * performances.hit[rows[:, neighbour]]  # [B, n]
        total += share
        played += share[..., np.newaxis] * performances.played[rows[:, neighbour]]
    known = (total > 0)[..., np.newaxis]
    means: Singles = played / np.maximum(total, np.finfo(np.float32).tiny)[..., np.newaxis]
    return np.where(known, means, performances.drum_means)
