"""Arms beside their converter's baselines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gen.pages.grid import Arm, Cell, Count, Figure, Grid
from gen.pages.values import NOT_SHOWN, Result, finite, section
from gen.pages.words import figure_name, regime_name

INTRODUCTION = (
    "Simple rules, fitted to the training examples and asked what the arms were asked. First each rule's own figure, "
    "then each arm's and by how much that is above the rule's, with the 95 % interval of the difference, over the same "
    "pieces. “Better” or “worse” is said of the arm, where the interval leaves out 0 and every seed agrees. A rule "
    "keeps what its input gives; errors are over what both have, so read them beside the shares that are right."
)


def baseline_table(result: Result) -> Grid | None:
    """A group of rows a figure: the baselines' own, then each arm's, and by how much it is above each baseline's.

    None where the result has no baselines beside which anything was judged.
    """
    baselines = section(result, "baselines", "figures")
    regime = str(section(result, "baselines").get("regime") or "")
    verdicts: dict[str, dict[str, dict[str, Mapping[str, Any]]]] = {}
    for verdict in section(result, "baselines").get("verdicts") or []:
        if isinstance(verdict, Mapping) and verdict.get("b") in baselines:
            figure = str(verdict.get("figure") or "").removeprefix(f"{regime}/")
            verdicts.setdefault(figure, {}).setdefault(str(verdict.get("a")), {})[str(verdict["b"])] = verdict
    rows: list[list[Cell]] = []
    for figure, arms in verdicts.items():
        own = (Figure(section(baselines, name, figure)) for name in baselines)
        rows.append([figure_name(figure), "the baselines", Count(""), *own])
        for arm, of in arms.items():
            cell = section(result, "figures", arm, f"{regime}/{figure}")
            rows.append(["", Arm(arm), Figure(cell), *(_difference(of.get(name, {})) for name in baselines)])
    heads = (regime_name(name).removeprefix("baseline: ") for name in baselines)
    return Grid(["", regime_name(regime), *heads], rows, names=2) if rows else None


def _difference(verdict: Mapping[str, Any]) -> Figure:
    cell = {"mean": verdict.get("difference"), "low": verdict.get("low"), "high": verdict.get("high")}
    if any(finite(value) is None for value in cell.values()):
        return Figure(cell, "")
    better = verdict.get("better")
    return Figure(cell, NOT_SHOWN if better is None else "better" if better == verdict.get("a") else "worse")
