"""What ``gen train`` is asked for: a new run, one to go on with, or, after a restart by torchrun, the same again."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from gen.errors import RecipeError, UsageError
from gen.recipes.sections import Recipe
from gen.training.run import Run

MAY_CHANGE = (
    "steps",
    "log_every",
    "eval_every",
    "eval_batches",
    "checkpoint_every",
    "keep_checkpoints",
    "keep_best",
    "keep_every",
    "max_skipped",
    "observers",
)
"""Keys of ``training`` that a resumed run may change: none of them has a part in what a step computes."""


@dataclass(frozen=True)
class Request:
    """A training to do: a complete recipe, the run's directory, and whether it goes on with what is there."""

    recipe: Recipe
    path: Path
    resume: bool


def requested(args: argparse.Namespace, *, processes: int = 1, restarted: bool = False) -> Request:
    """Read the arguments of ``gen train`` and look at the run that they name.

    ``restarted`` says whether torchrun has started the same command before.
    """
    if args.resume is not None:
        return _onwards(args)
    from gen.data.prepare import with_learned_labels
    from gen.recipes import load_recipe
    from gen.recipes.trial import SETS, trial

    if args.recipe is None:
        raise UsageError("which recipe? gen recipes ls lists them; or --resume RUN")
    recipe = load_recipe(args.recipe, args.overrides)
    if args.trial:
        for override in args.overrides:
            if override.partition("=")[0] in SETS:
                raise UsageError(f"{override}: --trial sets that itself; drop the one or the other")
        recipe = trial(recipe)
    recipe = with_learned_labels(_in_slices(recipe, processes), path=args.data)
    path = Path(args.out or Path("runs") / f"{recipe.name}-{datetime.now():%Y%m%d-%H%M%S}")
    run = Run(path)
    if restarted and run.recipe_file.is_file():
        if run.recipe() != recipe:
            raise UsageError(f"{path} was started with another recipe: give --resume {path}, or another --out")
        return Request(recipe, path, resume=True)
    run.require_new()
    return Request(recipe, path, resume=False)


def _in_slices(recipe: Recipe, processes: int) -> Recipe:
    """The same recipe with slices for every process, as many for each."""
    training = recipe.training
    slices = -(-training.accumulate // processes) * processes
    if slices > training.batch_size:
        raise UsageError(
            f"training.batch_size {training.batch_size} is the batch of all {processes} processes together, and too "
            f"small for {slices} slices"
        )
    return replace(recipe, training=replace(training, accumulate=slices))


def _onwards(args: argparse.Namespace) -> Request:
    from gen.recipes import load_recipe

    for name, why in (
        ("out", "a run goes on in its own directory"),
        ("trial", "a run keeps its model"),
        ("init_from", "a run keeps its weights"),
        ("dry_run", "a run that goes on has shown that it works"),
    ):
        if getattr(args, name):
            raise UsageError(f"--{name.replace('_', '-')} and --resume exclude each other: {why}")
    if args.recipe is not None:
        args.overrides.insert(0, args.recipe)
    for override in args.overrides:
        key = override.partition("=")[0]
        if key not in {f"training.{name}" for name in MAY_CHANGE}:
            raise UsageError(
                f"{override}: a resumed run keeps its recipe, but for training.{{{', '.join(MAY_CHANGE)}}}; "
                f"for anything else start a new run, with these weights if you like: --init-from {args.resume}"
            )
    run = Run.opened(args.resume)
    run.recipe()  # says what is wrong with the directory, before the overrides are looked at
    run.require_resumable()
    try:
        recipe = load_recipe(str(run.recipe_file), args.overrides)
    except RecipeError as error:
        without = "; to go on without it: training.observers=[]"  # the one part that may stay away
        told = [each + without * (": training.observers" in each) for each in error.problems]
        raise RecipeError(told) from error
    done = run.steps_done()
    if recipe.training.steps < done:
        raise UsageError(
            f"{run.path} is at step {done} already: give training.steps a larger number, not {recipe.training.steps}"
        )
    return Request(recipe, run.path, resume=True)
