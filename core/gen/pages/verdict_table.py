"""Every verdict of a comparison as rows of tables, and what such a table says and doesn't say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gen.evaluation.regimes import GAP
from gen.pages.grid import Arm, Cell, Figure, Grid
from gen.pages.values import Result, section, shown_by
from gen.pages.words import full_name

ACCURACIES = (
    "Step accuracy compares what was said with the truth: a step counts if all of it is right. “Accuracy”, among the "
    "figures and in the lines of a training, is the decoder's own: it counts single choices, and of each the likeliest "
    "whether or not that was drawn, silence too. So it is mostly higher, and it is not what the paper reports."
)

_FIRST = ("step_accuracy", "hit_f1")


def judging(result: Result) -> str:
    """When a difference counts as shown, and how many were judged."""
    count = len(result.get("verdicts") or [])
    chance = f"about {count / 20:.0f} of these {count}" if count >= 10 else "one in twenty"
    return (
        "A difference counts as shown if its 95 % interval leaves out 0 and every seed agrees on its sign. “No "
        "difference shown” is not “no difference”; where the interval leaves out 0 all the same, the seeds disagree. "
        f"Nothing is corrected for how many figures are judged at once: by chance alone {chance} intervals would leave "
        "out 0, so a lone difference among many says little."
    )


def verdict_grids(result: Result) -> list[tuple[str, str, Grid]]:
    """For each pair of arms, the first's name and the second's: figures, both values, and the first less the second.

    What the paper reports comes first.
    """
    pairs: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for verdict in result.get("verdicts") or []:
        if isinstance(verdict, Mapping):
            pairs.setdefault((str(verdict.get("a")), str(verdict.get("b"))), []).append(verdict)
    found = []
    for (a, b), verdicts in pairs.items():
        verdicts.sort(key=lambda each: not str(each.get("figure")).endswith(_FIRST))
        rows: list[list[Cell]] = []
        for each in verdicts:
            figure = str(each.get("figure") or "")
            values = (Figure({"mean": section(result, "figures", arm, figure).get("mean")}) for arm in (a, b))
            cell = {"mean": each.get("difference"), "low": each.get("low"), "high": each.get("high")}
            rows.append([full_name(figure), *values, Figure(cell, _said(each))])
        found.append((a, b, Grid([Arm(a), Arm(b), "first less second"], rows)))
    return found


def _said(verdict: Mapping[str, Any]) -> str:
    better = verdict.get("better")
    if better is None:
        return shown_by(verdict)
    wins = "loses less" if str(verdict.get("figure")).startswith(f"{GAP}/") else "is better"
    return f"the {'first' if better == verdict.get('a') else 'second'} {wins}"
