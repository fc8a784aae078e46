"""Tables of a page: cells with intervals, and frames that scroll on a narrow screen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from typing import Any
from xml.etree.ElementTree import Element

from gen.pages.elements import Children, h
from gen.pages.grid import Arm, Cell, Code, Count, Figure, Grid
from gen.pages.values import NOT_SHOWN, interval, number, seeds_of


def table(head: Sequence[Children], rows: Iterable[Element], caption: str, *, class_: str = "") -> Element:
    """A table of ``tr`` elements in a frame that scrolls, by keyboard too; the caption is for screen readers only."""
    return h(
        "div",
        h(
            "table",
            h("caption", caption, class_="unseen"),
            h("thead", h("tr", [h("th", cell, scope="col") for cell in head])),
            h("tbody", rows),
            class_=class_ or None,
        ),
        class_="scroll",
        tabindex=0,
        role="region",
        aria_label=caption,
    )


def grid_table(
    grid: Grid, caption: str, places: Mapping[str, int], *, corner: str = "", class_: str = "", seeds: bool = False
) -> Element:
    """A grid in such a frame; ``places`` of the arms decide their colours, ``corner`` is the first column's head."""
    rows = []
    for place, row in enumerate(grid.rows):
        names = [h("th", _words(name, places), scope="row") for name in row[: grid.names]]
        grouped = grid.names > 1
        if grouped and row[0]:
            size = 1 + sum(1 for _ in takewhile(lambda below: not below[0], grid.rows[place + 1 :]))
            names[0] = h("th", _words(row[0], places), scope="rowgroup", rowspan=size)
        elif grouped:
            del names[0]
        cells = [_cell(cell, seeds=seeds) for cell in row[grid.names :]]
        rows.append(h("tr", names, cells, class_="first" if grouped and row[0] else None))
    return table([corner, *(_words(head, places) for head in grid.head)], rows, caption, class_=class_)


def _words(cell: Cell, places: Mapping[str, int]) -> Children:
    if isinstance(cell, Arm):
        return [arm_label(cell, places), *([h("small", f"less {cell.less}")] if cell.less else [])]
    if isinstance(cell, Code):
        return h("code", cell.text)
    return cell if isinstance(cell, str) else None


def _cell(cell: Cell, *, seeds: bool) -> Element:
    if isinstance(cell, Figure):
        found = figure_cell(cell.cell, seeds=seeds, signed=cell.said is not None)
        if cell.said:
            found.append(h("small", cell.said, class_="said"))
        found.set("class", "figure unshown" if cell.said == NOT_SHOWN else "figure")
        return found
    if isinstance(cell, Count):
        return h("td", cell.text, class_="figure")
    return h("td", _words(cell, {}), class_="prose" if isinstance(cell, str) else None)


def figure_cell(cell: Mapping[str, Any] | None, *, seeds: bool = False, signed: bool = False) -> Element:
    """A ``td`` with a figure, its interval below and, where wanted, the figure with every seed."""
    cell = cell or {}
    ends = interval(cell, signed=signed)
    each = seeds_of(cell) if seeds else []
    return h(
        "td",
        h("span", number(cell.get("mean"), signed=signed), class_="value"),
        h("small", ends) if ends else None,
        h("small", "seeds: " + ", ".join(number(seed, signed=signed) for seed in each)) if len(each) > 1 else None,
        class_="figure",
    )


def arm_label(arm: Arm, places: Mapping[str, int]) -> Element:
    """An arm's name beside its colour."""
    colour = arm_class(places.get(arm.name, 0)) if arm.is_model else "original"
    return h("span", h("span", class_=f"key {colour}"), h("span", arm.name), class_="arm")


def arm_class(place: int) -> str:
    """The class that has an arm's colour, by its place among the arms."""
    return f"arm-{place % 8}"
