"""What baselines of humanisation learn from: scores, and how each hit of them was played.

Letters in shape comments: N clips, n cells of a clip (every drum at every step).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gen_converters.common.arrays import Bools, Singles

Player = Callable[[Singles], Singles]
"""From scores ``[B, n]`` (1 for a hit, else 0) to how they are played, ``[B, n, 2]`` as `Performances.played`; what it
says of cells without a hit means nothing."""

_BLOCKS, _HELD_OUT_BLOCKS = 50, 5


@dataclass(frozen=True, eq=False)
class Performances:
    """Clips of one length, cell by cell."""

    hit: Singles  # [N, n], 0 or 1
    played: Singles  # [N, n, 2]: velocity, 0 to 1, and offset, half steps, positive is early; 0 without a hit
    drums: int  # C; cell i is of drum i modulo C

    def __len__(self) -> int:
        return len(self.hit)

    def take(self, rows: Bools) -> Performances:
        """Some of the clips."""
        return Performances(self.hit[rows], self.played[rows], self.drums)

    @cached_property
    def mean(self) -> Singles:
        """How hits are played on the whole, ``[2]``; middling and on time where there is none."""
        count = float(self.hit.sum(dtype=np.float64))
        if not count:
            return np.array([0.5, 0.0], np.float32)
        return np.asarray(self.played.sum(axis=(0, 1), dtype=np.float64) / count, np.float32)

    @cached_property
    def drum_means(self) -> Singles:
        """How hits of each cell's drum are played on the average, ``[n, 2]``; `mean` for a drum that never sounds."""
        count = self.hit.sum(axis=0, dtype=np.float64).reshape(-1, self.drums).sum(axis=0)  # [C]
        total = self.played.sum(axis=0, dtype=np.float64).reshape(-1, self.drums, 2).sum(axis=0)  # [C, 2]
        means = np.where(count[:, np.newaxis] > 0, total / np.maximum(count, 1.0)[:, np.newaxis], self.mean)
        return np.tile(means, (self.hit.shape[1] // self.drums, 1)).astype(np.float32)

    def error(self, player: Player) -> float:
        """Mean over hits of the squared errors of velocity and offset together, as `groove` decoders are trained."""
        squares = ((player(self.hit) - self.played) ** 2).sum(axis=2, dtype=np.float64)  # [N, n]
        return float((squares * self.hit).sum() / max(float(self.hit.sum()), 1.0))


def split_off(performances: Performances, rng: np.random.Generator) -> tuple[Performances, Performances]:
    """Training clips, and about a tenth of them held out to choose settings by.

    Neighbouring clips are often of one performance, and overlap; so what is held out is a few whole stretches. A
    single clip is both.
    """
    count = len(performances)
    if count < 2:
        return performances, performances
    blocks = min(_BLOCKS, count)
    chosen = rng.choice(blocks, max(blocks * _HELD_OUT_BLOCKS // _BLOCKS, 1), replace=False)
    held = np.isin(np.arange(count) * blocks // count, chosen)  # [N]
    return performances.take(~held), performances.take(held)
