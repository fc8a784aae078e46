"""What a training step takes: seconds and memory, predicted from small batches before a large one is dared."""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from gen.data.examples import Examples
from gen.model.vae import VAE
from gen.recipes.sections import Recipe
from gen.training.loader import Loader, free_memory
from gen.training.optimiser import Optimiser
from gen.training.step import Passes
from gen.training.team import ALONE

_DARED = 0.8  # share of the free memory that a full batch may be predicted to take


@dataclass(frozen=True)
class Cost:
    """Of training steps.

    Attributes:
        seconds: of one step.
        memory: bytes that the process, or on a GPU its tensors, take at their most.
        free: bytes that were free on the device before; for a process of its own size they come on top of it.
        measured: whether whole batches were tried; else both are extrapolated from smaller ones.
    """

    seconds: float
    memory: int
    free: int
    measured: bool


def measure_steps(model: VAE, recipe: Recipe, examples: Examples) -> Cost:
    """Time training steps and watch memory, from small slices of a batch up to whole ones if they will fit.

    Args:
        model: on its device; it is trained by a few steps.
        recipe: says batch, slices and precision.
        examples: repeated where they are fewer than a batch.
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
    training = replace(recipe.training, batch_size=batch_size, accumulate=slices)
    recipe = replace(recipe, training=training)
    loader = Loader(examples, batch_size, seed=training.seed, device=model.device, augment=recipe.data.augment)
    passes = Passes(model.train(), recipe, loader, ALONE)
    optimiser = Optimiser(model.parameters(), training)
    times = []
    for step in range(3):
        begin = time.perf_counter()
        passes.run(step, tally=None)
        optimiser.step(step)  # waits for a GPU, since it looks at the norm
        times.append(time.perf_counter() - begin)
    return min(times[1:]), peak_memory(model.device)


def peak_memory(device: torch.device) -> int:
    """Bytes that this process has taken at its most; on a GPU, those of its tensors there."""
    if device.type == "cuda":
        return torch.cuda.max_memory_reserved(device)
    status = Path("/proc/self/status")  # getrusage would count the process that started this one
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
