"""Shares that are right bar by bar, and what of them is lost when free-running: where does a model fall off?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gen.evaluation.regimes import FREE_RUNNING, GAP, TEACHER_FORCED
from gen.pages.values import Result, finite, lost, section

_SHARES = ("accuracy", "f1")


@dataclass(frozen=True)
class Bars:
    """A figure of an arm in a regime: a value for each bar, None where there was nothing to judge.

    ``low`` and ``high`` are the ends of its 95 % intervals, a pair for each bar; empty where there are none.
    """

    arm: str
    regime: str
    figure: str
    values: tuple[float | None, ...]
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()


def bars_of(result: Result) -> list[Bars]:
    """Every share in the ``by_bar`` of a result, arm by arm, in the order of its regimes.

    Where a share is there both teacher-forced and free-running, the one less the other follows, as regime ``gap``.
    """
    by_bar = section(result, "by_bar")
    found = []
    for arm in by_bar:
        regimes = {regime: section(by_bar, arm, regime) for regime in section(by_bar, arm)}
        ends = section(result, "by_bar_intervals", arm)
        shares = [
            Bars(arm, regime, figure, _values(values), *_ends(ends, regime, figure))
            for regime, figures in regimes.items()
            for figure, values in figures.items()
            if figure.endswith(_SHARES)
        ]
        forced, free = (
            {bars.figure: bars.values for bars in shares if bars.regime == regime}
            for regime in (TEACHER_FORCED, FREE_RUNNING)
        )
        found += shares
        found += [
            Bars(arm, GAP, figure, tuple(map(lost, forced[figure], values)), *_ends(ends, GAP, figure))
            for figure, values in free.items()
            if figure in forced
        ]
    return found


def _values(values: Any) -> tuple[float | None, ...]:
    return tuple(map(finite, values)) if isinstance(values, (list, tuple)) else ()


def _ends(ends: Result, regime: str, figure: str) -> tuple[tuple[float | None, ...], tuple[float | None, ...]]:
    """The lower and the upper ends, of every bar."""
    pairs = section(ends, regime).get(figure)
    if not isinstance(pairs, (list, tuple)) or not all(isinstance(pair, (list, tuple)) for pair in pairs):
        return (), ()
    low, high = (_values([pair[end] if len(pair) == 2 else None for pair in pairs]) for end in (0, 1))
    return low, high
