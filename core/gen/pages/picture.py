"""The table of accuracies as a picture: one SVG file to show where no table can be shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element, tostring

from gen.evaluation.regimes import GAP, MAIN, beside
from gen.pages.elements import h
from gen.pages.findings import row_name
from gen.pages.paper_table import Line, table_lines
from gen.pages.values import Result, count, finite, interval, number, section
from gen.pages.words import regime_name

_COLUMNS = (*MAIN, GAP)
_EDGE, _SIGN, _COLUMN, _LINE, _HEAD = 24, 7.8, 148, 44, 92  # in pixels; a sign of the names, which are monospaced
_INK, _PALE, _RULE = "#1a1a1a", "#5f6368", "#c9cdd2"
_FONT = "Helvetica, Arial, sans-serif"
_MONO = "ui-monospace, Menlo, Consolas, monospace"
_LONGEST = 60  # signs of a name; more are cut


def picture(result: Result) -> str:
    """A line an arm, the paper's in italics, and the floors: mean over seeds, and below it the 95 % interval."""
    lines = _lines(result)
    names = [_name(line) for line in lines]
    first = _EDGE + max((_SIGN * len(name) for name in names), default=0.0) + _EDGE
    width = max(first + _COLUMN * len(_COLUMNS) + _EDGE, 720.0)
    parts: list[Element] = [_text(_EDGE, 32, str(result.get("title") or "Results"), size=17, weight="bold")]
    parts.append(_text(_EDGE, 54, _below(result), fill=_PALE))
    edges = [first + _COLUMN * (place + 1) for place in range(len(_COLUMNS))]
    parts += [
        _text(edge, _HEAD - 8, regime_name(regime), anchor="end", weight="bold")
        for edge, regime in zip(edges, _COLUMNS, strict=True)
    ]
    y, before = float(_HEAD), None
    for line, name in zip(lines, names, strict=True):
        if line[0] != before:
            parts += [_rule(y, width), _text(_EDGE, y + 20, line[0], weight="bold")]
            y, before = y + 28, line[0]
        parts += _drawn(line, name, y, edges)
        y += _LINE
    parts += [_rule(y + 4, width), _text(_EDGE, y + 26, _legend(lines), fill=_PALE)]
    height = y + 40
    ground = h("rect", width=f"{width:g}", height=f"{height:g}", fill="#ffffff")
    size = {"width": f"{width:g}", "height": f"{height:g}", "viewBox": f"0 0 {width:g} {height:g}"}
    whole = h("svg", ground, parts, xmlns="http://www.w3.org/2000/svg", font_family=_FONT, **size)
    text: str = tostring(whole, encoding="unicode")
    return text.encode("utf-8", "replace").decode("utf-8") + "\n"


def _lines(result: Result) -> list[Line]:
    """Those of the table, and in each of its rows the floors', each beside the way of saying that it is told like."""
    told = list(table_lines(result))
    floors = section(result, "baselines", "figures")
    lines: list[Line] = []
    for row in result.get("table") or []:
        name, stream = row_name(row), str(row.get("stream") or "")
        figure = f"{stream}_step_accuracy".lstrip("_")
        lines += [line for line in told if line[0] == name]
        for floor in floors:
            if cell := section(floors, floor, figure):
                lines.append((name, regime_name(floor), False, {beside(floor): cell}))
    return lines


def _drawn(line: Line, name: str, y: float, edges: list[float]) -> Iterator[Element]:
    """A line of the table whose top is at y."""
    published, cells = line[2], line[3]
    style = "italic" if published else None
    ink = _PALE if published else _INK
    yield _text(_EDGE, y + 18, name, font_family=_MONO, fill=ink, font_style=style)
    for edge, regime in zip(edges, _COLUMNS, strict=True):
        cell: Mapping[str, Any] = cells.get(regime) or {}
        if finite(cell.get("mean")) is None:
            continue
        yield _text(edge, y + 18, number(cell.get("mean")), anchor="end", size=15, fill=ink, font_style=style)
        if within := interval(cell):
            yield _text(edge, y + 34, within, anchor="end", size=11, fill=_PALE)


def _name(line: Line) -> str:
    name = "".join(sign if sign.isprintable() else " " for sign in line[1])
    name = name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"
    return f"{name}, in the paper" if line[2] else name


def _below(result: Result) -> str:
    """What was measured, as far as the result says it."""
    told = [str(result[key]) for key in ("split", "budget") if result.get(key)]
    told += [f"{count(result[key])} {key}" for key in ("examples", "pieces") if finite(result.get(key)) is not None]
    seeds = result.get("seeds")
    told += [f"{len(seeds)} seeds an arm"] if isinstance(seeds, (list, tuple)) else []
    return " · ".join(told)


def _legend(lines: list[Line]) -> str:
    paper = "; in italics the MusicVAE paper's, other data and size" if any(line[2] for line in lines) else ""
    return f"share of steps that are right, mean over seeds, and its 95 % interval{paper}"


def _rule(y: float, width: float) -> Element:
    return h("line", x1=_EDGE, x2=f"{width - _EDGE:g}", y1=f"{y:g}", y2=f"{y:g}", stroke=_RULE)


def _text(
    x: float, y: float, text: str, *, size: int = 13, anchor: str | None = None, weight: str | None = None, **more: Any
) -> Element:
    plain = "".join(sign if sign.isprintable() else " " for sign in text)
    more = {"fill": _INK, **more}
    return h("text", plain, x=f"{x:g}", y=f"{y:g}", font_size=size, text_anchor=anchor, font_weight=weight, **more)
