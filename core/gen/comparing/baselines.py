"""What every arm has to beat: each judged beside each baseline or floor."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from gen.comparing.verdicts import Sampled, Verdict, judge, less_is_better, sample
from gen.evaluation.figures import LATENT, RIGHT
from gen.evaluation.measurement import Measurement
from gen.evaluation.regimes import BASELINE, beside
from gen.interfaces.converter import Converter


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
    """Figure by figure every arm beside every baseline, all seeds of the arm beside the same answers.

    A code stands beside the arms that spend as many bits.
    """
    found = []
    for figure in dict.fromkeys(figure for values in baselines.values() for figure in values):
        for arm, figures in arms.items():
            for baseline, values in baselines.items():
                name = f"{beside(baseline)}/{figure}"
                judged = less_is_better(name) or name.endswith(RIGHT)
                if judged and name in figures and figure in values and _affords(figures, baseline):
                    own, theirs, seeds = figures[name], values[figure], len(figures[name].seeds)
                    same = Sampled(np.repeat(theirs.seeds, seeds), np.repeat(theirs.resamples, seeds, axis=0))
                    found.append(judge(name, arm, baseline, own, same))
    return found


def _affords(arm: Mapping[str, Sampled], baseline: str) -> bool:
    bits = re.search(r"_at_(\d+)_bits$", baseline)
    return bits is None or round(arm[f"{LATENT}/kl_bits"].mean) == int(bits[1])
