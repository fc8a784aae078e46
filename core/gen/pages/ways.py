"""The interpolation study of a result: what there is of it, how it is read, and its section on a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from gen.pages.elements import h, part
from gen.pages.findings import facts_list
from gen.pages.grid import Arm, Cell, Figure, Grid
from gen.pages.tables import grid_table
from gen.pages.values import Result, count, direction, finite, section

COIN = "a coin for each step"
INTRODUCTION = (
    "Position 0 is a held-out example A, position 1 another, B; between them z goes from that of A to that of B. "
    "“A coin for each step” needs no model: each step is B's with the chance that the position says, or else A's."
)

DIFFERENCES = (
    "Each model but the first less the first, over the same pairs, with the interval of the difference. “More” or "
    "“less” stands where that leaves out 0. It is over pieces of music alone, each with all its pairs: another "
    "training may differ by more. Less distance to A at A is a better reconstruction; less cost is closer to what the "
    "model itself says at the ends."
)


@dataclass(frozen=True)
class Measure:
    """A curve of the study: its key, what its columns and its axis are called, its range, and how it is read."""

    key: str
    title: str
    axis: str
    bounds: tuple[float, float] | None
    measured: str
    reading: str


MEASURES = (
    Measure(
        "distance_to_a",
        "Distance to A",
        "share of steps that differ from A",
        (0.0, 1.0),
        "The share of steps at which something else is said than A has; at position 0 that is the reconstruction "
        "error.",
        "It should start low and rise without a jump; that of a model that ignores z starts high and stays there.",
    ),
    Measure(
        "excess_cost_over_said",
        "Cost",
        "nats a token above what is said at the ends",
        None,
        "What is said costs so many nats a token more, under an n-gram model of the training examples, than the "
        "straight line between the costs of what the model itself says at the ends.",
        "Near 0 it is as usual as the ends are. But a flat cost alone is no merit, a model that ignores z has it too: "
        "look at the distance.",
    ),
)


@dataclass(frozen=True)
class Line:
    """What one model, or the coin, has in one stream: by key of the measure, mean, low and high at each position."""

    arm: Arm
    cells: Mapping[str, tuple[Mapping[str, float | None], ...]]


@dataclass(frozen=True)
class Ways:
    """A study of which enough is there to be shown: K positions, lines by stream, and facts by name.

    ``differences`` has, by stream, a line for each model but the first, less the first's, whose name is ``reference``.
    """

    positions: tuple[float, ...]
    streams: Mapping[str, tuple[Line, ...]]
    reference: str
    differences: Mapping[str, tuple[Line, ...]]
    facts: tuple[tuple[str, str], ...]

    def row(self, line: Line, *between: Cell) -> list[Cell]:
        """What a table shows of a line: its name, then what the caller likes, then figures as `heads` has them."""
        distance, cost = (line.cells[measure.key] for measure in MEASURES)
        shown = (distance[0], distance[self._middle], distance[-1], cost[self._middle])
        return [line.arm, *between, *(Figure(cell, direction(cell) if line.arm.less else None) for cell in shown)]

    def heads(self) -> list[str]:
        """Of the columns of figures."""
        first, middle, last = (_place(self.positions[at]) for at in (0, self._middle, -1))
        return [f"distance to A {first}", middle, last, f"cost {middle}, above the ends (nats a token)"]

    @property
    def _middle(self) -> int:
        return min(range(len(self.positions)), key=lambda at: abs(self.positions[at] - 0.5))


def ways_of(result: Result) -> Ways | None:
    """The study in a result; None where there is none, or no curve of a model, or not the positions that it has."""
    study = section(result, "studies", "interpolation")
    listed = study.get("positions")
    positions = [at for at in map(finite, listed) if at is not None] if isinstance(listed, (list, tuple)) else []
    if len(positions) < 2 or not isinstance(listed, (list, tuple)) or len(positions) != len(listed):
        return None
    models = section(study, "models")
    streams: dict[str, tuple[Line, ...]] = {}
    for stream in dict.fromkeys(stream for name in models for stream in section(models, name)):
        if lines := _lines({Arm(name): section(models, name, stream) for name in models}, len(positions)):
            coin = {Arm(COIN, is_model=False): section(study, "baseline", stream)}
            streams[stream] = lines + _lines(coin, len(positions))
    if not streams:
        return None
    compared = section(study, "differences")
    reference = next((name for name in models if name not in compared), "")
    differences: dict[str, tuple[Line, ...]] = {}
    for stream in streams:
        curves = {Arm(name, reference): section(compared, name, stream) for name in compared}
        if lines := _lines(curves, len(positions)):
            differences[stream] = lines
    return Ways(tuple(positions), streams, reference, differences, tuple(_facts(study)))


def _lines(curves: Mapping[Arm, Mapping[str, Any]], positions: int) -> tuple[Line, ...]:
    """One for each arm of which there is any figure."""
    lines = []
    for arm, of in curves.items():
        cells = {measure.key: _cells(section(of, measure.key), positions) for measure in MEASURES}
        if any(cell["mean"] is not None for each in cells.values() for cell in each):
            lines.append(Line(arm, cells))
    return tuple(lines)


def _cells(curve: Mapping[str, Any], positions: int) -> tuple[Mapping[str, float | None], ...]:
    columns = {key: curve.get(key) for key in ("mean", "low", "high")}
    return tuple(
        {
            key: finite(values[at]) if isinstance(values, (list, tuple)) and at < len(values) else None
            for key, values in columns.items()
        }
        for at in range(positions)
    )


def _facts(study: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Name and value of each fact that is known."""
    temperature, confidence = finite(study.get("temperature")), finite(study.get("confidence"))
    draw = study.get("draw")
    ends = "" if not isinstance(draw, bool) else "drawn from the posteriors" if draw else "the posteriors' means"
    found = [
        ("pairs", _known(study.get("pairs"))),
        ("temperature", "" if temperature is None else f"{temperature:g}"),
        ("n-gram order", _known(study.get("order"))),
        ("training examples counted", _known(study.get("training_examples"))),
        ("z of the ends", ends),
        ("controls", "A's all the way" if study.get("controlled") is True else ""),
        ("intervals", "" if confidence is None else f"{100 * confidence:g} %, over pieces of music"),
    ]
    return [(name, value) for name, value in found if value]


