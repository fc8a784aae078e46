"""``gen eval``: figures of a trained model on held-out data."""

from __future__ import annotations

import argparse
import math
import sys
from typing import Any

from gen.cli.options import add_device, add_preparation

_EPILOG = """\
regimes:
  teacher_forced  each step hears the true previous step
  free_running    each step hears the model's own draw (temperature 1), from a posterior draw of z
  greedy          each step hears the model's own likeliest step, from the posterior mean

examples:
  gen eval runs/groovae_4bar-20260101-120000
  gen eval runs/groovae_4bar-20260101-120000 --split validation --data groove-v1.0.0-midionly.zip --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``gen eval``."""
    parser.description = "Reconstruct held-out examples, teacher-forced and free-running, and measure."
    parser.epilog = _EPILOG
    parser.add_argument("run", help="a run directory")
    parser.add_argument("--split", choices=("train", "validation", "test"), default="test", help="default test")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N examples")
    parser.add_argument("--batch-size", type=int, default=128, metavar="N", help="examples at a time (default 128)")
    parser.add_argument("--seed", type=int, default=0, help="of every draw (default 0)")
    parser.add_argument("--step", type=int, help="which checkpoint (default: the latest)")
    add_device(parser)
    add_preparation(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Print a table, or JSON."""
    from gen.build import build_converter
    from gen.cli.preparing import prepare_for
    from gen.errors import DataError, UsageError
    from gen.files import json_text
    from gen.load import load_run
    from gen.spelling import listing
    from gen.training.evaluate import evaluate
    from gen.training.run import Run

    for name in ("limit", "batch_size"):
        value = getattr(args, name)
        if value is not None and value < 1:
            raise UsageError(f"--{name.replace('_', '-')} must be at least 1, not {value}")
    run = Run(args.run)
    trained = load_run(args.run, step=args.step, device=args.device)
    prepared = prepare_for(args, trained.recipe, path=args.data or run.data_path())
    try:
        examples = prepared.require(args.split).take(slice(0, args.limit))
    except DataError as error:
        if not prepared.splits:
            raise
        raise DataError(f"{error}; there are examples in {listing(prepared.splits)}: name one with --split") from error
    regimes = evaluate(
        trained.model,
        build_converter(trained.recipe, mode="eval"),
        examples,
        step=trained.step,
        batch_size=args.batch_size,
        seed=args.seed,
    )
    if run.data_fingerprint() != prepared.fingerprint:
        print("gen: NOTICE: this is not the data that the run was trained on", file=sys.stderr)
    result = {
        "run": str(args.run),
        "step": trained.step,
        "split": args.split,
        "examples": len(examples),
        "source": prepared.source,
        "data": prepared.fingerprint,
        "seed": args.seed,
        "regimes": regimes,
    }
    if args.json:
        print(json_text(result, indent=2))
    else:
        _table(result)
    return 0


def _cell(value: float | None) -> str:
    """Empty where a regime has no such figure, a dash where there was nothing to judge."""
    if value is None:
        return ""
    return f"{value:.4f}" if math.isfinite(value) else "–"


def _table(result: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    regimes: dict[str, dict[str, float]] = result["regimes"]
    examples = f"{result['examples']:,} {result['split']} examples of {result['source']}"
    table = Table(title=f"{result['run']} at step {result['step']}: {examples}")
    table.add_column("figure")
    for name in regimes:
        table.add_column(name.replace("_", "-"), justify="right")
    for figure in dict.fromkeys(figure for figures in regimes.values() for figure in figures):
        table.add_row(figure, *(_cell(figures.get(figure)) for figures in regimes.values()))
    Console().print(table)
