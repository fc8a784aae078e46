"""What every arm has to beat: the converter's baselines, once a comparison, and each arm judged beside each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from gen.comparing.measuring import SEED, about_examples, examples_of
from gen.comparing.plan import Plan
from gen.comparing.verdicts import Sampled, Verdict, judge, less_is_better, sample
from gen.data.prepare import Prepared
from gen.evaluation.baselines import baseline_regimes
from gen.evaluation.figures import RIGHT
from gen.evaluation.measurement import Measurement, load_measurement
from gen.evaluation.regimes import BASELINE, GREEDY
from gen.interfaces.baselines import Baselined
from gen.interfaces.converter import Converter

REGIME = GREEDY
"""How arms are judged beside baselines: these draw nothing, so it is the models' likeliest answers, from the mean z."""


def measure_baselines(
    plan: Plan, prepared: Prepared, converter: Converter, like: Measurement, folder: Path
) -> Measurement | None:
    """The baselines' answers to the examples that are measured on, or what was measured of them before.

    Args:
        plan: of the comparison.
        prepared: its data; baselines are fitted to the training split.
        converter: has baselines if it is `gen.interfaces.Baselined`.
        like: any arm's: it says of which pieces the examples are.
        folder: of the comparison.

    Returns:
        The measurement with the baselines as its regimes; None where the converter's task has none, or there is no
        training split.
    """
    if not isinstance(converter, Baselined) or "train" not in prepared.splits:
        return None
    path = folder / "measured" / "baselines.safetensors"
    about = about_examples(plan, prepared)
    found = load_measurement(path, about=about)
    if found is None:
        regimes = baseline_regimes(converter, prepared.require("train"), examples_of(plan, prepared), seed=SEED)
        if not regimes:
            return None
        found = replace(like, regimes=regimes)
        found.save(path, about=about)
    return found


def baselines_result(
    measurement: Measurement, converter: Converter, arms: Mapping[str, Mapping[str, Sampled]]
) -> tuple[dict[str, dict[str, Sampled]], list[dict[str, Any]]]:
    """Every figure of every baseline, and every arm's verdicts beside them.

    Args:
        measurement: of `measure_baselines`.
        converter: whose statistics it holds.
        arms: their figures, by ``regime/name``.

    Returns:
        Figures by baseline, in its order, and verdicts as data: ``a`` is the arm, ``b`` the baseline.
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
                    own, theirs = figures[name], values[figure]
                    found.append(judge(name, arm, baseline, own, _repeated(theirs, len(own.seeds))))
    return found


def _repeated(sampled: Sampled, seeds: int) -> Sampled:
    return Sampled(np.repeat(sampled.seeds, seeds), np.repeat(sampled.resamples, seeds, axis=0))
