"""How figures stand on a terminal, which is too narrow for all that a page shows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.table import Table

from gen.pages.grid import Arm, Cell, Code, Count, Figure, Grid, bars_of
from gen.pages.values import interval, number
from gen.pages.words import figure_name

SHORT = {"teacher_forced": "teacher-forced", "free_running": "free-running", "greedy": "greedy", "gap": "lost"}
"""Names of regimes, short enough for a table's head."""


def headed(title: str, heads: Iterable[str], *, names: int = 1) -> Table:
    """A table without rows; its columns of names are set to the left."""
    table = Table(title=title, title_justify="left")
    for place, head in enumerate(heads):
        table.add_column(head, justify="left" if place < names else "right")
    return table


def grid_table(grid: Grid, title: str) -> Table:
    """A grid as a table, its groups of rows apart."""
    table = headed(title, ["", *map(_words, grid.head)], names=grid.names)
    for row in grid.rows:
        if grid.names > 1 and row[0]:
            table.add_section()
        table.add_row(*map(_words, row))
    return table


def _words(cell: Cell) -> str:
    if isinstance(cell, Figure):
        return figure_words(cell.cell) if cell.said is None else _difference(cell.cell, cell.said)
    return cell.name if isinstance(cell, Arm) else cell.text if isinstance(cell, (Code, Count)) else cell


def _difference(cell: Mapping[str, Any], said: str) -> str:
    ends = interval(cell, signed=True)
    lines = (number(cell["mean"], signed=True), f"[dim]{ends}[/]" if ends else "", said)
    return "\n".join(line for line in lines if line)


def figure_words(cell: Mapping[str, Any] | None, digits: int = 3) -> str:
    """A figure and its interval; empty where there is no such figure, a dash where there was nothing to judge."""
    if cell is None:
        return ""
    mean, low, high = cell["mean"], cell["low"], cell["high"]
    if mean is None or not math.isfinite(mean):
        return "–"
    if low is None or high is None or not math.isfinite(low):
        return f"{mean:.{digits}f}"
    return f"{mean:.{digits}f} [dim]{low:.3f}–{high:.3f}[/]"


def bar_tables(result: Mapping[str, Any]) -> Iterator[Table]:
    """Shares of steps that are right at bars 1, 2, 4, 8 and so on, and at the last; pages have all, and intervals."""
    found = [bars for bars in bars_of(result) if bars.figure.endswith("step_accuracy") and bars.values]
    for figure in dict.fromkeys(bars.figure for bars in found):
        rows = [bars for bars in found if bars.figure == figure]
        count = max(len(bars.values) for bars in rows)
        chosen = sorted({2**power for power in range(count.bit_length())} | {count})
        table = headed(f"{figure_name(figure)} by bar", ["", "arm", *map(str, chosen)], names=2)
        before = ""
        for regime in dict.fromkeys(bars.regime for bars in rows):
            for bars in rows:
                if bars.regime == regime:
                    values = (number(bars.values[bar - 1]) if bar <= len(bars.values) else "" for bar in chosen)
                    table.add_row("" if regime == before else SHORT.get(regime, regime), bars.arm, *values)
                    before = regime
        yield table
