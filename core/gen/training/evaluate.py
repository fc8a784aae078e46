"""Figures of a model on held-out examples, teacher-forced and free-running, always named apart."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from gen.data.examples import Examples
from gen.interfaces.converter import Converter
from gen.interfaces.decoder import pooled
from gen.training.batch import Batch, to_device
from gen.vae import VAE, Reconstruction, without_dropout

Figures = dict[str, float]


@torch.no_grad()
def held_out_loss(
    model: VAE, examples: Examples, *, step: int, batch_size: int, seed: int, max_batches: int | None = None
) -> Figures:
    """Teacher-forced loss, its parts, and the decoder's metrics, as means over examples (metrics: over their counts).

    Args:
        model: left in the mode it was in.
        examples: the first ``max_batches`` batches of them are used.
        step: training step, for the weight of the KL.
        batch_size: examples at a time.
        seed: of the one draw of z per example; the same seed makes evaluations comparable.
        max_batches: None for all.
    """
    generator = torch.Generator(model.device).manual_seed(seed)
    sums = _Sums()
    with without_dropout(model):
        for number, chunk in enumerate(examples.batches(batch_size)):
            if number == max_batches:
                break
            sums.add(model, _reconstruct(model, to_device(chunk, model.device), generator), step)
    return sums.figures()


@torch.no_grad()
def evaluate(
    model: VAE,
    converter: Converter,
    examples: Examples,
    *,
    step: int,
    batch_size: int = 64,
    seed: int = 0,
    progress: Callable[[int], None] | None = None,
) -> dict[str, Figures]:
    """Every figure of ``gen eval``, in three regimes.

    ``teacher_forced``: each step hears the truth; z drawn from the posterior. ``free_running``: each step hears the
    model's own draw at temperature 1; the same z. ``greedy``: sampled at temperature 0 from the posterior mean.
    The first two have losses; all three have the converter's comparison with the targets.

    Args:
        model: left in the mode it was in.
        converter: compares outputs with targets.
        examples: all are used.
        step: training step, for the weight of the KL.
        batch_size: examples at a time.
        seed: of every draw.
        progress: called with the number of examples done.
    """
    generator = torch.Generator(model.device).manual_seed(seed)
    regimes = {name: _Sums() for name in ("teacher_forced", "free_running", "greedy")}
    done = 0
    with without_dropout(model):
        for chunk in examples.batches(batch_size):
            batch = to_device(chunk, model.device)
            forced = _reconstruct(model, batch, generator)
            free = _reconstruct(model, batch, generator, z=forced.z, feedback=1.0)
            greedy = model.decode(
                forced.posterior.mean,
                steps=batch.outputs.shape[1],
                controls=batch.controls,
                temperature=0.0,
                generator=generator,
            )
            regimes["teacher_forced"].add(model, forced, step)
            regimes["free_running"].add(model, free, step)
            said = {
                "teacher_forced": forced.decoded.predictions,
                "free_running": free.decoded.samples,
                "greedy": greedy,
            }
            for name, outputs in said.items():
                if outputs is not None:
                    regimes[name].add_statistics(converter, chunk, outputs)
            done += len(chunk)
            if progress is not None:
                progress(done)
    return {name: sums.figures() | sums.comparison(converter) for name, sums in regimes.items()}


def _reconstruct(
    model: VAE, batch: Batch, generator: torch.Generator, *, z: Tensor | None = None, feedback: float = 0.0
) -> Reconstruction:
    result: Reconstruction = model(
        batch.inputs, batch.outputs, batch.lengths, batch.controls, z=z, feedback=feedback, generator=generator
    )
    return result


class _Sums:
    """Sums over batches, kept in float64 so that many small batches don't lose digits."""

    def __init__(self) -> None:
        self.examples = 0
        self.losses: dict[str, float] = {}
        self.sums: dict[str, Tensor] = {}
        self.counts: dict[str, Tensor] = {}
        self.statistics: dict[str, float] = {}

    def add(self, model: VAE, result: Reconstruction, step: int) -> None:
        examples = len(result.z)
        for name, value in model.loss(result, step).figures().items():
            self.losses[name] = self.losses.get(name, 0.0) + value * examples
        self.examples += examples
        for name, total in result.decoded.sums.items():
            count = result.decoded.counts[name]
            self.sums[name] = self.sums.get(name, 0.0) + total.double().sum(0, keepdim=True).cpu()
            self.counts[name] = self.counts.get(name, 0.0) + count.double().sum(0, keepdim=True).cpu()

    def add_statistics(self, converter: Converter, chunk: Examples, outputs: Tensor) -> None:
        said = outputs.float().cpu().numpy()
        for name, column in converter.statistics(chunk.outputs, said, chunk.lengths, chunk.qpm).items():
            self.statistics[name] = self.statistics.get(name, 0.0) + float(np.sum(column))

    def figures(self) -> Figures:
        means = {name: total / self.examples for name, total in self.losses.items()}
        return means | {name: pooled(total, self.counts[name]).item() for name, total in self.sums.items()}

    def comparison(self, converter: Converter) -> Figures:
        return converter.summarise(self.statistics) if self.statistics else {}
