"""``gen train --dry-run``: what a rehearsal found, for people."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from gen.cli import say

if TYPE_CHECKING:
    import torch

    from gen.cli.training_request import Request
    from gen.model.vae import VAE


def dry_run(args: argparse.Namespace, request: Request, device: torch.device) -> int:
    """Rehearse and report; 1 where the model doesn't learn, or where memory or disk won't do."""
    from gen.data.prepare import prepared_sample
    from gen.model.build import build_model
    from gen.system.regular import free_space
    from gen.training.load import freeze, take_weights
    from gen.training.rehearsal import rehearse

    recipe = request.recipe

    def make() -> VAE:
        model = build_model(recipe)
        if args.init_from:
            take_weights(model, args.init_from)
        freeze(model, recipe.training.frozen)
        return model.to(device)

    with prepared_sample(recipe, path=args.data) as sample:
        report = sample.prepared.report
        if report.notice:
            say(f"NOTICE: {report.notice}")
        of_all = "" if sample.total is None else f" of {sample.total:,}"
        say(f"{report.title}; looked at {sample.files:,}{of_all} files")
        found = rehearse(make, recipe, sample)
        total = sample.estimate("train")
    path = request.path.absolute()
    room = free_space(next(folder for folder in (path, *path.parents) if folder.is_dir()))
    how = "" if found.cost.measured else ", extrapolated"
    training = recipe.training
    rows = {
        "learns": f"one batch of {found.examples}: reconstruction {found.before:.1f} to {found.after:.1f} nats in "
        f"{found.steps} steps",
        "examples": "too many files to count" if total is None else f"about {total:,} to train on",
        "a step": f"{found.cost.seconds:.3g} s for a batch of {training.batch_size}{how}",
        "the whole": f"{_duration(found.total_seconds)} for {training.steps:,} steps"
        + ("" if found.epochs is None else f", about {found.epochs:.3g} epochs")
        + ("" if found.evaluation is not None else "; evaluations come on top"),
        "memory": f"{_gigabytes(found.cost.memory)} on {device} ({_gigabytes(found.cost.free)} are free){how}",
        "disk": f"{_gigabytes(found.disk)} for checkpoints of {found.checkpoint_bytes / 1e6:,.1f} MB "
        f"({_gigabytes(room)} are free)",
    }
    for name, text in rows.items():
        print(f"{name:<10}{text}")
    problems = {
        f"{found.steps} steps on one batch didn't lower its loss: look at training.learning_rate, at what is frozen, "
        "and at how the targets look (gen data prepare RECIPE --export DIR)": not found.learns,
        f"a whole batch would take about {_gigabytes(found.cost.memory)}: raise training.accumulate (slices of a "
        "batch, one after another), or lower training.batch_size": not found.cost.measured,
        f"checkpoints need {_gigabytes(found.disk)} and there are {_gigabytes(room)}: make room, or lower "
        "training.keep_checkpoints": found.disk > room,
    }
    for problem, there in problems.items():
        if there:
            say(f"gen: {problem}")
    return 1 if any(problems.values()) else 0


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:,.1f} GB"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 2 * 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 48 * 3600 else f"{seconds / 86400:.1f} days"
