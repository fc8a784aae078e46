"""How sure a figure is: bootstrap intervals over pieces of music (Efron 1979; percentiles).

Windows of one piece overlap and repeat each other, so pieces are drawn, and not windows: intervals over windows would
be far too narrow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import numpy.typing as npt

from gen.evaluation.figures import RIGHT, by_regime, flat_figures, weighted, weighted_by_bar
from gen.evaluation.measurement import Array, Columns, Measurement
from gen.interfaces.converter import Converter

RESAMPLES = 1000
_AT_ONCE = 100
_LEVELS = (2.5, 97.5)
Interval = tuple[float, float]


def resampled(pieces: npt.NDArray[np.int64], resamples: int, rng: np.random.Generator) -> Iterator[Array]:
    """Weights of examples, some resamples at a time, ``[≤ 100, N]``: pieces drawn with replacement, as many as are.

    ``pieces [N]`` says which piece each example is of.
    """
    _, piece = np.unique(pieces, return_inverse=True)
    count = int(piece.max()) + 1
    for start in range(0, resamples, _AT_ONCE):
        rows = min(_AT_ONCE, resamples - start)
        drawn = rng.multinomial(count, np.full(count, 1.0 / count), size=rows)  # [R, pieces]
        yield drawn[:, piece].astype(np.float64)


def resampled_figures(
    measurement: Measurement, converter: Converter, *, seed: int = 0, resamples: int = RESAMPLES
) -> dict[str, Array]:
    """Every figure in every resample, ``[resamples]``, by ``regime/name``.

    Measurements of the same examples are resampled alike by the same seed, so that differences are paired. One piece
    of music alone says nothing of others: then all is NaN.
    """
    found = _in_resamples(_weighted_columns, measurement, converter, seed, resamples)
    alone = len(np.unique(measurement.pieces)) == 1
    return {name: np.full_like(values, np.nan) for name, values in found.items()} if alone else found


def resampled_by_bar(
    measurement: Measurement, converter: Converter, *, seed: int = 0, resamples: int = RESAMPLES
) -> dict[str, Array]:
    """The shares that are right in every resample, bar by bar: ``regime/name`` to ``[resamples, bars]``.

    NaN where no example that is drawn has such a bar, and in every resample of a bar that fewer than two pieces have.
    Arguments as `resampled_figures`, and the same resamples.
    """
    found = _in_resamples(weighted_by_bar, measurement, converter, seed, resamples)
    several = {regime: _several(measurement.pieces, of.bars) for regime, of in measurement.regimes.items() if of.bars}
    right = {name: values for name, values in found.items() if name.endswith(RIGHT)}
    return {name: np.where(several[name.partition("/")[0]], values, np.nan) for name, values in right.items()}


def _in_resamples(
    of: Callable[[Measurement, Converter, Array], Mapping[str, Array]],
    measurement: Measurement,
    converter: Converter,
    seed: int,
    resamples: int,
) -> dict[str, Array]:
    """What some weightings ``[R, N]`` make of a measurement, ``[R, …]``, for all resamples."""
    found = [
        of(measurement, converter, weights)
        for weights in resampled(measurement.pieces, resamples, np.random.default_rng(seed))
    ]
    return {name: np.concatenate([each[name] for each in found]) for name in (found[0] if found else ())}


def _weighted_columns(measurement: Measurement, converter: Converter, weights: Array) -> dict[str, Array]:
    rows = [flat_figures(row) for row in weighted(measurement, converter, weights)]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def intervals(
    measurement: Measurement, converter: Converter, *, seed: int = 0, resamples: int = RESAMPLES
) -> dict[str, dict[str, Interval]]:
    """95 % intervals of every figure, by regime, as `gen.evaluation.figures.figures` names them.

    With fewer than two pieces there is no interval, and both ends are NaN; arguments as `resampled_figures`.
    """
    found = resampled_figures(measurement, converter, seed=seed, resamples=resamples)
    return by_regime({name: percentiles(column) for name, column in found.items()})


def intervals_by_bar(
    measurement: Measurement, converter: Converter, *, seed: int = 0, resamples: int = RESAMPLES
) -> dict[str, dict[str, list[Interval]]]:
    """95 % intervals of the shares that are right, one for each bar, by regime; as `intervals`, bar by bar."""
    found = resampled_by_bar(measurement, converter, seed=seed, resamples=resamples)
    return by_regime({name: [percentiles(bar) for bar in values.T] for name, values in found.items()})


def _several(pieces: npt.NDArray[np.int64], bars: Columns) -> npt.NDArray[np.bool_]:
    """Of which bars more than one piece has anything to count, ``[bars]``."""
    counted = [column.reshape(*column.shape[:2], -1).any(axis=2) for column in bars.values()]  # [N, bars] each
    there = np.logical_or.reduce(counted)
    return np.array([len(np.unique(pieces[having])) > 1 for having in there.T])


def percentiles(values: Array) -> Interval:
    """The middle 95 % of values, those that aren't numbers aside."""
    there = values[np.isfinite(values)]
    if not len(there):
        return (np.nan, np.nan)
    low, high = np.percentile(there, _LEVELS)
    return float(low), float(high)
