"""Every arm's figures bar by bar, with intervals over pieces and seeds: where does it fall off, and is that sure?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gen.comparing.verdicts import Sampled, interval, with_gaps
from gen.evaluation.figures import by_bar, by_regime, flat_figures
from gen.evaluation.intervals import RESAMPLES, Interval, resampled_by_bar
from gen.evaluation.measurement import Measurement
from gen.interfaces.converter import Converter


def bars(measurements: Sequence[Measurement], converter: Converter) -> dict[str, dict[str, list[float]]]:
    """Means over seeds: regime to figure to one number a bar; measurements are one a seed, of the same examples."""
    each = [by_bar(measurement, converter) for measurement in measurements]
    return {
        regime: {name: np.mean([found[regime][name] for found in each], axis=0).tolist() for name in each[0][regime]}
        for regime in each[0]
    }


def bars_intervals(
    measurements: Sequence[Measurement], converter: Converter, *, resamples: int = RESAMPLES
) -> dict[str, dict[str, list[Interval]]]:
    """95 % intervals of the shares that are right, and of what of them is lost (regime ``gap``), one for each bar."""
    points = [with_gaps(flat_figures(by_bar(each, converter))) for each in measurements]
    clouds = [with_gaps(resampled_by_bar(each, converter, resamples=resamples)) for each in measurements]
    found: dict[str, list[Interval]] = {}
    for name in clouds[0]:
        point = np.stack([each[name] for each in points])  # [S, bars]
        cloud = np.stack([each[name] for each in clouds])  # [S, R, bars]
        found[name] = [interval(Sampled(point[:, bar], cloud[..., bar])) for bar in range(point.shape[-1])]
    return by_regime(found)
