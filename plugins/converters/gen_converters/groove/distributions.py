"""How far the timing and loudness of played hits are distributed as in real grooves (Gillick et al. 2019, section 5).

Two definitions of a KL(real || played) in nats, by histograms and by normal distributions: docs/groove_figures.md says
what counts, and why two. All hits of an example count, whether or not the other side has them; a hit is a cell above
one half. Drums are pooled; positions within the beat (P of them, from the example's first step) are apart.
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
UNIFORM = 0.01  # share of the uniform distribution in each that is compared
LEAST_VARIANCE = 1e-8  # below it values are the same but for rounding: a hundred microseconds at 15 beats a minute


def columns(targets: Cells, outputs: Cells, valid: Bools, *, positions: int) -> Columns:
    """Numbers of hits by position within the beat and bin, and moments, one block an example.

    Targets, outputs and valid steps are as in `gen_converters.groove.scores.compare`; P is the steps of a beat. Bins of
    each side are ``[B, P, bins]``. Moments are ``[B, P, 3]``, the number of hits and the sums of values and of their
    squares (steps, and shares of the greatest velocity).
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
    """Summed `columns` ``[P, …]`` as figures; NaN where no position has hits on both sides, or nothing was summed."""
    found = {}
    for name in ("timing", "velocity"):
        found[f"{name}_kl"] = histogram_kl(*_pair(sums, name))
        found[f"{name}_kl_normal"] = normal_kl(*_pair(sums, f"{name}_moments"))
    return found


def histogram_kl(real: Reals, played: Reals) -> float:
    """Mean over positions with hits on both sides of KL(real || played), from counts ``[P, bins]``; NaN of none."""
    both = (real.sum(axis=-1) > 0) & (played.sum(axis=-1) > 0)
    if real.ndim < 2 or not both.any():
        return float("nan")
    p, q = _distribution(real[both]), _distribution(played[both])
    return _mean((p * np.log(p / q)).sum(axis=-1))


def normal_kl(real: Reals, played: Reals) -> float:
    """The same of normal distributions, from numbers, sums and squares ``[P, 3]``; hits must vary on both sides."""
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
