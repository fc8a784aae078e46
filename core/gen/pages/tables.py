"""Tables of a page: cells with intervals, and frames that scroll on a narrow screen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from gen.pages.elements import Children, h
from gen.pages.values import NOT_SHOWN, interval, number, seeds_of


def table(head: Sequence[Children], rows: Iterable[Element], caption: str, *, class_: str = "") -> Element:
    """A table in a frame that scrolls, by keyboard too, where it is too wide.

    Args:
        head: of each column.
        rows: ``tr`` elements.
        caption: what it shows; said to screen readers only.
        class_: of the table.
    """
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


def difference_cell(cell: Mapping[str, Any], said: str) -> Element:
    """A ``td`` with a difference and its sign, its interval, and what it shows in a word, such as ``more``."""
    found = figure_cell(cell, signed=True)
    if said:
        found.append(h("small", said, class_="said"))
    found.set("class", "figure unshown" if said == NOT_SHOWN else "figure")
    return found


def arm_label(arm: str, places: Mapping[str, int]) -> Element:
    """An arm's name beside its colour."""
    return h("span", h("span", class_=f"key {arm_class(places.get(arm, 0))}"), h("span", arm), class_="arm")


def arm_class(place: int) -> str:
    """The class that has an arm's colour, by its place among the arms."""
    return f"arm-{place % 8}"
