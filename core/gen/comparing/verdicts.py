"""What may be said of a difference, and what may not.

A difference is shown if its 95 % interval leaves out 0 and every seed agrees. The interval is a bootstrap over pieces
of music, the same ones for both arms, and over seeds (Efron 1979). Anything else is "no difference shown", which is not
the same as "no difference".

Letters in shape comments: R resamples, S seeds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from gen.evaluation.figures import RIGHT, figures, flat_figures
from gen.evaluation.intervals import RESAMPLES, percentiles, resampled_figures
from gen.evaluation.measurement import Array, Measurement
from gen.evaluation.regimes import FREE_RUNNING, GAP, MAIN, REGIMES, TEACHER_FORCED
from gen.interfaces.converter import Converter
from gen.model.metrics import declared
from gen.pages.values import NOT_SHOWN, shown_by
from gen.pages.words import figure_name

Indices = npt.NDArray[np.int64]

_COSTS = (f"{TEACHER_FORCED}/cross_entropy",)
_ERRORS = ("velocity_mae", "timing_mae_ms", "timing_kl", "velocity_kl")
_LESS = ("_mae", "_mae_ms", "_mse_16ths", "_kl", "_kl_normal")
_LOST = "lost from teacher-forced to free-running"


@dataclass(frozen=True, eq=False)
class Sampled:
    """A figure of one arm: its value with each seed, ``[S]``, and in every resample of the pieces, ``[S, R]``.

    A training may have no such figure: then its value is NaN, and so is the mean, for one over the others would be of
    other trainings than its neighbours in a table.
    """

    seeds: Array
    resamples: Array

    @property
    def mean(self) -> float:
        """Over the seeds."""
        return float(self.seeds.mean())

    @property
    def whole(self) -> bool:
        """Whether every training has the figure."""
        return bool(np.isfinite(self.seeds).all())


@dataclass(frozen=True)
class Verdict:
    """A figure of two arms, a and b."""

    figure: str  # regime/name
    a: str
    b: str
    difference: float  # of a's mean over seeds to b's
    low: float  # end of its 95 % interval
    high: float
    seeds: tuple[float, ...]  # the difference with each seed, where both arms have as many
    better: str | None  # the arm that is; None where no difference is shown
    words: str  # all that in a sentence


def sample(
    measurements: Sequence[Measurement], converter: Converter, *, resamples: int = RESAMPLES
) -> dict[str, Sampled]:
    """Every figure of an arm, by ``regime/name``, gaps included; measurements are one a seed, of the same examples."""
    points = [with_gaps(flat_figures(figures(each, converter))) for each in measurements]
    clouds = [with_gaps(resampled_figures(each, converter, resamples=resamples)) for each in measurements]
    return {
        name: Sampled(
            np.array([point[name] for point in points], np.float64), np.stack([cloud[name] for cloud in clouds])
        )
        for name in points[0]
    }


def with_gaps(flat: Mapping[str, npt.ArrayLike]) -> dict[str, Array]:
    """Figures by ``regime/name``, and with them what of each share is lost from teacher-forced to free-running."""
    gaps = {}
    for name, value in flat.items():
        regime, _, figure = name.partition("/")
        if regime == TEACHER_FORCED and figure.endswith(RIGHT) and f"{FREE_RUNNING}/{figure}" in flat:
            gaps[f"{GAP}/{figure}"] = np.asarray(value) - np.asarray(flat[f"{FREE_RUNNING}/{figure}"])
    return {name: np.asarray(value) for name, value in flat.items()} | gaps


def interval(sampled: Sampled) -> tuple[float, float]:
    """95 % interval of an arm's mean over seeds, from pieces and seeds together; NaN where a training has no figure."""
    if not sampled.whole:
        return (np.nan, np.nan)
    return percentiles(_mean_over_drawn(sampled, _drawn(sampled, 0)))


def verdicts(arms: Mapping[str, Mapping[str, Sampled]]) -> list[Verdict]:
    """Every pair of arms in every figure that says how much is right, in the order of the arms."""
    found = []
    for a, b in combinations(arms, 2):
        names = [name for name in arms[a] if name in arms[b] and _is_judged(name)]
        found += [judge(name, a, b, arms[a][name], arms[b][name]) for name in names]
    return found


