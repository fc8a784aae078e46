"""How figures stand on a terminal, which is too narrow for all that a page shows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from rich.text import Text

from gen.cli.tables.sheet import Sheet
from gen.pages.grid import Arm, Cell, Code, Count, Figure, Grid, bars_of
from gen.pages.values import interval, number
from gen.pages.words import figure_name

SHORT = {"teacher_forced": "teacher-forced", "free_running": "free-running", "greedy": "greedy", "gap": "lost"}
"""Names of regimes, short enough for a table's head."""


def grid_table(grid: Grid, title: str, corner: str = "") -> Sheet:
    """A grid as a table; where rows have two names, the first is that of a group of rows."""
    heads = [_words(head).plain for head in grid.head[grid.names - 1 :]]
    table = Sheet(title, [corner, *heads])
    for row in grid.rows:
        if grid.names > 1 and row[0]:
            table.add_group(_words(row[0]).plain)
        table.add_row(*map(_words, row[grid.names - 1 :]))
    return table


def _words(cell: Cell) -> Text:
    if isinstance(cell, Figure):
        return figure_words(cell.cell) if cell.said is None else _difference(cell.cell, cell.said)
    return Text(cell.name if isinstance(cell, Arm) else cell.text if isinstance(cell, (Code, Count)) else cell)


def _difference(cell: Mapping[str, Any], said: str) -> Text:
    ends = interval(cell, signed=True)
    lines = (Text(number(cell["mean"], signed=True)), Text(ends, "dim"), Text(said))
    return Text("\n").join(line for line in lines if line)


def figure_words(cell: Mapping[str, Any] | None, digits: int = 3) -> Text:
    """A figure and below it its interval; empty where there is none, a dash where there was nothing to judge."""
    if cell is None:
        return Text("")
    mean, low, high = (cell.get(key) for key in ("mean", "low", "high"))
    if mean is None or not math.isfinite(mean):
        return Text("–")
    if low is None or high is None or not math.isfinite(low):
        return Text(f"{mean:.{digits}f}")
    to = "–" if low >= 0 and high >= 0 else "…"  # a dash beside a minus would be one
    return Text.assemble(f"{mean:.{digits}f}", "\n", (f"{low:.3f}{to}{high:.3f}", "dim"))


def bar_tables(result: Mapping[str, Any]) -> Iterator[Sheet]:
    """Shares of steps that are right at bars 1, 2, 4, 8 and so on, and at the last; pages have all, and intervals."""
    found = [bars for bars in bars_of(result) if bars.figure.endswith("step_accuracy") and bars.values]
    for figure in dict.fromkeys(bars.figure for bars in found):
        rows = [bars for bars in found if bars.figure == figure]
        count = max(len(bars.values) for bars in rows)
        chosen = sorted({2**power for power in range(count.bit_length())} | {count})
        table = Sheet(f"{figure_name(figure)} by bar", ["bar", *map(str, chosen)])
        for regime in dict.fromkeys(bars.regime for bars in rows):
            table.add_group(SHORT.get(regime, regime))
            for bars in rows:
                if bars.regime == regime:
                    values = (number(bars.values[bar - 1]) if bar <= len(bars.values) else "" for bar in chosen)
                    table.add_row(bars.arm, *values)
        yield table
