"""A comparison as tables on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from rich.table import Table

from gen.cli.tables.layout import SHORT, bar_tables, figure_words, grid_table, headed
from gen.pages.beside_baselines import baseline_table, below_floors
from gen.pages.grid import Grid
from gen.pages.rates import rates_of
from gen.pages.ways import Ways, ways_of
from gen.pages.words import figure_name
from gen.system import terminal


def print_tables(result: Mapping[str, Any]) -> None:
    """Print what `gen.comparing.result.comparison_result` found: what differs first, then figures, then verdicts."""
    console = terminal.console()
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
    for line in below_floors((result.get("baselines") or {}).get("verdicts") or []):
        console.print(f"[bold red]below its floor[/]: {line}", highlight=False)
    rates = rates_of(result)
    for name, grid in () if rates is None else rates.grids():
        console.print(grid_table(grid, f"rate and distortion: {figure_name(name)}"))
    ways = ways_of(result)
    for table in () if ways is None else interpolation_tables(ways):
        console.print(table)
    for verdict in result["verdicts"]:
        console.print(("= " if verdict["better"] is None else "> ") + verdict["words"], highlight=False)


def _differences(result: Mapping[str, Any]) -> Table:
    heads = ["setting", *result["arms"]]
    table = headed("what differs", heads, names=len(heads))
    for part in ("encoder", "decoder", "total"):
        counts = (arm["parameters"][part] for arm in result["arms"].values())
        table.add_row(f"parameters, {part}", *(f"{count:,}" for count in counts))
    for setting, values in result["differences"].items():
        table.add_row(setting, *(values[arm] for arm in result["arms"]))
    return table


def _accuracies(result: Mapping[str, Any]) -> Table:
    """In the shape of the paper's table 1, its own numbers dimmed beside."""
    table = headed("share of steps said right", ["", "arm", *SHORT.values()], names=2)
    for row in result["table"]:
        name = f"{row['row']} {row['stream']}".strip()
        for arm, cells in row["cells"].items():
            table.add_row(name, arm, *(figure_words(cells.get(regime)) for regime in SHORT))
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
    for told, streams in (
        (title, ways.streams),
        (f"the same less that of {ways.reference}, pair by pair", ways.differences),
    ):
        rows = [
            [f"{line.arm.name}, {stream}" if several else line.arm, *ways.row(line)[1:]]
            for stream, lines in streams.items()
            for line in lines
        ]
        if rows:
            yield grid_table(Grid(ways.heads(), rows), told)


def baselines_table(beside: Grid) -> Table:
    """Figure by figure the baselines' own, and what every arm has above them."""
    rows = [[*row[:1], "", *row[2:]] if row[0] else row for row in beside.rows]
    return grid_table(replace(beside, rows=rows), "beside the baselines: each arm less each of them")
