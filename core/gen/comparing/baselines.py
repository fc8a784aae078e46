"""What every arm has to beat: each judged beside each of the converter's baselines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from gen.comparing.verdicts import Sampled, Verdict, judge, less_is_better, sample
from gen.evaluation.figures import RIGHT
from gen.evaluation.measurement import Measurement
from gen.evaluation.regimes import BASELINE, GREEDY
from gen.interfaces.converter import Converter

REGIME = GREEDY
"""How arms are judged beside baselines: these draw nothing, so it is the models' likeliest answers, from the mean z."""


def baselines_result(
    measurement: Measurement, converter: Converter, arms: Mapping[str, Mapping[str, Sampled]]
) -> tuple[dict[str, dict[str, Sampled]], list[dict[str, Any]]]:
    """Every figure of every baseline, and every arm's verdicts beside them as data: ``b`` is the baseline.

    The measurement is that of `gen.comparing.measuring.measure_baselines`; arms have their figures by ``regime/name``.
    """
    sampled = sample([measurement], converter)
    figures: dict[str, dict[str, Sampled]] = {name: {} for name in measurement.regimes}
    for name, value in sampled.items():
        regime, _, figure = name.partition("/")
        if regime.startswith(BASELINE):
            figures[regime][figure] = value
    return figures, [asdict(verdict) for verdict in _verdicts(arms, figures)]


def _verdicts(
    arms: Mapping[str, Mapping[str, Sampled]], baselines: Mapping[str, Mapping[str, Sampled]]
) -> list[Verdict]:
    """Figure by figure every arm beside every baseline, all seeds of the arm beside the same answers."""
    found = []
    for figure in dict.fromkeys(figure for values in baselines.values() for figure in values):
        name = f"{REGIME}/{figure}"
        if not (less_is_better(name) or name.endswith(RIGHT)):
            continue
        for arm, figures in arms.items():
            for baseline, values in baselines.items():
                if name in figures and figure in values:
                    own, theirs, seeds = figures[name], values[figure], len(figures[name].seeds)
                    same = Sampled(np.repeat(theirs.seeds, seeds), np.repeat(theirs.resamples, seeds, axis=0))
                    found.append(judge(name, arm, baseline, own, same))
    return found
