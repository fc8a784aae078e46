"""A training before the training: whether a recipe learns at all, and what its steps and the whole of it take."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from gen.data.examples import Examples
from gen.data.prepare import Sample
from gen.model.vae import VAE
from gen.recipes.sections import Recipe
from gen.system import regular
from gen.training.checkpoint import save_checkpoint
from gen.training.figures import held_out_loss
from gen.training.load import checkpoint_of
from gen.training.loader import Loader, free_memory
from gen.training.optimiser import Optimiser, Update
from gen.training.step import Passes
from gen.training.team import ALONE

_ONE_BATCH = 16  # examples to learn by heart
_SIGNIFICANT = 0.001  # share by which their loss has to fall
_MOST_SECONDS = 60.0
_DARED = 0.8  # share of the free memory that a full batch may be predicted to take


@dataclass(frozen=True)
class Cost:
    """Of training steps: seconds of one, bytes that the process, or on a GPU its tensors, take at their most, and bytes
    that were free on the device before; for a process of its own size they come on top of it. Extrapolated from
    smaller batches where no whole ones were ``measured``.
    """

    seconds: float
    memory: int
    free: int
    measured: bool


def measure_steps(model: VAE, recipe: Recipe, examples: Examples) -> Cost:
    """Time training steps and watch memory, from small slices of a batch up to whole ones if they will fit.

    The model, on its device, is trained by a few steps; examples are repeated where they are fewer than a batch.
    """
    training = recipe.training
    slice_size = -(-training.batch_size // training.accumulate)
    free = free_memory(model.device)
    begin = peak_memory(model.device)
    sizes = sorted({max(1, slice_size // 8), max(2, slice_size // 4)} - {slice_size})
    tried = [(size, *_try(model, recipe, examples, size, 1)) for size in sizes if size < slice_size]
    if len(tried) == 2:
        (few, few_seconds, few_bytes), (more, more_seconds, more_bytes) = tried
        memory = more_bytes + (more_bytes - few_bytes) * (slice_size - more) // (more - few)
        seconds = more_seconds + max(0.0, more_seconds - few_seconds) * (slice_size - more) / (more - few)
        if memory - begin > _DARED * free:
            return Cost(seconds * training.accumulate, memory, free, measured=False)
    seconds, memory = _try(model, recipe, examples, training.batch_size, training.accumulate)
    return Cost(seconds, memory, free, measured=True)


def _try(model: VAE, recipe: Recipe, examples: Examples, batch_size: int, slices: int) -> tuple[float, int]:
    """Seconds of the quicker of two steps after a first, and the most memory so far."""
    training = recipe.training
    loader = Loader(examples, batch_size, seed=training.seed, device=model.device, augment=recipe.data.augment)
    take = _stepper(model, recipe, loader, batch_size, slices)
    times = []
    for step in range(3):
        begin = time.perf_counter()
        take(step)  # waits for a GPU, since the optimiser looks at the norm
        times.append(time.perf_counter() - begin)
    return min(times[1:]), peak_memory(model.device)


def _stepper(model: VAE, recipe: Recipe, loader: Loader, batch_size: int, slices: int) -> Callable[[int], Update]:
    """Whole training steps of a batch of another size."""
    training = replace(recipe.training, batch_size=batch_size, accumulate=slices)
    passes = Passes(model.train(), replace(recipe, training=training), loader, ALONE)
    optimiser = Optimiser(model.parameters(), training)

    def take(step: int) -> Update:
        passes.run(step, tally=None)
        return optimiser.step(step)

    return take


def peak_memory(device: torch.device) -> int:
    """Bytes that this process has taken at its most; on a GPU, those of its tensors there."""
    if device.type == "cuda":
        return torch.cuda.max_memory_reserved(device)
    status = Path("/proc/self/status")  # getrusage would count the process that started this one
    if status.exists():
        line = next(line for line in regular.read_text(status).splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


@dataclass(frozen=True)
class Rehearsal:
    """What came of it."""

    examples: int  # of the one batch
    steps: int  # that it was trained for
    before: float  # its reconstruction loss, teacher-forced and without dropout, in nats an example
    after: float
    cost: Cost  # of a step
    evaluation: float | None  # seconds of one; None where the number of held-out examples isn't known
    checkpoint_bytes: int  # of one checkpoint
    checkpoint_seconds: float
    total_seconds: float  # of the whole training; without evaluations where they aren't known
    disk: int  # bytes of all checkpoints that stay, and of the one being written
    epochs: float | None  # that the training takes; None where the number of examples isn't known

    @property
    def learns(self) -> bool:
        """Whether the loss of the one batch fell."""
        return self.after < self.before * (1 - _SIGNIFICANT)


def rehearse(make: Callable[[], VAE], recipe: Recipe, sample: Sample, *, steps: int = 40) -> Rehearsal:
    """Learn one batch by heart in at most ``steps`` within a minute, then measure steps, an evaluation, a checkpoint.

    ``make`` gives a new model, on the device to train on, with frozen parts frozen.
    """
    training = recipe.training
    examples = sample.prepared.require("train")
    before, after, done = _by_heart(make(), recipe, examples, steps)
    model = make()
    cost = measure_steps(model, recipe, examples)
    optimiser = Optimiser(model.parameters(), training)
    checkpoint = checkpoint_of(model, optimiser, 0, "", None)
    with TemporaryDirectory(prefix="gen-dry-run-") as folder:
        begin = time.perf_counter()
        if regular.free_space(Path(folder)) > checkpoint.size:
            save_checkpoint(Path(folder), checkpoint, keep=1)
        saving = time.perf_counter() - begin
    evaluation = _evaluation_seconds(model, recipe, sample)
    evaluations = -(-training.steps // training.eval_every)
    saves = -(-training.steps // training.checkpoint_every)
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
        checkpoint_bytes=checkpoint.size,
        checkpoint_seconds=saving,
        total_seconds=training.steps * cost.seconds + evaluations * (evaluation or 0.0) + saves * saving,
        disk=(kept + 1) * checkpoint.size,
        epochs=training.steps / max(1, found // training.batch_size) if found else None,
    )


def _by_heart(model: VAE, recipe: Recipe, examples: Examples, steps: int) -> tuple[float, float, int]:
    """Reconstruction loss of one small batch before and after steps on it alone, and how many there were."""
    size = min(_ONE_BATCH, recipe.training.batch_size)
    seed = recipe.training.seed
    first = examples.take(Loader(examples, size, seed=seed, device=torch.device("cpu"), resident=False).rows(0))
    take = _stepper(model, recipe, Loader(first, size, seed=seed, device=model.device), size, 1)

    def loss() -> float:
        return held_out_loss(model, first, step=0, batch_size=size, seed=seed)["reconstruction"]

    before = loss()
    deadline = time.monotonic() + _MOST_SECONDS
    done = 0
    while done < steps and time.monotonic() < deadline:
        take(done)
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
