"""Tables of a result, said once: what stands in each cell, and shares that are right bar by bar.

A page, Markdown and the terminal write it each its way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gen.evaluation.regimes import FREE_RUNNING, GAP, TEACHER_FORCED
from gen.pages.values import DASH, Result, count, finite, lost, section
from gen.pages.words import figure_name

_SHARES = ("accuracy", "f1")
PARTS = ("encoder", "decoder", "latent", "total")


@dataclass(frozen=True)
class Arm:
    """The name of a model, or of what is shown beside models; ``less`` names the model that is taken from it."""

    name: str
    less: str = ""
    is_model: bool = True


@dataclass(frozen=True)
class Code:
    """Words of a recipe or of a stranger."""

    text: str


@dataclass(frozen=True)
class Count:
    """A number that is written out already."""

    text: str


@dataclass(frozen=True)
class Figure:
    """``mean``, ``low``, ``high`` and ``seeds``; of a difference also what it shows in a word, empty for nothing."""

    cell: Mapping[str, Any]
    said: str | None = None


Cell = str | Arm | Code | Count | Figure


@dataclass(frozen=True)
class Grid:
    """Rows of cells, and heads of all columns but the first.

    The first ``names`` cells say what a row is of. Where the very first is empty, a row is of the group above it.
    """

    head: Sequence[Cell]
    rows: Sequence[Sequence[Cell]]
    names: int = 1


def arms(result: Result, parts: Sequence[str] = PARTS) -> Grid:
    """The arms, and the sizes of those parts; ``latent`` is what lies between encoder and decoder."""
    rows: list[list[Cell]] = []
    for name in section(result, "arms"):
        of, sizes = section(result, "arms", name), section(result, "arms", name, "parameters")
        whole = [finite(sizes.get(part)) for part in ("total", "encoder", "decoder")]
        if whole[0] is not None and whole[1] is not None and whole[2] is not None:
            sizes["latent"] = whole[0] - whole[1] - whole[2]
        counts = [*(sizes.get(part) for part in parts), of.get("trials")]
        rows.append([Arm(name), *(Count(count(each)) for each in counts), str(of.get("description") or DASH)])
    return Grid([*parts, "trainings", "what it is"], rows)


def trainings(result: Result) -> Grid:
    """Seed, step that is measured, and minutes of each training."""
    rows: list[list[Cell]] = []
    for trial in result.get("trials") or []:
        seconds = finite(trial.get("training_seconds"))
        minutes = DASH if seconds is None else f"{seconds / 60:,.1f}"
        texts = (str(trial.get("seed", DASH)), count(trial.get("measured_at_step")), minutes)
        rows.append([Arm(str(trial.get("arm"))), *map(Count, texts)])
    return Grid(["seed", "measured at step", "minutes of training"], rows)


def settings(result: Result) -> Grid:
    """Settings that are not alike in all arms."""
    found = section(result, "differences")
    names = list(section(result, "arms")) or [*dict.fromkeys(arm for each in found for arm in section(found, each))]
    rows: list[list[Cell]] = [
        [Code(each), *(Code(str(section(found, each).get(arm, DASH))) for arm in names)] for each in found
    ]
    return Grid(list(map(Arm, names)), rows)


def figures(result: Result) -> dict[str, Grid]:
    """All figures of all arms, regime by regime."""
    found = section(result, "figures")
    rows: dict[str, dict[str, list[Cell]]] = {}
    for name in dict.fromkeys(name for arm in found for name in section(found, arm)):
        regime, _, figure = name.rpartition("/")
        cells = (Figure(section(found, arm, name)) for arm in found)
        rows.setdefault(regime, {})[figure] = [figure_name(figure), *cells]
    return {regime: Grid(list(map(Arm, found)), list(of.values())) for regime, of in rows.items()}


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
