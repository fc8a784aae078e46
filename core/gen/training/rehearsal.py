"""A training before the training: whether a recipe learns at all, and what the whole of it would take."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from gen.data.examples import Examples
from gen.data.sample import Sample
from gen.model.vae import VAE
from gen.recipes.sections import Recipe
from gen.training.checkpoint import save_checkpoint
from gen.training.held_out import held_out_loss
from gen.training.loader import Loader
from gen.training.measuring import Cost, measure_steps
from gen.training.optimiser import Optimiser
from gen.training.room import size_of
from gen.training.state import checkpoint_of
from gen.training.step import Passes
from gen.training.team import ALONE

_ONE_BATCH = 16  # examples to learn by heart
_SIGNIFICANT = 0.001  # share by which their loss has to fall
_MOST_SECONDS = 60.0


@dataclass(frozen=True)
class Rehearsal:
    """What came of it.

    Attributes:
        examples: of the one batch.
        steps: that it was trained for.
        before, after: its reconstruction loss, teacher-forced and without dropout, in nats an example.
        cost: of a step.
        evaluation: seconds of one evaluation; None where the number of held-out examples isn't known.
        checkpoint_bytes, checkpoint_seconds: of one checkpoint.
        total_seconds: of the whole training; without evaluations where they aren't known.
        disk: bytes of all checkpoints that stay, and of the one being written.
        epochs: how often the training sees every example; None where their number isn't known.
    """

    examples: int
    steps: int
    before: float
    after: float
    cost: Cost
    evaluation: float | None
    checkpoint_bytes: int
    checkpoint_seconds: float
    total_seconds: float
    disk: int
    epochs: float | None

    @property
    def learns(self) -> bool:
        """Whether the loss of the one batch fell."""
        return self.after < self.before * (1 - _SIGNIFICANT)


def rehearse(make: Callable[[], VAE], recipe: Recipe, sample: Sample, *, steps: int = 40) -> Rehearsal:
    """Learn one batch by heart, then measure steps, an evaluation and a checkpoint.

    Args:
        make: gives a new model, on the device to train on, with frozen parts frozen.
        recipe: of the whole training.
        sample: examples of the data.
        steps: at most so many, within a minute.

    Raises:
        DataError: the sample has no training example.
    """
    training = recipe.training
    examples = sample.prepared.require("train")
    before, after, done = _by_heart(make(), recipe, examples, steps)
    model = make()
    cost = measure_steps(model, recipe, examples)
    optimiser = Optimiser(model.parameters(), training)
    checkpoint = checkpoint_of(model, optimiser, 0, "", None)
    size = size_of([*checkpoint.model.values(), *checkpoint.state.values()])
    with TemporaryDirectory(prefix="gen-dry-run-") as folder:
        begin = time.perf_counter()
        if shutil.disk_usage(folder).free > size:
            save_checkpoint(Path(folder), checkpoint, keep=1)
        saving = time.perf_counter() - begin
    evaluation = _evaluation_seconds(model, recipe, sample)
    evaluations = training.steps // training.eval_every + bool(training.steps % training.eval_every)
    saves = training.steps // training.checkpoint_every + bool(training.steps % training.checkpoint_every)
    milestones = 0 if training.keep_every is None else training.steps // training.keep_every
    kept = min(saves, training.keep_checkpoints + training.keep_best + milestones)
    found = sample.estimate("train")
    return Rehearsal(
        examples=min(_ONE_BATCH, training.batch_size),
        steps=done,
        before=before,
        after=after,
        cost=cost,
        evaluation=evaluation,
        checkpoint_bytes=size,
        checkpoint_seconds=saving,
        total_seconds=training.steps * cost.seconds + evaluations * (evaluation or 0.0) + saves * saving,
        disk=(kept + 1) * size,
        epochs=training.steps / max(1, found // training.batch_size) if found else None,
    )


def _by_heart(model: VAE, recipe: Recipe, examples: Examples, steps: int) -> tuple[float, float, int]:
    """Reconstruction loss of one small batch before and after steps on it alone, and how many there were."""
    size = min(_ONE_BATCH, recipe.training.batch_size)
    seed = recipe.training.seed
    training = replace(recipe.training, batch_size=size, accumulate=1)
    recipe = replace(recipe, training=training)
    first = examples.take(Loader(examples, size, seed=seed, device=torch.device("cpu"), resident=False).rows(0))
    passes = Passes(model.train(), recipe, Loader(first, size, seed=seed, device=model.device), ALONE)
    optimiser = Optimiser(model.parameters(), training)

    def loss() -> float:
        return held_out_loss(model, first, step=0, batch_size=size, seed=seed)["reconstruction"]

    before = loss()
    deadline = time.monotonic() + _MOST_SECONDS
    done = 0
    while done < steps and time.monotonic() < deadline:
        passes.run(done, tally=None)
        optimiser.step(done)
        done += 1
    return before, loss(), done


def _evaluation_seconds(model: VAE, recipe: Recipe, sample: Sample) -> float | None:
    """Of one evaluation, by the time that a part of one batch takes; 0 where nothing is held out."""
    if "validation" not in sample.prepared.splits:
        return 0.0 if sample.total == sample.files else None
    total = sample.estimate("validation")
    training = recipe.training
    if training.eval_batches is not None:
        most = training.eval_batches * training.batch_size
        total = most if total is None else min(total, most)
    if total is None:
        return None
    few = sample.prepared.splits["validation"].take(slice(0, _ONE_BATCH))
    begin = time.perf_counter()
    held_out_loss(model, few, step=0, batch_size=_ONE_BATCH, seed=training.seed)
    return (time.perf_counter() - begin) * total / len(few)
