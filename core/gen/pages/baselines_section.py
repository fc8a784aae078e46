"""The section of a page that has the arms beside their converter's baselines."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree.ElementTree import Element

from gen.pages.beside_baselines import INTRODUCTION, BaselineTable, Row, baseline_table
from gen.pages.elements import Children, h
from gen.pages.tables import arm_label, difference_cell, figure_cell, table
from gen.pages.values import Result
from gen.pages.words import figure_name


def baselines_section(result: Result, places: Mapping[str, int]) -> Element | None:
    """A table with a group of rows a figure: the baselines' own, then the arms' differences from them."""
    found = baseline_table(result)
    if found is None:
        return None
    head: list[Children] = ["figure", "", *found.heads()]
    return h(
        "section",
        h("h2", "Beside the baselines", id="baselines"),
        h("p", INTRODUCTION),
        table(head, [_row(row, found, places) for row in found.rows], "Arms beside the baselines", class_="baselines"),
        aria_labelledby="baselines",
    )


def _row(row: Row, found: BaselineTable, places: Mapping[str, int]) -> Element:
    if not row.arm:
        size = sum(other.figure == row.figure for other in found.rows)
        return h(
            "tr",
            h("th", figure_name(row.figure), scope="rowgroup", rowspan=size),
            h("th", "the baselines", scope="row"),
            h("td", class_="figure"),
            [figure_cell(each.cell) for each in row.beside],
            class_="first",
        )
    return h(
        "tr",
        h("th", arm_label(row.arm, places), scope="row"),
        figure_cell(row.own),
        [difference_cell(each.cell, each.said) for each in row.beside],
    )
