"""Preparing examples for a command, with a bar to watch and a line that says what was done."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from gen.cli.options import require_at_least
from gen.errors import UsageError

if TYPE_CHECKING:
    from gen.data.engines import Engine
    from gen.data.prepare import Prepared
    from gen.recipes.sections import Recipe


def prepare_for(args: argparse.Namespace, recipe: Recipe, *, path: str | None, quiet: bool = False) -> Prepared:
    """Prepare a recipe's examples, from ``path`` where given, as the options of `gen.cli.options.add_preparation` say.

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
            recipe, path=path, store=args.store, engine=engine, progress=lambda n: bar.update(task, completed=n)
        )
    if not quiet:
        print(prepared.history, file=sys.stderr)
    return prepared


def _engine(args: argparse.Namespace) -> Engine:
    from gen.data.engines import Auto, Dask, Pool, Serial

    require_at_least(args, workers=1)
    if args.scheduler is not None and args.engine != "dask":
        raise UsageError("--scheduler is for --engine dask")
    if args.engine == "dask":
        return Dask(args.scheduler, args.workers)
    if args.engine == "serial" or args.workers == 1:
        return Serial()
    return Pool(args.workers) if args.engine == "pool" else Auto(args.workers)
