"""A model beside what it has to beat, figure by figure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gen.evaluation.figures import RIGHT
from gen.evaluation.intervals import percentiles
from gen.evaluation.measurement import Array
from gen.evaluation.regimes import BASELINE, beside


def judged(figures: Mapping[str, Mapping[str, float]]) -> Iterator[tuple[str, str, str]]:
    """Regime, figure and baseline of everything that says how much is right and that a baseline has, too."""
    for baseline in (name for name in figures if name.startswith(BASELINE)):
        regime = beside(baseline)
        names = (name for name in figures[baseline] if name.endswith(RIGHT) and name in figures.get(regime, {}))
        yield from ((regime, name, baseline) for name in names)


def beside_baselines(
    model: str, figures: Mapping[str, Mapping[str, float]], resamples: Mapping[str, Array]
) -> list[dict[str, Any]]:
    """Verdicts on one model beside each baseline, as comparisons have them: ``a`` is the model, ``b`` the baseline.

    Args:
        model: its name.
        figures: by regime, the baselines' too.
        resamples: the same by ``regime/name``, ``[R]`` each; none where there are no intervals.
    """
    found = []
    for regime, name, baseline in judged(figures):
        difference = figures[regime][name] - figures[baseline][name]
        own, theirs = resamples.get(f"{regime}/{name}"), resamples.get(f"{baseline}/{name}")
        low, high = (None, None) if own is None or theirs is None else percentiles(own - theirs)
        better = None if low is None or high is None else model if low > 0 else baseline if high < 0 else None
        verdict = {"figure": f"{regime}/{name}", "a": model, "b": baseline, "better": better}
        found.append({**verdict, "difference": difference, "low": low, "high": high})
    return found
