"""The interpolation study's section on a page, and what a script draws there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element

from gen.pages.elements import Children, h
from gen.pages.tables import arm_label, difference_cell, figure_cell, table
from gen.pages.values import direction
from gen.pages.ways import DIFFERENCES, INTRODUCTION, MEASURES, Line, Ways


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
        h("p", h("strong", "Differences. "), DIFFERENCES) if ways.differences else None,
        h("noscript", h("p", "The charts of this part are drawn by a script, and scripts are switched off.")),
        [
            h(
                "div",
                h("h3", stream, class_="stream") if len(ways.streams) > 1 else None,
                h("div", id=f"ways-{place}"),
                _table(ways, stream, places),
                _difference_table(ways, stream, places),
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


def _difference_table(ways: Ways, stream: str, places: Mapping[str, int]) -> Element | None:
    lines = ways.differences.get(stream)
    if not lines:
        return None
    rows = [
        h(
            "tr",
            h("th", arm_label(line.name, places), h("small", f"less {ways.reference}"), scope="row"),
            [difference_cell(cell, direction(cell)) for cell in ways.figures(line)],
        )
        for line in lines
    ]
    head: list[Children] = ["difference", *ways.heads()]
    several = len(ways.streams) > 1
    return table(head, rows, f"Differences, {stream}" if several else "Differences", class_="differences")


def _label(line: Line, places: Mapping[str, int]) -> Element:
    if line.is_model:
        return arm_label(line.name, places)
    return h("span", h("span", class_="key original"), h("span", line.name), class_="arm")
