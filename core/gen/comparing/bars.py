"""Every arm's figures bar by bar, with intervals over pieces and seeds: where does it fall off, and is that sure?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gen.comparing.verdicts import Sampled, interval, with_gaps
from gen.evaluation.figures import by_bar
from gen.evaluation.intervals import RESAMPLES, Interval, resampled_by_bar
from gen.evaluation.measurement import Measurement
from gen.interfaces.converter import Converter


def bars(measurements: Sequence[Measurement], converter: Converter) -> dict[str, dict[str, list[float]]]:
    """Means over seeds: regime to figure to one number a bar.

    Args:
        measurements: one a seed, all of the same examples.
        converter: whose statistics they hold.
    """
    each = [by_bar(measurement, converter) for measurement in measurements]
    return {
        regime: {name: np.mean([found[regime][name] for found in each], axis=0).tolist() for name in each[0][regime]}
        for regime in each[0]
    }


def bars_intervals(
    measurements: Sequence[Measurement], converter: Converter, *, resamples: int = RESAMPLES
) -> dict[str, dict[str, list[Interval]]]:
    """95 % intervals of the shares that are right, and of what of them is lost (regime ``gap``), one for each bar.

    Args:
        measurements, converter: as `bars`.
        resamples: of the pieces.
    """
    clouds = [with_gaps(resampled_by_bar(each, converter, resamples=resamples)) for each in measurements]
    found: dict[str, dict[str, list[Interval]]] = {}
    for name in clouds[0]:
        cloud = np.stack([each[name] for each in clouds])  # [S, R, bars]
        regime, _, figure = name.partition("/")
        nobody = np.full(len(clouds), np.nan)  # the values themselves have no part in an interval
        ends = [interval(Sampled(nobody, cloud[..., bar])) for bar in range(cloud.shape[-1])]
        found.setdefault(regime, {})[figure] = ends
    return found
