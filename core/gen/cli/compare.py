"""``gen compare``: variants side by side."""

from __future__ import annotations

import argparse
import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gen.cli import say
from gen.cli.options import (
    MOST_PROCESSES,
    add_device,
    add_preparation,
    drawing_temperature,
    prepare_for,
    require_at_least,
    require_at_most,
    whole,
)
from gen.system import regular

if TYPE_CHECKING:
    from gen.comparing.plan import Plan, Trial
    from gen.comparing.training import Progress, Slice

_EPILOG = """\
The same command goes on where it was stopped, and does nothing twice.

examples:
  gen compare flat-mel_16bar_small_matched hierdec-mel_16bar_small_matched --data ~/midi --seeds 3
  gen compare flat-drums_16bar_small_matched my-decoder.yaml --data groove.zip --minutes 30 data.source=groove
  gen compare drums_4bar --study rate --steps 400 --data groove.zip
  gen compare runs/flat runs/hierarchical --split validation --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``gen compare``."""
    parser.description = "Train variants on the same data with the same budget and seeds, and say what differs."
    parser.epilog = _EPILOG
    parser.add_argument("arms", nargs="+", metavar="RECIPE_OR_RUN", help="and key.path=value, for every recipe")
    parser.add_argument("--seeds", type=whole, default=1, metavar="N", help="trainings of every recipe (default 1)")
    parser.add_argument("--steps", type=whole, metavar="N", help="optimiser steps of every training")
    parser.add_argument("--minutes", type=float, metavar="M", help="or so much training time for each")
    parser.add_argument(
        "--init-from",
        action="append",
        default=[],
        metavar="ARM=RUN",
        help="begin an arm with the weights of a run; {seed} in its path is each training's",
    )
    parser.add_argument("--split", choices=("train", "validation", "test"), default="test", help="default test")
    parser.add_argument("--limit", type=whole, metavar="N", help="measure on the first N examples only")
    parser.add_argument("--temperature", type=drawing_temperature, default=1.0, help="of free running (default 1)")
    parser.add_argument(
        "--pick", choices=("best", "last"), default="best", help="weights to measure: of the least validation loss"
    )
    parser.add_argument(
        "--study",
        choices=("interpolation", "rate"),
        help="as well: ways from one held-out example to another; or rate: one recipe, at several numbers of free bits",
    )
    parser.add_argument(
        "--bits", type=whole, nargs="+", metavar="N", help="of --study rate (default 8 16 32 64 128 256)"
    )
    parser.add_argument("--jobs", type=whole, default=1, metavar="N", help="trainings at once (default 1)")
    parser.add_argument("-o", "--out", metavar="DIR", help="where everything is kept (default comparisons/NAMES-KEY)")
    add_device(parser)
    add_preparation(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Train what is not trained, measure what is not measured, and report."""
    from gen.cli.tables.comparison import print_tables
    from gen.comparing.fairness import flags, require_comparable, sizes
    from gen.comparing.measuring import Models, measure_baselines, measure_trial, require_same_data, study_interpolation
    from gen.comparing.plan import open_folder, require_comparison_or_nothing
    from gen.comparing.result import comparison_result, write_reports
    from gen.comparing.training import train_all
    from gen.model.build import build_converter
    from gen.system.files import json_text, locked

    plan = _plan(args)
    require_comparable(plan.arms)
    recipe = plan.arms[0].recipe
    converter = build_converter(recipe, mode="eval")
    folder = Path(args.out or Path("comparisons") / plan.folder_name())
    prepared = prepare_for(args, recipe, path=args.data)
    trials = list(plan.trials(folder))
    require_same_data(trials, prepared)
    prepared.require(plan.split)
    require_comparison_or_nothing(folder)
    regular.folder(folder)
    with locked(folder, doing="being made"):
        open_folder(folder, plan)
        sized = sizes(plan.arms, converter)
        flagged = flags(plan.arms, sized, plan.budget, plan.seeds)
        for flag in flagged:
            say(f"NOTICE: {flag}")
        stopped = train_all(
            trials, plan.budget, data=args.data, store=args.store, device=args.device, jobs=args.jobs, said=_progress
        )
        if stopped:
            say(f"stopped by {stopped} and saved; the same command goes on")
            return 0
        models = Models(plan, device=args.device)
        measured = [
            measure_trial(trial, plan, models, prepared, converter, folder, said=_measuring) for trial in trials
        ]
        command = shlex.join(["gen", *args.words])
        baselines = measure_baselines(plan, prepared, converter, measured, folder)
        result = comparison_result(
            plan, sized, flagged, measured, models, baselines, prepared, converter, command=command
        )
        if args.study == "rate":
            from gen.studies.rate import rate_study

            least, most = (plan.arms[end].recipe.latent.free_bits for end in (0, -1))
            result["title"] = f"{plan.arms[0].name.rpartition('_at_')[0]} at {least:g} to {most:g} bits"
            result["studies"] = {"rate": rate_study(result["figures"], result.get("baselines", {}).get("figures", {}))}
        elif args.study is not None:
            say(f"studying {args.study}")
            streams = [row["stream"] for row in result["table"]]
            result["studies"] = {args.study: study_interpolation(plan, trials, models, prepared, streams=streams)}
        written = write_reports(folder, result)
    if args.json:
        print(json_text(result, indent=1))
    else:
        print_tables(result)
    say(f"reports: {', '.join(map(str, written))}")
    return 0


def _plan(args: argparse.Namespace) -> Plan:
    from gen.comparing.arms import arms_at_rates, common_budget, parse_arms, with_budget, with_weights
    from gen.comparing.plan import Plan
    from gen.data.prepare import with_learned_labels
    from gen.errors import UsageError
    from gen.studies.rate import RATES

    require_at_least(args, seeds=1, limit=1, jobs=1)
    require_at_most(args, seeds=10_000, jobs=MOST_PROCESSES)
    overrides = [word for word in args.arms if "=" in word]
    words = [word for word in args.arms if "=" not in word]
    if args.bits and args.study != "rate":
        raise UsageError("--bits are those of --study rate: give both, or neither")
    rates = args.bits or RATES
    arms = arms_at_rates(words, overrides, rates) if args.study == "rate" else parse_arms(words, overrides)
    arms = [replace(arm, recipe=with_learned_labels(arm.recipe, path=args.data)) for arm in arms]
    arms = with_weights(arms, args.init_from, args.seeds)
    budget = common_budget(arms, args.steps, args.minutes)
    return Plan(
        arms=tuple(with_budget(arm, budget, overrides) for arm in arms),
        seeds=tuple(range(args.seeds)),
        budget=budget,
        split=args.split,
        limit=args.limit,
        data=args.data,
        temperature=args.temperature,
        pick="last" if args.minutes is not None else args.pick,
    )


def _measuring(trial: Trial) -> None:
    say(f"measuring {trial.name}")


def _progress(piece: Slice, progress: Progress) -> None:
    from gen.comparing.arms import ROUNDS

    say(f"round {piece.round} of {ROUNDS}: {piece.trial.name} at step {progress.step:,}")
