"""Markdown out of texts by strangers: sentences, names, figures and tables.

In sentences every sign that means something in Markdown or HTML is escaped, and names stand in code spans, where
nothing does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from gen.pages.grid import Arm, Cell, Code, Count, Figure, Grid
from gen.pages.values import DASH, interval, number


def sentence(text: object, *, opens: bool = False) -> str:
    """Text as it is read, on one line, with nothing in it that Markdown or HTML would take for its own.

    What ``opens`` stands first on its line or in its item, where it could also start a heading or a list.
    """
    line = escape(one_line(text), quote=False)
    line = re.sub(r"([\\`*\[\]])", r"\\\1", line)
    line = line.replace("|", "&#124;").replace("~", "&#126;")  # not every Markdown lets these be escaped otherwise
    line = re.sub(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", r"\\_", line)  # inside a word it means nothing
    return re.sub(r"^([#+=-])|^(\d+)([.)])", r"\2\\\1\3", line) if opens else line


def code(text: object) -> str:
    """A name in a code span that also holds in a table; one with ``|``, which Markdowns disagree on there, as text."""
    line = one_line(text)
    if not line or "|" in line:
        return sentence(line) or DASH
    fence = "`" * (max(map(len, re.findall("`+", line)), default=0) + 1)
    edge = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{edge}{line}{edge}{fence}"


def one_line(text: object) -> str:
    """Text without line breaks or anything that UTF-8 can't say."""
    return " ".join(str(text).encode("utf-8", "replace").decode("utf-8").split())


def figure_text(cell: Mapping[str, Any], said: str | None = None) -> str:
    """A figure, and its interval behind it where there is one; a difference with its sign and what it shows."""
    signed = said is not None
    ends = interval(cell, signed=signed)
    return number(cell.get("mean"), signed=signed) + (f" ({ends})" if ends else "") + (f": {said}" if said else "")


def grid_text(grid: Grid, corner: str = "") -> str:
    """A grid as a table, ``corner`` the head of its first column; numbers are set to the right."""
    first = grid.rows[0] if grid.rows else []
    right = [place for place, cell in enumerate(first) if isinstance(cell, (Count, Figure))]
    head = [corner, *map(_cell, grid.head)]
    return markdown_table(head, [list(map(_cell, row)) for row in grid.rows], right=right)


def _cell(cell: Cell) -> str:
    if isinstance(cell, Figure):
        return figure_text(cell.cell, cell.said)
    if isinstance(cell, Arm) and cell.is_model:
        return f"{code(cell.name)} less {code(cell.less)}" if cell.less else code(cell.name)
    if isinstance(cell, Code):
        return code(cell.text)
    return cell.text if isinstance(cell, Count) else sentence(cell.name if isinstance(cell, Arm) else cell)


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> str:
    """A table, with the columns of those numbers set to the right; empty without rows."""
    if not rows:
        return ""
    line = ["--:" if place in right else "---" for place in range(len(head))]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, line, *rows))
