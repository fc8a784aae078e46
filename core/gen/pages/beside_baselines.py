"""Arms beside baselines and floors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gen.evaluation.figures import RIGHT
from gen.pages.grid import Arm, Cell, Count, Figure, Grid
from gen.pages.values import Result, finite, section, shown_by
from gen.pages.words import figure_name, full_name, regime_name

INTRODUCTION = (
    "What needs no training to speak of, fitted to the training examples and asked what the arms were asked: rules of "
    "the task, or floors. A floor's own figure comes first, then each arm's and by how much that is above it, with the "
    "95 % interval of the difference, over the same pieces. “Better” or “worse” is said of the arm, where the "
    "interval leaves out 0 and every seed agrees. Codes spend as many bits as the arm; the bar before is the true one, "
    "and stands beside teacher forcing. A rule keeps what its input gives; errors are over what both have, so read "
    "them beside the shares that are right."
)


def baseline_table(result: Result) -> Grid | None:
    """A group of rows a figure: the baselines' own, then each arm's, and by how much it is above each baseline's.

    None where the result has no baselines beside which anything was judged.
    """
    baselines = section(result, "baselines", "figures")
    verdicts: dict[str, dict[str, dict[str, Mapping[str, Any]]]] = {}
    for verdict in section(result, "baselines").get("verdicts") or []:
        if isinstance(verdict, Mapping) and verdict.get("b") in baselines:
            arms = verdicts.setdefault(str(verdict.get("figure") or ""), {})
            arms.setdefault(str(verdict.get("a")), {})[str(verdict["b"])] = verdict
    regimes = {name.partition("/")[0] for name in verdicts}
    rows: list[list[Cell]] = []
    for name, arms in verdicts.items():
        told = {baseline for of in arms.values() for baseline in of}
        figure = name.partition("/")[2]
        own = (Figure(section(baselines, each, figure)) if each in told else Count("") for each in baselines)
        rows.append([full_name(name) if len(regimes) > 1 else figure_name(figure), "the baselines", Count(""), *own])
        for arm, of in arms.items():
            beside = (_difference(of[each]) if each in of else Count("") for each in baselines)
            rows.append(["", Arm(arm), Figure(section(result, "figures", arm, name)), *beside])
    heads = (regime_name(name).removeprefix("baseline: ") for name in baselines)
    return Grid(["", regime_name(min(regimes)) if len(regimes) == 1 else "", *heads], rows, names=2) if rows else None


def below_floors(verdicts: Iterable[Mapping[str, Any]]) -> list[str]:
    """A sentence for each arm and figure that says less right than a baseline does: beside the best of those."""
    worst: dict[tuple[str, str], Mapping[str, Any]] = {}
    for each in verdicts:
        place = (str(each.get("a")), str(each.get("figure")))
        if each.get("better") == each.get("b") and place[1].endswith(RIGHT):
            worst[place] = min(each, worst.get(place, each), key=lambda one: float(one["difference"]))
    return [
        f"{arm} is below its floor in {full_name(figure)}: by {-float(each['difference']):.3f} "
        f"({-float(each['high']):.3f} to {-float(each['low']):.3f}) below {regime_name(str(each['b']))}"
        for (arm, figure), each in worst.items()
    ]


def _difference(verdict: Mapping[str, Any]) -> Figure:
    cell = {"mean": verdict.get("difference"), "low": verdict.get("low"), "high": verdict.get("high")}
    if any(finite(value) is None for value in cell.values()):
        return Figure(cell, "")
    better = verdict.get("better")
    return Figure(cell, shown_by(cell) if better is None else "better" if better == verdict.get("a") else "worse")
