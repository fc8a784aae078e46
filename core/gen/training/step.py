"""One training step, but for the update: a batch forwards and backwards, slice by slice."""

from __future__ import annotations

import torch

from gen.errors import UsageError
from gen.model import schedules
from gen.model.vae import VAE
from gen.recipes.sections import Recipe
from gen.training.figures import Tally
from gen.training.loader import Loader
from gen.training.slices import cut, draw_from, share
from gen.training.team import Team


class Passes:
    """Computes the gradients of the loss of a whole batch, of which this process does its share.

    Args:
        model: in training mode, on its device.
        recipe: says the number of slices, schedules, precision and seed.
        loader: gives the batches.
        team: who else computes.

    Raises:
        UsageError: there are more processes than slices.
    """

    def __init__(self, model: VAE, recipe: Recipe, loader: Loader, team: Team) -> None:
        training = recipe.training
        if training.accumulate < team.size:
            raise UsageError(
                f"training.accumulate is {training.accumulate}, and {team.size} processes need as many slices of a "
                "batch: use fewer processes (a run keeps the slices it began with), or give a new run more"
            )
        self._model, self._training, self._loader, self._team = model, training, loader, team
        self._called = team.model(model)
        self._slices = cut(training.batch_size, training.accumulate)
        self._mine = share(training.accumulate, rank=team.rank, size=team.size)
        self._generator = torch.Generator(model.device)

    def run(self, step: int, *, tally: Tally | None) -> float:
        """Leave the gradients of a step, counted from 0, in the parameters.

        Args:
            step: which.
            tally: counts this process's slices; None where nobody wants figures.

        Returns:
            The probability with which steps of the decoder heard themselves.
        """
        training, model = self._training, self._model
        feedback = schedules.feedback(training.sampling, step)
        for number in self._mine:
            part = self._slices[number]
            batch = self._loader.batch(step, part)
            draw_from(self._generator, training.seed, step, number)
            with self._team.reducing(self._called, number == self._mine[-1]):
                with torch.autocast(model.device.type, torch.bfloat16, enabled=training.precision == "bf16"):
                    result = self._called(
                        batch.inputs,
                        batch.outputs,
                        batch.lengths,
                        batch.controls,
                        feedback=feedback,
                        generator=self._generator,
                    )
                loss = model.loss(result, step)
                # weighted by its share of examples, so that the sum over slices is the mean over the batch
                torch.autograd.backward(loss.total * ((part.stop - part.start) / training.batch_size))
            if tally is not None:
                tally.add(loss, result)
        return feedback
