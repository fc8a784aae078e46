"""A comparison as tables on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from rich.text import Text

from gen.cli.tables.layout import SHORT, bar_tables, figure_words, grid_table
from gen.cli.tables.sheet import Sheet
from gen.pages.beside_baselines import baseline_table, below_floors
from gen.pages.grid import PARTS, Grid, arms, settings
from gen.pages.rates import rates_of
from gen.pages.verdict_table import ACCURACIES, judging, verdict_grids
from gen.pages.ways import Ways, ways_of
from gen.pages.words import figure_name
from gen.system import terminal


def print_tables(result: Mapping[str, Any]) -> None:
    """Print what `gen.comparing.result.comparison_result` found: what differs first, then figures, then verdicts."""
    console = terminal.console(highlight=False)
    console.print(
        Text(
            f"{result['title']}\n{result['examples']:,} {result['split']} examples of {result['source']}, from "
            f"{result['pieces']:,} pieces; {result['budget']}; seeds {', '.join(map(str, result['seeds']))}; weights: "
            f"{result['pick']}"
        )
    )
    for flag in result["flags"]:
        console.print(Text.assemble(("note", "yellow"), f": {flag}"))
    tables = [
        _sizes(result),
        grid_table(settings(result), "settings that differ", "setting"),
        *_accuracies(result),
        ACCURACIES,
        *bar_tables(result),
    ]
    beside = baseline_table(result)
    tables += [] if beside is None else [baselines_table(beside)]
    tables += [
        Text.assemble(("below its floor", "bold red"), f": {line}")
        for line in below_floors((result.get("baselines") or {}).get("verdicts") or [])
    ]
    rates = rates_of(result)
    tables += [
        grid_table(grid, f"rate and distortion: {figure_name(name)}", "model")
        for name, grid in (() if rates is None else rates.grids())
    ]
    ways = ways_of(result)
    tables += [] if ways is None else interpolation_tables(ways)
    for a, b, grid in verdict_grids(result):
        heads = ["first", "second", *grid.head[2:]]
        tables.append(grid_table(replace(grid, head=heads), f"verdicts: {a} (first) and {b} (second)"))
    tables += [judging(result)] if result["verdicts"] else []
    for table in tables:
        if not isinstance(table, Sheet) or table.rows:
            console.print()
            console.print(table)


def _sizes(result: Mapping[str, Any]) -> Sheet:
    found = arms(result)
    return grid_table(
        Grid(found.head[: len(PARTS)], [row[: len(PARTS) + 1] for row in found.rows]), "trained parameters"
    )


def _accuracies(result: Mapping[str, Any]) -> Iterator[Sheet]:
    """In the shape of the paper's table 1, its own numbers dimmed beside."""
    for row in result["table"]:
        name = f"{row['row']} {row['stream']}".strip()
        table = Sheet(f"{name}: share of steps said right, and 95 % intervals", ["arm", *SHORT.values()])
        for arm, cells in row["cells"].items():
            table.add_row(arm, *(figure_words(cells.get(regime)) for regime in SHORT))
        for model, numbers in (row["paper"] or {}).items():
            lost = numbers["teacher_forced"] - numbers["free_running"]
            told = (numbers["teacher_forced"], numbers["free_running"], None, lost)
            cells = (Text("" if value is None else f"{value:.3f}", "dim") for value in told)
            table.add_row(Text(f"the paper's {model}", "dim"), *cells)
        yield table


def interpolation_tables(ways: Ways) -> Iterator[Sheet]:
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


def baselines_table(beside: Grid) -> Sheet:
    """Figure by figure the baselines' own, and what every arm has above them."""
    return grid_table(beside, "beside the baselines: each arm less each of them")
