"""Small pictures within tables: a difference with its interval, and accuracies on a line from 0 to 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from gen.pages.elements import h
from gen.pages.values import finite, number, seeds_of

_WIDTH, _HEIGHT, _MARGIN = 220.0, 22.0, 8.0


def difference_plot(verdict: Mapping[str, Any], reach: float, label: str) -> Element | None:
    """A difference, its interval and each seed's, on an axis from 0 in the middle to ``reach``; None without one."""
    difference = finite(verdict.get("difference"))
    if difference is None:
        return None
    reach = reach or 1.0  # nothing differs: all is at 0, on any scale

    def x(value: float) -> str:
        share = max(-1.0, min(1.0, value / reach))
        return f"{_WIDTH / 2 + share * (_WIDTH / 2 - _MARGIN):.1f}"

    low, high = (finite(verdict.get(end)) for end in ("low", "high"))
    middle = f"{_HEIGHT / 2:g}"
    parts = [
        h("line", x1=_MARGIN, x2=_WIDTH - _MARGIN, y1=middle, y2=middle, class_="axis"),
        h("line", x1=x(0), x2=x(0), y1=2, y2=_HEIGHT - 2, class_="zero"),
    ]
    if low is not None and high is not None:
        parts.append(h("line", x1=x(low), x2=x(high), y1=middle, y2=middle, class_="interval"))
    parts.append(h("line", x1=x(difference), x2=x(difference), y1=4, y2=_HEIGHT - 4, class_="mean"))
    parts += [h("circle", cx=x(seed), cy=middle, r=2.5, class_="seed") for seed in seeds_of(verdict)]
    return _svg(parts, label, "difference")


def reach_of(verdicts: Sequence[Mapping[str, Any]]) -> float:
    """The largest value that a picture of any of these differences must reach."""
    sizes = [
        abs(value)
        for verdict in verdicts
        for value in (*(finite(verdict.get(key)) for key in ("difference", "low", "high")), *seeds_of(verdict))
        if value is not None
    ]
    return max(sizes, default=0.0)


def fall_plot(cells: Mapping[str, Any], label: str) -> Element | None:
    """Teacher-forced and free-running accuracy of an arm on a line from 0 to 1; None without either."""
    marks: list[Element] = []
    means: dict[str, float] = {}
    middle = f"{_HEIGHT / 2:g}"
    for regime, radius in (("teacher_forced", 4.0), ("free_running", 4.5)):
        cell = cells.get(regime) or {}
        mean, low, high = (finite(cell.get(key)) for key in ("mean", "low", "high"))
        if mean is None:
            continue
        means[regime] = mean
        if low is not None and high is not None:
            marks.append(h("line", x1=_unit(low), x2=_unit(high), y1=middle, y2=middle, class_=f"interval {regime}"))
        marks.append(h("circle", cx=_unit(mean), cy=middle, r=radius, class_=f"mean {regime}"))
    if not means:
        return None
    ends = [_unit(value) for value in means.values()]
    ground = [
        h("line", x1=_unit(0), x2=_unit(1), y1=middle, y2=middle, class_="axis"),
        *(h("line", x1=_unit(at), x2=_unit(at), y1=8, y2=14, class_="axis") for at in (0.0, 0.5, 1.0)),
        h("line", x1=ends[0], x2=ends[-1], y1=middle, y2=middle, class_="fall"),
    ]
    said = ", ".join(f"{regime.replace('_', '-')} {number(mean)}" for regime, mean in means.items())
    return _svg([*ground, *marks], f"{label}: {said}, on a line from 0 to 1", "falling")


def _unit(value: float) -> str:
    return f"{_MARGIN + max(0.0, min(1.0, value)) * (_WIDTH - 2 * _MARGIN):.1f}"


def _svg(parts: list[Element], label: str, kind: str) -> Element:
    return h(
        "svg",
        h("title", label),
        parts,
        viewBox=f"0 0 {_WIDTH:g} {_HEIGHT:g}",
        width=f"{_WIDTH:g}",
        height=f"{_HEIGHT:g}",
        role="img",
        class_=f"plot {kind}",
    )
