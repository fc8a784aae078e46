"""The interpolation study of a result: what there is of it, its section on a page, and what a script draws there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from gen.pages.elements import Children, h
from gen.pages.tables import arm_label, figure_cell, table
from gen.pages.values import Result, count, finite, section

COIN = "a coin for each step"
INTRODUCTION = (
    "Position 0 is a held-out example A, position 1 another, B; between them z goes from that of A to that of B. "
    "“A coin for each step” needs no model: each step is B's with the chance that the position says, or else A's."
)

Cell = Mapping[str, float | None]
"""``mean``, ``low`` and ``high``."""


@dataclass(frozen=True)
class Measure:
    """A curve of the study: its key, what its columns and its axis are called, its range, and how it is read."""

    key: str
    title: str
    axis: str
    bounds: tuple[float, float] | None
    measured: str
    reading: str


DISTANCE = Measure(
    "distance_to_a",
    "Distance to A",
    "share of steps that differ from A",
    (0.0, 1.0),
    "The share of steps at which something else is said than A has; at position 0 that is the reconstruction error.",
    "It should start low and rise without a jump; that of a model that ignores z starts high and stays there.",
)
COST = Measure(
    "excess_cost_over_said",
    "Cost",
    "nats a token above what is said at the ends",
    None,
    "What is said costs so many nats a token more, under an n-gram model of the training examples, than the straight "
    "line between the costs of what the model itself says at the ends.",
    "Near 0 it is as usual as the ends are. But a flat cost alone is no merit, a model that ignores z has it too: look "
    "at the distance.",
)
MEASURES = (DISTANCE, COST)


@dataclass(frozen=True)
class Line:
    """What one model, or the coin, has in one stream: by key of the measure, a cell for each position."""

    name: str
    is_model: bool
    cells: Mapping[str, tuple[Cell, ...]]


@dataclass(frozen=True)
class Ways:
    """A study of which enough is there to be shown: K positions, lines by stream, and facts by name."""

    positions: tuple[float, ...]
    streams: Mapping[str, tuple[Line, ...]]
    facts: tuple[tuple[str, str], ...]

    def figures(self, line: Line) -> list[Cell]:
        """The cells that a table shows of a line, in the order of `heads`."""
        distance, cost = (line.cells[measure.key] for measure in MEASURES)
        return [distance[0], distance[self._middle], distance[-1], cost[self._middle]]

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
        found = [_line(name, True, section(models, name, stream), len(positions)) for name in models]
        lines = [line for line in found if line is not None]
        coin = _line(COIN, False, section(study, "baseline", stream), len(positions))
        if lines:
            streams[stream] = (*lines, *([coin] if coin else []))
    return Ways(tuple(positions), streams, tuple(_facts(study))) if streams else None


def ways_section(ways: Ways | None, places: Mapping[str, int]) -> Element | None:
    """Sentences, tables, and places that a script fills with charts."""
    if ways is None:
        return None
    return h(
        "section",
        h("h2", "Interpolation", id="interpolation"),
        h("p", INTRODUCTION),
        [h("p", h("strong", f"{each.title}. "), f"{each.measured} {each.reading}") for each in MEASURES],
        h("dl", [h("div", h("dt", name), h("dd", value)) for name, value in ways.facts], class_="facts")
        if ways.facts
        else None,
        h("noscript", h("p", "The charts of this part are drawn by a script, and scripts are switched off.")),
        [
            h(
                "div",
                h("h3", stream, class_="stream") if len(ways.streams) > 1 else None,
                h("div", id=f"ways-{place}"),
                _table(ways, stream, places),
            )
            for place, stream in enumerate(ways.streams)
        ],
        aria_labelledby="interpolation",
    )


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
                        "name": line.name,
                        "model": line.is_model,
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


def _table(ways: Ways, stream: str, places: Mapping[str, int]) -> Element:
    rows = [
        h("tr", h("th", _label(line, places), scope="row"), [figure_cell(cell) for cell in ways.figures(line)])
        for line in ways.streams[stream]
    ]
    head: list[Children] = ["", *ways.heads()]
    return table(head, rows, "Interpolation" if len(ways.streams) == 1 else f"Interpolation, {stream}")


def _label(line: Line, places: Mapping[str, int]) -> Element:
    if line.is_model:
        return arm_label(line.name, places)
    return h("span", h("span", class_="key original"), h("span", line.name), class_="arm")


def _line(name: str, is_model: bool, curves: Mapping[str, Any], positions: int) -> Line | None:
    """None where it has no figure at all."""
    cells = {measure.key: _cells(section(curves, measure.key), positions) for measure in MEASURES}
    if all(cell["mean"] is None for each in cells.values() for cell in each):
        return None
    return Line(name, is_model, cells)


def _cells(curve: Mapping[str, Any], positions: int) -> tuple[Cell, ...]:
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
        ("intervals", "" if confidence is None else f"{100 * confidence:g} %, over pairs"),
    ]
    return [(name, value) for name, value in found if value]


def _known(value: Any) -> str:
    return "" if finite(value) is None else count(value)


def _place(position: float) -> str:
    return {0.0: "at A", 0.5: "halfway", 1.0: "at B"}.get(position, f"at {position:.3g}")
