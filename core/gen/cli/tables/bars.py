"""Accuracy by bar on a terminal, which is too narrow for every bar: where does a model fall off?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.table import Table

from gen.pages.bars import bars_of
from gen.pages.values import number
from gen.pages.words import figure_name

SHORT = {"teacher_forced": "teacher-forced", "free_running": "free-running", "greedy": "greedy", "gap": "lost"}
"""Names of regimes, short enough for a table's head."""


def bar_tables(result: Mapping[str, Any]) -> Iterator[Table]:
    """Shares of steps that are right at bars 1, 2, 4, 8 and so on, and at the last; pages have all, and intervals.

    Args:
        result: with ``by_bar``, arm to regime to figure to numbers.
    """
    found = [bars for bars in bars_of(result) if bars.figure.endswith("step_accuracy") and bars.values]
    for figure in dict.fromkeys(bars.figure for bars in found):
        rows = [bars for bars in found if bars.figure == figure]
        count = max(len(bars.values) for bars in rows)
        chosen = sorted({2**power for power in range(count.bit_length())} | {count})
        table = Table(title=f"{figure_name(figure)} by bar", title_justify="left")
        for head in ("", "arm", *map(str, chosen)):
            table.add_column(head, justify="left" if head in ("", "arm") else "right")
        before = ""
        for regime in dict.fromkeys(bars.regime for bars in rows):
            for bars in rows:
                if bars.regime == regime:
                    values = (number(bars.values[bar - 1]) if bar <= len(bars.values) else "" for bar in chosen)
                    table.add_row("" if regime == before else SHORT.get(regime, regime), bars.arm, *values)
                    before = regime
        yield table
