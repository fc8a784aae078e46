"""The interpolation study's section on a page, and what a script draws there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from xml.etree.ElementTree import Element

from gen.pages.elements import h, part
from gen.pages.grid import Grid
from gen.pages.opening import facts_list
from gen.pages.tables import grid_table
from gen.pages.ways import DIFFERENCES, INTRODUCTION, MEASURES, Line, Ways


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
