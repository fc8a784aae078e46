"""Preparing examples for a command, with a bar to watch and a line that says what was done."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from gen.errors import UsageError

if TYPE_CHECKING:
    from gen.data.engines import Engine
    from gen.data.prepare import Prepared
    from gen.recipes.sections import Recipe


def prepare_for(args: argparse.Namespace, recipe: Recipe, *, path: str | None, quiet: bool = False) -> Prepared:
    """Prepare a recipe's examples as the options of `gen.cli.options.add_preparation` say.

    Args:
        args: the command's.
        recipe: whose data.
        path: where they lie, in place of the recipe's.
        quiet: say and show nothing.

    Raises:
        UsageError: options that contradict each other.
    """
    from rich.console import Console
    from rich.progress import Progress, TextColumn, TimeElapsedColumn

    from gen.data.prepare import prepare

    engine = _engine(args)
    console = Console(stderr=True)
    columns = (TextColumn("preparing"), TextColumn("{task.completed:,} files"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("")
        prepared = prepare(
            recipe,
            path=path,
            store=args.store,
            engine=engine,
            progress=lambda done: bar.update(task, completed=done),
        )
    if not quiet:
        print(prepared.history, file=sys.stderr)
    return prepared


def _engine(args: argparse.Namespace) -> Engine:
    from gen.data.engines import Auto, Dask, Pool, Serial

    if args.workers is not None and args.workers < 1:
        raise UsageError(f"--workers must be at least 1, not {args.workers}")
    if args.scheduler is not None and args.engine != "dask":
        raise UsageError("--scheduler is for --engine dask")
    if args.engine == "dask":
        return Dask(args.scheduler, args.workers)
    if args.engine == "serial" or args.workers == 1:
        return Serial()
    return Pool(args.workers) if args.engine == "pool" else Auto(args.workers)
