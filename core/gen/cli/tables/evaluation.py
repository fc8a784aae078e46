"""An evaluation as tables on a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from gen.cli.tables.layout import bar_tables, figure_words, headed
from gen.evaluation.figures import LATENT, RIGHT
from gen.evaluation.regimes import BASELINE, MAIN
from gen.pages.beside_baselines import below_floors
from gen.system import terminal


def print_tables(result: Mapping[str, Any]) -> None:
    """Print what `gen.evaluation.result.evaluation_result` found, with the run it is of."""
    console = terminal.console()
    regimes: Mapping[str, Mapping[str, float]] = result["regimes"]
    examples = f"{result['examples']:,} {result['split']} examples of {result['source']}"
    title = f"{result['run']} at step {result['step']}: {examples}, from {result['pieces']:,} pieces"
    main = [name for name in MAIN if name in regimes]
    console.print(_table(title, main, _names(regimes, main), result))
    others = [name for name in regimes if name not in MAIN and not name.startswith(BASELINE)]
    judged = [name for name in _names(regimes, others) if name.endswith(RIGHT)]
    console.print(_table("the same from other z", others, judged, result))
    baselines = [name for name in regimes if name.startswith(BASELINE)]
    if baselines:
        names = _names(regimes, baselines)
        console.print(_table("what a model has to beat", baselines, names, result))
    for line in below_floors(result["beside_baselines"]):
        console.print(f"[bold red]below its floor[/]: {line}", highlight=False)
    for line in _latent(result[LATENT]):
        console.print(line, highlight=False)
    for bars in bar_tables({"by_bar": {Path(result["run"]).name: result["by_bar"]}}):
        console.print(bars)


def _names(regimes: Mapping[str, Mapping[str, float]], wanted: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(figure for name in wanted for figure in regimes[name]))


def _table(title: str, columns: Sequence[str], rows: Sequence[str], result: Mapping[str, Any]) -> Table:
    heads = (name.removeprefix(BASELINE).replace("_", "-") for name in columns)
    table = headed(title, ["figure", *heads])
    for row in rows:
        cells = []
        for name in columns:
            value = result["regimes"][name].get(row)
            low, high = (result["intervals"].get(name) or {}).get(row) or (None, None)
            shown = None if low == high else low  # an interval without width says nothing
            cells.append(None if value is None else {"mean": value, "low": shown, "high": high})
        table.add_row(row, *(figure_words(cell, 4) for cell in cells))
    return table


def _latent(latent: Mapping[str, float]) -> list[str]:
    active, size = latent["active_units"], latent["size"]
    lines = [f"latent space: KL {latent['kl_bits']:.1f} bits, {active:.0f} of {size:.0f} units active"]
    if "nats_from_z" in latent:
        lines.append(
            f"z is worth {latent['nats_from_z']:.4f} nats a step: so much worse is a step said with the z of another "
            "example"
        )
    return lines
