"""The tables of what recipes take at full size, and of those that weren't measured."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from common import processor

REPORT = Path(__file__).parent / "results" / "recipe_full_size.md"
COSTS = Path(__file__).parent / "results" / "recipe_costs-cpu.jsonl"
COMMANDS = ("train", "eval", "sample", "interpolate")
LIMIT = 24  # gigabytes

Line = dict[str, Any]


def write_report(lines: Sequence[Line], sizes: Sequence[tuple[Sequence[str], int]]) -> None:
    """Write the results anew.

    Args:
        lines: what was measured.
        sizes: recipes of one size each, and their number of weights.
    """
    by_recipe = {line["recipe"]: line for line in lines}
    measured = [(names, by_recipe[name]) for names, _ in sizes for name in names if name in by_recipe]
    missing = [(names, count) for names, count in sizes if not any(name in by_recipe for name in names)]
    REPORT.write_text("\n".join([*_opening(lines), *_measured(measured), *_missing(missing), *_batches()]) + "\n")


def _opening(lines: Sequence[Line]) -> list[str]:
    loads = [line["load"] for line in lines] or [0.0]
    return [
        "# Recipes at full size",
        "",
        f"`python benchmarks/recipe_full_size.py`, {processor()}, {os.cpu_count()} cores, one thread, torch "
        f"{torch.__version__}, Python {platform.python_version()};",
        f"load average {min(loads)} to {max(loads)}, of other work. Made-up clips, the recipe's own converter, every "
        "layer at its full width.",
        "",
        "Each command is a process of its own: `gen train` for two steps with an evaluation and a checkpoint; `gen "
        "eval` of up to four examples,",
        "in all seven regimes (three in the rows measured first); `gen sample` of one clip; `gen interpolate` of "
        "three. GB is",
        "the peak of that process, with Python and torch, which are",
        "about 0.2 GB of it. Seconds are the processor's, for the clock tells more of the other work than of this; "
        "imports aren't in them.",
        "",
    ]


def _measured(measured: Sequence[tuple[Sequence[str], Line]]) -> list[str]:
    heads = " | ".join(f"{command}: GB, s" for command in COMMANDS)
    rows = []
    for names, line in measured:
        cells = [f"{line[command]['gigabytes']:.2f}, {line[command]['processor_seconds']:.1f}" for command in COMMANDS]
        rows.append(f"| {_names(names)} | {line['parameters']:,} | {line['batch']} | {' | '.join(cells)} |")
    recipes = sum(len(names) for names, _ in measured)
    return [
        f"{len(measured)} sizes, which are {recipes} recipes; recipes in one row have the same weights, steps and "
        "depths of data, and the first was run.",
        "",
        f"| recipes | parameters | batch | {heads} |",
        f"|---|--:|--:|{'--:|' * len(COMMANDS)}",
        *rows,
        "",
    ]


def _missing(missing: Sequence[tuple[Sequence[str], int]]) -> list[str]:
    if not missing:
        return ["Every recipe is in the table.", ""]
    steps = {line["recipe"]: line for line in _costs()}
    rows = []
    for names, count in missing:
        known = next((steps[name] for name in names if name in steps), None)
        step = "not measured" if known is None else f"{known['gigabytes']} GB at batch {known['batch']}"
        rows.append(f"| {_names(names)} | {count:,} | {step} |")
    recipes = sum(len(names) for names, _ in missing)
    return [
        f"**Not run** for want of time: {len(missing)} sizes, which are {recipes} recipes. Of some, a training step "
        "alone was measured by `recipe_costs.py`:",
        "",
        "| recipes | parameters | a training step |",
        "|---|--:|---|",
        *rows,
        "",
    ]


def _batches() -> list[str]:
    large = [
        f"`{line['recipe']}` ({line['gigabytes_at_full_batch']:.0f})"
        for line in _costs()
        if line["gigabytes_at_full_batch"] > LIMIT
    ]
    return [
        f"With the recipe's own batch, by `recipe_costs.py`, these and those of their size need more than {LIMIT} GB "
        "to train (GB in brackets):",
        ", ".join(large) + ". With a batch of eight each of them takes less than 6 GB.",
    ]


def _names(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _costs() -> list[Line]:
    return [json.loads(line) for line in COSTS.read_text(encoding="utf-8").splitlines()]
