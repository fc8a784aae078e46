"""Fitting a model's prior to its training clips, before it is saved."""

from __future__ import annotations

import torch

from gen.data.examples import Examples
from gen.model.vae import VAE, without_dropout
from gen.training.batch import to_device
from gen.training.step import draw_from

_MOST = 8192  # clips to fit to: with more the prior is hardly another
_AT_ONCE = 256
_NUMBER = 2**32 - 1  # of the draws; no batch has as many slices


@torch.no_grad()
def fit_prior(model: VAE, examples: Examples, *, seed: int, step: int) -> None:
    """Fit the prior, where the recipe asks for one, to draws from the posteriors of training clips.

    What is drawn follows from the seed and the step alone, as everything in a training does.
    """
    if model.fitted is None:
        return
    generator = torch.Generator(model.device)
    draw_from(generator, seed, step, _NUMBER)
    draws, told = [], []
    with without_dropout(model):
        for part in examples.evenly(_MOST).batches(_AT_ONCE):
            batch = to_device(part, model.device)
            draws.append(model.read(batch.inputs, batch.lengths, batch.controls).sample(generator=generator))
            if model.labels is not None and batch.controls is not None:
                told.append(batch.controls[:, 0, model.labels.own :])
    model.fitted.fit(torch.cat(draws), generator=generator, labels=torch.cat(told) if told else None)
