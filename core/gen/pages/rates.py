"""The rate study of a result: its tables, and a chart of each figure over the bits that it costs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from gen.pages.elements import h, part
from gen.pages.grid import Arm, Cell, Count, Figure, Grid
from gen.pages.tables import arm_class, grid_table
from gen.pages.values import Result, finite, number, section
from gen.pages.words import figure_name, regime_name

INTRODUCTION = (
    "One recipe, trained at several numbers of free bits, and what it spends and gets right. Beside it stands a code "
    "that needs no training to speak of: principal components, with the bits where they pay most, at as many whole "
    "bits. From the posterior's mean: greedy, and the linear code. From a draw of it: greedy from a drawn z, "
    "free-running, and the drawn linear code."
)
_WIDTH, _HEIGHT, _LEFT, _EDGE = 640.0, 300.0, 56.0, 26.0
_LINES = 4  # across a chart

Cells = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Rates:
    """Rows are models, the fewest bits first; ``figures`` has, by name and curve, a cell for each row."""

    arms: tuple[str, ...]
    bits: tuple[float, ...]
    figures: Mapping[str, Mapping[str, Cells]]

    def grids(self) -> Iterator[tuple[str, Grid]]:
        """The name of each figure and, model by model, its bits and what each curve has there."""
        for name, curves in self.figures.items():
            yield name, self._grid(curves)

    def _grid(self, curves: Mapping[str, Cells]) -> Grid:
        rows: list[list[Cell]] = [
            [Arm(arm), Count(f"{bits:,.1f}"), *(Figure(cells[row]) for cells in curves.values())]
            for row, (arm, bits) in enumerate(zip(self.arms, self.bits, strict=True))
        ]
        return Grid(["bits", *(curve_name(curve) for curve in curves)], rows)


def rates_of(result: Result) -> Rates | None:
    """The study in a result, as far as its parts are there; None where that is nothing."""
    study = section(result, "studies", "rate")
    listed = study.get("rows")
    rows = [row if isinstance(row, Mapping) else {} for row in listed] if isinstance(listed, (list, tuple)) else []
    spent = [(place, bits) for place, row in enumerate(rows) if (bits := finite(row.get("bits"))) and bits > 0]
    if not spent:
        return None
    figures: dict[str, dict[str, Cells]] = {}
    for name in section(study, "figures"):
        curves: dict[str, Cells] = {
            curve: [_cell(cells, place) for place, _ in spent]
            for curve, cells in section(study, "figures", name).items()
        }
        curves = {curve: cells for curve, cells in curves.items() if any(finite(cell.get("mean")) for cell in cells)}
        if curves:
            figures[name] = curves
    arms = tuple(str(rows[place].get("arm")) for place, _ in spent)
    return Rates(arms, tuple(bits for _, bits in spent), figures) if figures else None


def curve_name(curve: str) -> str:
    """Of a regime, or of a code."""
    return {"linear_code": "linear code", "drawn_linear_code": "linear code, drawn"}.get(curve) or regime_name(curve)


def rates_section(rates: Rates | None, places: Mapping[str, int]) -> Element | None:
    """A chart and a table for each figure."""
    if rates is None:
        return None
    drawn = [
        h("div", h("h3", figure_name(name)), _chart(rates, name), grid_table(grid, figure_name(name), places))
        for name, grid in rates.grids()
    ]
    return part("rates", "Rate and distortion", h("p", INTRODUCTION), drawn)


def _cell(cells: Any, place: int) -> Mapping[str, Any]:
    found = cells[place] if isinstance(cells, (list, tuple)) and place < len(cells) else None
    return found if isinstance(found, Mapping) else {}


def _points(bits: Sequence[float], cells: Cells) -> Iterator[tuple[float, float, float, float]]:
    """Bits, mean, low and high of every cell that has a mean; one without an interval is its own."""
    for at, cell in zip(bits, cells, strict=True):
        mean, low, high = (finite(cell.get(key)) for key in ("mean", "low", "high"))
        if mean is not None:
            yield at, mean, mean if low is None else low, mean if high is None else high


def _chart(rates: Rates, name: str) -> Element:
    """A figure over the bits, which double from step to step: a line for each curve, and its interval as a band."""
    curves = rates.figures[name]
    points = {curve: list(_points(rates.bits, cells)) for curve, cells in curves.items()}
    values = [value for each in points.values() for _, *point in each for value in point]
    low, high = min(values), max(values)
    first, last = math.log2(min(rates.bits)), math.log2(max(rates.bits))

    def x(bits: float) -> str:
        share = (math.log2(bits) - first) / (last - first or 1.0)
        return f"{_LEFT + share * (_WIDTH - _LEFT - _EDGE):.1f}"

    def y(value: float) -> str:
        return f"{_HEIGHT - _EDGE - (value - low) / (high - low or 1.0) * (_HEIGHT - 2 * _EDGE):.1f}"

    parts = []
    for value in (low + (high - low) * line / _LINES for line in range(_LINES + 1)):
        parts.append(h("line", x1=_LEFT, x2=_WIDTH - _EDGE, y1=y(value), y2=y(value), class_="grid"))
        parts.append(h("text", number(value), x=_LEFT - 8, y=y(value), text_anchor="end"))
    for bits in rates.bits:
        parts.append(h("text", f"{bits:.0f}", x=x(bits), y=_HEIGHT - 6, text_anchor="middle"))
    for place, (curve, each) in enumerate(points.items()):
        edge = [f"{x(bits)},{y(b)}" for bits, _, _, b in each] + [f"{x(bits)},{y(a)}" for bits, _, a, _ in each[::-1]]
        line = " ".join(f"{x(bits)},{y(mean)}" for bits, mean, *_ in each)
        dashed = "line dashed" if curve.endswith("linear_code") else "line"
        parts.append(
            h(
                "g",
                h("polygon", points=" ".join(edge), class_="band"),
                h("polyline", points=line, class_=dashed),
                [h("circle", cx=x(bits), cy=y(mean), r=3, class_="dot") for bits, mean, *_ in each],
                class_=arm_class(place),
            )
        )
    legend = [
        h("li", h("span", class_=f"key {arm_class(place)}"), f" {curve_name(curve)}")
        for place, curve in enumerate(points)
    ]
    size = f"0 0 {_WIDTH:g} {_HEIGHT:g}"
    title = h("title", f"{figure_name(name)} over bits of an example")
    return h("div", h("ul", legend, class_="legend"), h("svg", title, parts, viewBox=size, role="img"), class_="chart")
