"""An evaluation as tables on a terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from gen.cli.tables.bars import bar_tables
from gen.evaluation.figures import LATENT, RIGHT
from gen.evaluation.regimes import BASELINE, MAIN


def print_tables(result: Mapping[str, Any]) -> None:
    """Print what `gen.evaluation.result.evaluation_result` found, with the run it is of."""
    console = Console()
    regimes: Mapping[str, Mapping[str, float]] = result["regimes"]
    ends: Mapping[str, Any] = result["intervals"]
    examples = f"{result['examples']:,} {result['split']} examples of {result['source']}"
    title = f"{result['run']} at step {result['step']}: {examples}, from {result['pieces']:,} pieces"
    main = [name for name in MAIN if name in regimes]
    console.print(_table(title, "figure", main, _names(regimes, main), regimes, ends))
    others = [name for name in regimes if name not in MAIN and not name.startswith(BASELINE)]
    judged = [name for name in _names(regimes, others) if name.endswith(RIGHT)]
    console.print(_table("the same from other z", "figure", others, judged, regimes, ends))
    baselines = [name for name in regimes if name.startswith(BASELINE)]
    if baselines:
        names = _names(regimes, baselines)
        console.print(_table("what a model has to beat", "figure", baselines, names, regimes, ends))
    for line in _latent(result[LATENT]):
        console.print(line, highlight=False)
    for bars in bar_tables({"by_bar": {Path(result["run"]).name: result["by_bar"]}}):
        console.print(bars)


def _names(regimes: Mapping[str, Mapping[str, float]], wanted: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(figure for name in wanted for figure in regimes[name]))


def _table(
    title: str,
    first: str,
    columns: Sequence[str],
    rows: Sequence[str],
    values: Mapping[str, Mapping[str, float]],
    ends: Mapping[str, Mapping[str, Sequence[float]]],
) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column(first)
    for name in columns:
        table.add_column(name.removeprefix(BASELINE).replace("_", "-"), justify="right")
    for row in rows:
        cells = (_cell(values[name].get(row), ends.get(name, {}).get(row)) for name in columns)
        table.add_row(row, *cells)
    return table


def _cell(value: float | None, ends: Sequence[float] | None) -> str:
    """Empty where a regime has no such figure, a dash where there was nothing to judge."""
    if value is None:
        return ""
    if not math.isfinite(value):
        return "–"
    if ends is None or not all(map(math.isfinite, ends)) or ends[0] == ends[1]:
        return f"{value:.4f}"
    return f"{value:.4f} [dim]{ends[0]:.3f}–{ends[1]:.3f}[/]"


def _latent(latent: Mapping[str, float]) -> list[str]:
    active, size = latent["active_units"], latent["size"]
    lines = [f"latent space: KL {latent['kl_bits']:.1f} bits, {active:.0f} of {size:.0f} units active"]
    if "nats_from_z" in latent:
        lines.append(
            f"z is worth {latent['nats_from_z']:.4f} nats a step: so much worse is a step said with the z of another "
            "example"
        )
    return lines
