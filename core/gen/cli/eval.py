"""``gen eval``: figures of a trained model on held-out data."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from gen.cli import say
from gen.cli.options import (
    add_device,
    add_preparation,
    add_run,
    drawing_seed,
    drawing_temperature,
    prepare_for,
    require_at_least,
    require_at_most,
    whole,
)
from gen.errors import DataError

_EPILOG = """\
regimes:
  teacher_forced  each step hears the true previous step
  free_running    each step hears the model's own draw (--temperature), from a posterior draw of z
  greedy          each step hears the model's own likeliest step, from the posterior mean

examples:
  gen eval runs/groovae_4bar-20260101-120000
  gen eval runs/groovae_4bar-20260101-120000 --split validation --data groove-v1.0.0-midionly.zip --json
  gen eval runs/groovae_4bar-20260101-120000 --html groovae.html
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``gen eval``."""
    parser.description = "Reconstruct held-out examples, teacher-forced and free-running, and measure."
    parser.epilog = _EPILOG
    add_run(parser)
    parser.add_argument("--split", choices=("train", "validation", "test"), default="test", help="default test")
    parser.add_argument("--limit", type=whole, metavar="N", help="only the first N examples")
    parser.add_argument("--batch-size", type=whole, default=128, metavar="N", help="examples at a time (default 128)")
    parser.add_argument("--seed", type=drawing_seed, default=0, help="of every draw (default 0)")
    parser.add_argument("--temperature", type=drawing_temperature, default=1.0, help="of free running (default 1)")
    parser.add_argument("--step", type=whole, help="which checkpoint (default: the latest)")
    parser.add_argument(
        "--resamples", type=whole, default=1000, metavar="N", help="for 95%% intervals (default 1000; 0 for none)"
    )
    parser.add_argument("--no-baselines", action="store_true", help="fit neither baselines nor floors")
    add_device(parser)
    add_preparation(parser)
    parser.add_argument("--html", metavar="FILE", help="write a page with figures, piano rolls and sound")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Print tables, or JSON, and write a page where asked to."""
    from gen.cli.tables.evaluation import print_tables
    from gen.evaluation.measure import baseline_regimes, bits_of, measure
    from gen.evaluation.result import evaluation_findings, evaluation_result
    from gen.model.build import build_converter
    from gen.system.files import json_text, write_atomically
    from gen.system.spelling import listing
    from gen.training.checkpoint import weights_digest
    from gen.training.load import load_run
    from gen.training.run import Run

    require_at_least(args, limit=1, batch_size=1, resamples=0)
    require_at_most(args, resamples=1_000_000)
    run = Run.opened(args.run)
    trained = load_run(args.run, step=args.step, device=args.device)
    prepared = prepare_for(args, trained.recipe, path=args.data or run.data_path())
    try:
        examples = prepared.require(args.split).take(slice(0, args.limit))
    except DataError as error:
        if not prepared.splits:
            raise
        raise DataError(f"{error}; there are examples in {listing(prepared.splits)}: name one with --split") from error
    converter = build_converter(trained.recipe, mode="eval")
    draws = {"batch_size": args.batch_size, "seed": args.seed, "temperature": args.temperature}
    measurement = measure(trained.model, converter, examples, step=trained.step, **draws)
    if "train" in prepared.splits and not args.no_baselines:
        at = {"bits": [bits_of([measurement])], "seed": args.seed, "store": prepared.store}
        baselines = baseline_regimes(converter, prepared.require("train"), examples, **at)
        measurement = replace(measurement, regimes={**measurement.regimes, **baselines})
    if run.data_fingerprint() != prepared.fingerprint:
        say("gen: NOTICE: this is not the data that the run was trained on")
    result = {
        "run": str(args.run),
        "split": args.split,
        "source": prepared.source,
        "data": prepared.fingerprint,
        "weights": weights_digest(run.checkpoints / f"step-{trained.step}"),
        **evaluation_result(measurement, converter, resamples=args.resamples),
    }
    if args.html is not None:
        from gen.pages.comparison import page

        write_atomically(Path(args.html), page(evaluation_findings(result, trained, run, examples)))
        say(f"page: {args.html}")
    if args.json:
        print(json_text(result, indent=2))
    else:
        print_tables(result)
    return 0