def judge(name: str, a: str, b: str, first: Sampled, second: Sampled) -> Verdict:
    """The verdict on a figure of a and b; paired by seed where both have as many."""
    paired = len(first.seeds) == len(second.seeds)
    difference = first.mean - second.mean
    there = first.whole and second.whole
    low, high = percentiles(_differences(first, second, paired)) if there else (np.nan, np.nan)
    each = tuple((first.seeds - second.seeds).tolist()) if paired else ()
    better = None
    if np.isfinite((low, high)).all() and (low > 0 or high < 0):
        agree = all((value > 0) == (low > 0) for value in each) if paired else True
        wins = (low > 0) != less_is_better(name)
        better = (a if wins else b) if agree else None
    return Verdict(
        name, a, b, difference, low, high, each, better, _in_words(name, a, b, first, second, low, high, better)
    )


def _differences(first: Sampled, second: Sampled, paired: bool) -> Array:
    """The difference of means in every resample, ``[R]``; the same seeds and pieces are drawn for both where paired."""
    ours = _drawn(first, 0)
    theirs = ours if paired else _drawn(second, 1)
    return _mean_over_drawn(first, ours) - _mean_over_drawn(second, theirs)


def _drawn(sampled: Sampled, seed: int) -> Indices:
    """Seeds drawn with replacement for every resample, ``[S, R]``."""
    seeds, resamples = sampled.resamples.shape
    return np.random.default_rng(seed).integers(seeds, size=(seeds, resamples))


def _mean_over_drawn(sampled: Sampled, drawn: Indices) -> Array:
    return np.asarray(np.take_along_axis(sampled.resamples, drawn, axis=0).mean(axis=0))  # [R]


def _is_judged(name: str) -> bool:
    regime, _, figure = name.partition("/")
    if (figure_is := declared(figure)) is not None:
        return figure_is.better is not None and regime in MAIN
    told = (*RIGHT, *_ERRORS) if regime in MAIN else RIGHT
    return name in _COSTS or (regime in (*MAIN, GAP) and figure.endswith(told))


def less_is_better(name: str) -> bool:
    """Whether a figure, by ``regime/name``, is a cost, an error, a divergence or a loss."""
    figure_is = declared(name.rpartition("/")[2])
    if figure_is is not None and not name.startswith(f"{GAP}/"):
        return figure_is.better == "less"
    return name in _COSTS or name.endswith(_LESS) or name.startswith(f"{GAP}/")


def _in_words(
    name: str, a: str, b: str, first: Sampled, second: Sampled, low: float, high: float, better: str | None
) -> str:
    regime, _, figure = name.partition("/")
    what = f"{figure_name(figure)}, {_LOST if regime == GAP else REGIMES[regime].label}"
    count = min(len(first.seeds), len(second.seeds))
    seeds = "one seed each" if count == 1 else f"{count} seeds each"
    if not (first.whole and second.whole):
        return f"{what}: nothing to judge, there is no such figure of {_without({a: first, b: second})} ({seeds})"
    numbers = f"{a} {first.mean:.3f}, {b} {second.mean:.3f}; difference {first.mean - second.mean:+.3f}"
    ends = f"95 % interval {low:+.3f} to {high:+.3f}" if np.isfinite((low, high)).all() else "no interval"
    wins = "loses less" if regime == GAP else "is better"  # who says little right has little to lose
    said = shown_by({"low": low, "high": high}) or NOT_SHOWN if better is None else f"{better} {wins}"
    return f"{what}: {said} ({numbers}, {ends}, {seeds})"


def _without(arms: Mapping[str, Sampled]) -> str:
    """Who has no such figure: an arm, or some of its trainings."""
    missing = {arm: int((~np.isfinite(sampled.seeds)).sum()) for arm, sampled in arms.items() if not sampled.whole}
    return " and ".join(
        arm if count == len(arms[arm].seeds) else f"{count} of {len(arms[arm].seeds)} trainings of {arm}"
        for arm, count in missing.items()
    )
