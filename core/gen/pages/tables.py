"""Tables of a page, in frames that scroll on a narrow screen: cells with intervals, and small pictures within."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from typing import Any
from xml.etree.ElementTree import Element

from gen.pages.elements import Children, h
from gen.pages.grid import Arm, Cell, Code, Count, Figure, Grid
from gen.pages.values import NOT_SHOWN, finite, interval, number, seeds_of

_WIDTH, _HEIGHT, _MARGIN = 220.0, 22.0, 8.0


def table(head: Sequence[Children], rows: Iterable[Element], caption: str, *, class_: str = "") -> Element:
    """A table of ``tr`` elements in a frame that scrolls, by keyboard too; the caption is for screen readers only."""
    return h(
        "div",
        h(
            "table",
            h("caption", caption, class_="unseen"),
            h("thead", h("tr", [h("th", cell, scope="col") if cell else h("td") for cell in head])),
            h("tbody", rows),
            class_=class_ or None,
        ),
        class_="scroll",
        tabindex=0,
        role="region",
        aria_label=f"{caption}, table",  # the section around it may have the same name
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
