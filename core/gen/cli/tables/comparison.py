"""A comparison as tables on a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from gen.cli.tables.bars import SHORT, bar_tables
from gen.pages.beside_baselines import BaselineTable, baseline_table
from gen.pages.values import direction, interval, number
from gen.pages.ways import Ways, ways_of
from gen.pages.words import figure_name


def print_tables(result: Mapping[str, Any]) -> None:
    """Print what `gen.comparing.result.comparison_result` found: what differs first, then figures, then verdicts."""
    console = Console()
    console.print(
        f"{result['title']}\n{result['examples']:,} {result['split']} examples of {result['source']}, from "
        f"{result['pieces']:,} pieces; {result['budget']}; seeds {', '.join(map(str, result['seeds']))}; weights: "
        f"{result['pick']}",
        highlight=False,
    )
    for flag in result["flags"]:
        console.print(f"[yellow]note[/]: {flag}", highlight=False)
    console.print(_differences(result))
    console.print(_accuracies(result))
    for table in bar_tables(result):
        console.print(table)
    beside = baseline_table(result)
    if beside is not None:
        console.print(baselines_table(beside))
    ways = ways_of(result)
    for table in () if ways is None else interpolation_tables(ways):
        console.print(table)
    for verdict in result["verdicts"]:
        console.print(("= " if verdict["better"] is None else "> ") + verdict["words"], highlight=False)


def _differences(result: Mapping[str, Any]) -> Table:
    table = Table(title="what differs", title_justify="left")
    table.add_column("setting")
    for arm in result["arms"]:
        table.add_column(arm)
    for part in ("encoder", "decoder", "total"):
        counts = (arm["parameters"][part] for arm in result["arms"].values())
        table.add_row(f"parameters, {part}", *(f"{count:,}" for count in counts))
    for setting, values in result["differences"].items():
        table.add_row(setting, *(values[arm] for arm in result["arms"]))
    return table


def _accuracies(result: Mapping[str, Any]) -> Table:
    """In the shape of the paper's table 1, its own numbers dimmed beside."""
    table = Table(title="share of steps said right", title_justify="left")
    for head in ("", "arm", *SHORT.values()):
        table.add_column(head, justify="left" if head in ("", "arm") else "right")
    for row in result["table"]:
        name = f"{row['row']} {row['stream']}".strip()
        for arm, cells in row["cells"].items():
            table.add_row(name, arm, *(_cell(cells.get(regime)) for regime in SHORT))
            name = ""
        for model, numbers in (row["paper"] or {}).items():
            lost = numbers["teacher_forced"] - numbers["free_running"]
            told = (numbers["teacher_forced"], numbers["free_running"], None, lost)
            cells = ("" if value is None else f"[dim]{value:.3f}[/]" for value in told)
            table.add_row("", f"[dim]the paper's {model}[/]", *cells)
    return table


def interpolation_tables(ways: Ways) -> Iterator[Table]:
    """What each model says at the ends and halfway, and how much more than the first model's that is."""
    several = len(ways.streams) > 1
    title = ", ".join(["interpolation", *(f"{value} {name}" for name, value in ways.facts if name == "pairs")])
    for told, streams, cell in (
        (title, ways.streams, _cell),
        (f"the same less that of {ways.reference}, pair by pair", ways.differences, _more_or_less),
    ):
        table = Table(title=told, title_justify="left")
        for place, head in enumerate(["", *ways.heads()]):
            table.add_column(head, justify="right" if place else "left")
        for stream, lines in streams.items():
            for line in lines:
                table.add_row(f"{line.name}, {stream}" if several else line.name, *map(cell, ways.figures(line)))
        if streams:
            yield table


def _more_or_less(cell: Mapping[str, Any]) -> str:
    return _difference(cell, direction(cell))


def baselines_table(beside: BaselineTable) -> Table:
    """Figure by figure the baselines' own, and what every arm has above them."""
    table = Table(title="beside the baselines: each arm less each of them", title_justify="left")
    for place, head in enumerate(["", "", *beside.heads()]):
        table.add_column(head, justify="right" if place > 1 else "left")
    for row in beside.rows:
        if row.arm:
            table.add_row("", row.arm, _cell(row.own), *(_difference(each.cell, each.said) for each in row.beside))
        else:
            table.add_section()
            table.add_row(figure_name(row.figure), "", "", *(_cell(each.cell) for each in row.beside))
    return table


def _difference(cell: Mapping[str, Any], said: str) -> str:
    ends = interval(cell, signed=True)
    lines = (number(cell["mean"], signed=True), f"[dim]{ends}[/]" if ends else "", said)
    return "\n".join(line for line in lines if line)


def _cell(cell: Mapping[str, Any] | None) -> str:
    if cell is None:
        return ""
    mean, low, high = cell["mean"], cell["low"], cell["high"]
    if mean is None or not math.isfinite(mean):
        return "–"
    if low is None or not math.isfinite(low):
        return f"{mean:.3f}"
    return f"{mean:.3f} [dim]{low:.3f}–{high:.3f}[/]"
