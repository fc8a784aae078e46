"""How far the timing and loudness of played hits are distributed as in real grooves, after GrooVAE's paper.

A regression that always says the mean has small errors and no feel: its offsets hardly vary. The paper therefore
compares distributions, by timing KL and velocity KL, and leaves the details open. Two definitions are here.

* All hits of an example count, whether or not the other side has them; a hit is a cell above one half. Drums are
  pooled; positions within the beat (P of them, steps of a quarter note, from the example's first step) are apart,
  because they are played differently.
* Timing is how many steps late, clipped to [-1/2, 1/2]; velocity is clipped to [0, 1].
* Histograms: timing in 25 bins of 1/25 step, of which the middle one has 0 at its centre; velocity as MIDI velocity,
  rounded as when it is played, in 32 bins of four. A histogram becomes a distribution that is mixed with a uniform
  one, 99 % and 1 %, so that the KL is finite, at most ln(100 bins), and depends on the number of hits by chance only.
* Normal distributions: of the mean and the variance of timing, or velocity. There is none where hits don't vary.
* At each position KL(real || played), in nats: what real grooves do and the model doesn't costs most. A figure is the
  plain mean over the positions at which both sides have a hit (and, for normal distributions, vary).

Source: Gillick et al. 2019, section 5, for the idea. docs/groove_figures.md says why two.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from gen_converters.common.arrays import Bools, Columns, Reals
from gen_converters.groove.rows import Cells

TIMING_BINS = 25
VELOCITY_BINS = 32
UNIFORM = 0.01
"""Share of the uniform distribution in each that is compared."""
LEAST_VARIANCE = 1e-8
"""Below it values are the same but for rounding: a hundred microseconds at 15 beats a minute."""


def columns(targets: Cells, outputs: Cells, valid: Bools, *, positions: int) -> Columns:
    """Numbers of hits by position within the beat and bin, and moments, one block an example.

    Args:
        targets, outputs, valid: as in `gen_converters.groove.scores.compare`.
        positions: P, steps of a beat.

    Returns:
        For each side, ``real`` and ``played``: ``timing_SIDE`` float64 ``[B, P, 25]`` and ``velocity_SIDE``
        ``[B, P, 32]``, numbers of hits; ``timing_moments_SIDE`` and ``velocity_moments_SIDE`` ``[B, P, 3]``, the number
        of hits and the sums of values and of their squares (steps, and shares of the greatest velocity).
    """
    found: Columns = {}
    for side, cells in (("real", targets), ("played", outputs)):
        example, step, drum = np.nonzero((cells.hit > 0.5) & valid[:, :, np.newaxis])  # [H] each
        place = example * positions + step % positions
        late = -cells.offset[example, step, drum].clip(-1.0, 1.0) / 2.0  # steps
        velocity = cells.velocity[example, step, drum].clip(0.0, 1.0)
        timing_bin = np.floor((late + 0.5) * TIMING_BINS).astype(np.int64).clip(0, TIMING_BINS - 1)
        velocity_bin = np.rint(127.0 * velocity).astype(np.int64) * VELOCITY_BINS // 128
        shape = (len(valid), positions)
        for name, bins, count in (("timing", timing_bin, TIMING_BINS), ("velocity", velocity_bin, VELOCITY_BINS)):
            counts = np.bincount(place * count + bins, minlength=math.prod(shape) * count)
            found[f"{name}_{side}"] = counts.reshape(*shape, count).astype(np.float64)
        for name, values in (("timing", late), ("velocity", velocity)):
            powers = [np.bincount(place, values**power, minlength=math.prod(shape)) for power in range(3)]
            found[f"{name}_moments_{side}"] = np.stack(powers, axis=1).reshape(*shape, 3).astype(np.float64)
    return found


def figures(sums: Mapping[str, Any]) -> dict[str, float]:
    """Summed `columns` ``[P, …]`` as figures in nats: ``timing_kl`` and ``velocity_kl``, of histograms;
    ``timing_kl_normal`` and ``velocity_kl_normal``, of normal distributions.

    NaN where no position has hits on both sides, and for plain numbers, such as the zeros of no examples at all.
    """
    found = {}
    for name in ("timing", "velocity"):
        found[f"{name}_kl"] = histogram_kl(*_pair(sums, name))
        found[f"{name}_kl_normal"] = normal_kl(*_pair(sums, f"{name}_moments"))
    return found


def histogram_kl(real: Reals, played: Reals) -> float:
    """Mean over positions of KL(real || played) in nats, from counts ``[P, bins]``.

    Positions without hits on either side are left out; NaN where none is left.
    """
    both = (real.sum(axis=-1) > 0) & (played.sum(axis=-1) > 0)
    if real.ndim < 2 or not both.any():
        return float("nan")
    p, q = _distribution(real[both]), _distribution(played[both])
    return _mean((p * np.log(p / q)).sum(axis=-1))


def normal_kl(real: Reals, played: Reals) -> float:
    """Mean over positions of KL(real || played) in nats, of normal distributions of number, sum and squares ``[P, 3]``.

    Positions without hits, or without any variance, on either side are left out; NaN where none is left.
    """
    if real.ndim < 2:
        return float("nan")
    p, q = (moments[(real[:, 0] > 0) & (played[:, 0] > 0)] for moments in (real, played))
    (p_mean, p_variance), (q_mean, q_variance) = _mean_and_variance(p), _mean_and_variance(q)
    varies = (p_variance > LEAST_VARIANCE) & (q_variance > LEAST_VARIANCE)
    if not varies.any():
        return float("nan")
    distance = (p_mean - q_mean)[varies] ** 2
    p_variance, q_variance = p_variance[varies], q_variance[varies]
    return _mean((np.log(q_variance / p_variance) + (p_variance + distance) / q_variance - 1.0) / 2.0)


def _pair(sums: Mapping[str, Any], name: str) -> tuple[Reals, Reals]:
    return np.atleast_1d(sums[f"{name}_real"]), np.atleast_1d(sums[f"{name}_played"])


def _mean(divergences: Reals) -> float:
    return max(float(divergences.mean()), 0.0)  # rounding may leave a little less than nothing


def _distribution(counts: Reals) -> Reals:
    shares = counts / counts.sum(axis=-1, keepdims=True)
    mixed: Reals = (1.0 - UNIFORM) * shares + UNIFORM / counts.shape[-1]
    return mixed


def _mean_and_variance(moments: Reals) -> tuple[Reals, Reals]:
    mean = moments[:, 1] / moments[:, 0]
    return mean, moments[:, 2] / moments[:, 0] - mean**2
