"""Arms beside their converter's baselines: the rows of a table, whoever shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gen.pages.values import NOT_SHOWN, Result, finite, section
from gen.pages.words import regime_name

INTRODUCTION = (
    "Simple rules, fitted to the training examples and asked what the arms were asked. First each rule's own figure, "
    "then each arm's and by how much that is above the rule's, with the 95 % interval of the difference, over the same "
    "pieces. “Better” or “worse” is said of the arm, where the interval leaves out 0 and every seed agrees. A rule "
    "keeps what its input gives; errors are over what both have, so read them beside the shares that are right."
)


@dataclass(frozen=True)
class Beside:
    """An arm less a baseline: ``mean``, ``low`` and ``high``, and in a word what that shows; empty for nothing."""

    cell: Mapping[str, Any]
    said: str


@dataclass(frozen=True)
class Row:
    """A figure of an arm, and what it is beside every baseline; of the baselines themselves where there is no arm."""

    figure: str
    arm: str
    own: Mapping[str, Any]
    beside: tuple[Beside, ...]


@dataclass(frozen=True)
class BaselineTable:
    """Names of the baselines, how the arms were asked, and rows: for each figure the baselines' first."""

    baselines: tuple[str, ...]
    regime: str
    rows: tuple[Row, ...]

    def heads(self) -> list[str]:
        """Of the columns behind figure and arm."""
        return [regime_name(self.regime), *(regime_name(name).removeprefix("baseline: ") for name in self.baselines)]


def baseline_table(result: Result) -> BaselineTable | None:
    """None where the result has no baselines beside which anything was judged."""
    figures = section(result, "baselines", "figures")
    regime = str(section(result, "baselines").get("regime") or "")
    verdicts: dict[tuple[str, str], dict[str, Mapping[str, Any]]] = {}
    for verdict in section(result, "baselines").get("verdicts") or []:
        if isinstance(verdict, Mapping) and verdict.get("b") in figures:
            figure = str(verdict.get("figure") or "").removeprefix(f"{regime}/")
            verdicts.setdefault((figure, str(verdict.get("a"))), {})[str(verdict["b"])] = verdict
    rows: list[Row] = []
    for (figure, arm), of in verdicts.items():
        if not rows or rows[-1].figure != figure:
            own = tuple(Beside(section(figures, name, figure), "") for name in figures)
            rows.append(Row(figure, "", {}, own))
        cell = section(result, "figures", arm, f"{regime}/{figure}")
        rows.append(Row(figure, arm, cell, tuple(_beside(of.get(name, {})) for name in figures)))
    return BaselineTable(tuple(figures), regime, tuple(rows)) if rows else None


def _beside(verdict: Mapping[str, Any]) -> Beside:
    cell = {"mean": verdict.get("difference"), "low": verdict.get("low"), "high": verdict.get("high")}
    if any(finite(value) is None for value in cell.values()):
        return Beside(cell, "")
    better = verdict.get("better")
    return Beside(cell, NOT_SHOWN if better is None else "better" if better == verdict.get("a") else "worse")
