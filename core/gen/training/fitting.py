"""What is fitted to training clips before a model is saved: its prior, and what its decoder asks for."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from gen.data.examples import Examples
from gen.interfaces.decoder import FitsToExamples
from gen.model.vae import VAE
from gen.nn import without_dropout
from gen.training.batch import Batch, to_device
from gen.training.step import draw_from

_MOST = 8192  # clips to fit to: with more it is hardly another
_AT_ONCE = 256
_NUMBER = 2**32 - 1  # of the draws; no batch has as many slices


@torch.no_grad()
def fit_to(model: VAE, examples: Examples, *, seed: int, step: int) -> None:
    """Fit the prior to draws from the posteriors of training clips, and the decoder to what it says from their means.

    Each where the recipe asks for it. What is drawn follows from the seed and the step alone, as everything in a
    training does.
    """
    with without_dropout(model):
        _fit_prior(model, examples, seed=seed, step=step)
        _fit_decoder(model, examples)


def _fit_prior(model: VAE, examples: Examples, *, seed: int, step: int) -> None:
    if model.fitted is None:
        return
    generator = torch.Generator(model.device)
    draw_from(generator, seed, step, _NUMBER)
    draws, told = [], []
    for batch in _batches(model, examples):
        draws.append(model.read(batch.inputs, batch.lengths, batch.controls).sample(generator=generator))
        if model.labels is not None and batch.controls is not None:
            told.append(batch.controls[:, 0, model.labels.own :])
    model.fitted.fit(torch.cat(draws), generator=generator, labels=torch.cat(told) if told else None)


def _fit_decoder(model: VAE, examples: Examples) -> None:
    decoder = model.decoder
    if not isinstance(decoder, FitsToExamples) or not decoder.to_be_fitted:
        return

    def batches() -> Iterator[tuple[Tensor, Tensor, Tensor, Tensor | None]]:
        for batch in _batches(model, examples):
            mean = model.read(batch.inputs, batch.lengths, batch.controls).mean
            z, controls = model.given(mean, batch.controls)
            yield batch.outputs, batch.lengths, z, controls

    decoder.fit_to(batches)


def _batches(model: VAE, examples: Examples) -> Iterator[Batch]:
    for part in examples.evenly(_MOST).batches(_AT_ONCE):
        yield to_device(part, model.device)
