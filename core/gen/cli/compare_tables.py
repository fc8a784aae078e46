"""A comparison as tables on a terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

_HEADS = {"teacher_forced": "teacher-forced", "free_running": "free-running", "greedy": "greedy", "gap": "lost"}


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
    if "interpolation" in result.get("studies", {}):
        console.print(_interpolation(result["studies"]["interpolation"]))
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
    for head in ("", "arm", *_HEADS.values()):
        table.add_column(head, justify="left" if head in ("", "arm") else "right")
    for row in result["table"]:
        name = f"{row['row']} {row['stream']}".strip()
        for arm, cells in row["cells"].items():
            table.add_row(name, arm, *(_cell(cells.get(regime)) for regime in _HEADS))
            name = ""
        for model, numbers in (row["paper"] or {}).items():
            lost = numbers["teacher_forced"] - numbers["free_running"]
            told = (numbers["teacher_forced"], numbers["free_running"], None, lost)
            cells = ("" if value is None else f"[dim]{value:.3f}[/]" for value in told)
            table.add_row("", f"[dim]the paper's {model}[/]", *cells)
    return table


def _interpolation(study: Mapping[str, Any]) -> Table:
    middle = len(study["positions"]) // 2
    table = Table(title=f"interpolation, {study['pairs']} pairs", title_justify="left")
    table.add_column("")
    for head in ("distance to A at A", "halfway", "at B", "cost halfway, over the said ends (nats a token)"):
        table.add_column(head, justify="right")
    for name, streams in {**study["models"], "a coin for each step": study["baseline"]}.items():
        for stream, curves in streams.items():
            distance, cost = curves["distance_to_a"], curves["excess_cost_over_said"]
            places = ({key: distance[key][place] for key in distance} for place in (0, middle, -1))
            cells = [_cell(place) for place in places] + [_cell({key: cost[key][middle] for key in cost})]
            table.add_row(name if len(streams) == 1 else f"{name}, {stream}", *cells)
    return table


def _cell(cell: Mapping[str, Any] | None) -> str:
    if cell is None:
        return ""
    mean, low, high = cell["mean"], cell["low"], cell["high"]
    if mean is None or not math.isfinite(mean):
        return "–"
    if low is None or not math.isfinite(low):
        return f"{mean:.3f}"
    return f"{mean:.3f} [dim]{low:.3f}–{high:.3f}[/]"