def _known(value: Any) -> str:
    return "" if finite(value) is None else count(value)


def _place(position: float) -> str:
    return {0.0: "at A", 0.5: "halfway", 1.0: "at B"}.get(position, f"at {position:.3g}")


def ways_section(ways: Ways | None, places: Mapping[str, int]) -> Element | None:
    """Sentences, tables, and places that a script fills with charts."""
    if ways is None:
        return None
    several = len(ways.streams) > 1
    parts = []
    for place, stream in enumerate(ways.streams):
        of = f", {stream}" if several else ""
        drawn = h("div", h("h3", stream, class_="stream") if several else None, h("div", id=f"ways-{place}"))
        drawn.append(grid_table(_grid(ways, ways.streams[stream]), f"Interpolation{of}", places))
        if stream in ways.differences:
            less, name = _grid(ways, ways.differences[stream]), "differences"
            drawn.append(grid_table(less, f"Differences{of}", places, corner="difference", class_=name))
        parts.append(drawn)
    return part(
        "interpolation",
        "Interpolation",
        h("p", INTRODUCTION),
        [h("p", h("strong", f"{each.title}. "), f"{each.measured} {each.reading}") for each in MEASURES],
        facts_list(ways.facts) if ways.facts else None,
        h("p", h("strong", "Differences. "), DIFFERENCES) if ways.differences else None,
        h("noscript", h("p", "The charts of this part are drawn by a script, and scripts are switched off.")),
        parts,
    )


def _grid(ways: Ways, lines: Iterable[Line]) -> Grid:
    return Grid(ways.heads(), [ways.row(line) for line in lines])


def ways_data(ways: Ways | None) -> list[list[dict[str, Any]]]:
    """What the script draws: for each stream its charts, each with the lines in it."""
    if ways is None:
        return []
    return [
        [
            {
                "label": measure.title if len(ways.streams) == 1 else f"{measure.title}, {stream}",
                "axis": measure.axis,
                "bounds": measure.bounds,
                "lines": [
                    {
                        "name": line.arm.name,
                        "model": line.arm.is_model,
                        "cells": [
                            [at, cell["mean"], cell["low"], cell["high"]]
                            for at, cell in zip(ways.positions, line.cells[measure.key], strict=True)
                        ],
                    }
                    for line in lines
                ],
            }
            for measure in MEASURES
        ]
        for stream, lines in ways.streams.items()
    ]
