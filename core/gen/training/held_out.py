"""The loss on held-out examples, as training watches it: teacher-forced, and quick."""

from __future__ import annotations

import torch
from torch import Tensor

from gen.data.examples import Examples
from gen.interfaces.decoder import pooled
from gen.model.vae import VAE, Reconstruction, without_dropout
from gen.training.batch import to_device

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
            batch = to_device(chunk, model.device)
            result: Reconstruction = model(
                batch.inputs, batch.outputs, batch.lengths, batch.controls, generator=generator
            )
            sums.add(model, result, step)
    return sums.figures()


class _Sums:
    """Sums over batches, kept in float64 so that many small batches don't lose digits."""

    def __init__(self) -> None:
        self.examples = 0
        self.losses: dict[str, float] = {}
        self.sums: dict[str, Tensor] = {}
        self.counts: dict[str, Tensor] = {}

    def add(self, model: VAE, result: Reconstruction, step: int) -> None:
        examples = len(result.z)
        for name, value in model.loss(result, step).figures().items():
            self.losses[name] = self.losses.get(name, 0.0) + value * examples
        self.examples += examples
        for name, total in result.decoded.sums.items():
            count = result.decoded.counts[name]
            self.sums[name] = self.sums.get(name, 0.0) + total.cpu().double().sum(0, keepdim=True)
            self.counts[name] = self.counts.get(name, 0.0) + count.cpu().double().sum(0, keepdim=True)

    def figures(self) -> Figures:
        means = {name: total / self.examples for name, total in self.losses.items()}
        return means | {name: pooled(total, self.counts[name]).item() for name, total in self.sums.items()}
