"""One training step, but for the update: a batch forwards and backwards, slice by slice.

The examples of a step, the slices they are cut into, and every draw in a slice are functions of the recipe and the
step alone. So memory is that of a slice; slices can be computed one after another or by several processes, with the
same result; and a resumed training draws what it would have drawn.
"""

from __future__ import annotations

import numpy as np
import torch

from gen.errors import UsageError
from gen.model import schedules
from gen.model.vae import VAE
from gen.recipes.sections import Recipe
from gen.training.figures import Tally
from gen.training.loader import Loader
from gen.training.team import Team

_DRAWS = 2  # a stream of its own: those of `gen.data.examples` have shorter keys


def cut(examples: int, slices: int) -> list[slice]:
    """Where each slice of a batch is; the first ones are longer by an example where it doesn't come out even."""
    least, longer = divmod(examples, slices)
    ends = np.cumsum([least + (number < longer) for number in range(slices)])
    return [slice(int(end) - least - (number < longer), int(end)) for number, end in enumerate(ends)]


def share(slices: int, *, rank: int, size: int) -> range:
    """The slices that one of ``size`` processes computes: neighbours, as evenly as they can be shared."""
    part = cut(slices, size)[rank]
    return range(part.start, part.stop)


def draw_from(generator: torch.Generator, seed: int, step: int, number: int) -> None:
    """Set a generator to the draws of one slice of one step."""
    words = np.random.SeedSequence([seed, step, number, _DRAWS]).generate_state(1, np.uint64)
    generator.manual_seed(int(words[0]))


class Passes:
    """Computes the gradients of the loss of a whole batch, of which this process does its share.

    The model is in training mode and on its device; the recipe says the number of slices, schedules, precision and
    seed.

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
        if team.size > 1 and model.objective is not None and model.objective.state_dict():
            raise UsageError(
                f"objective {type(model.objective).__name__} has weights or buffers of its own, and those are kept by "
                "one process alone: run it without torchrun"
            )
        self._model, self._training, self._loader, self._team = model, training, loader, team
        self._called = team.model(model)
        self._slices = cut(training.batch_size, training.accumulate)
        self._mine = share(training.accumulate, rank=team.rank, size=team.size)
        self._generator = torch.Generator(model.device)

    def run(self, step: int, *, tally: Tally | None) -> float:
        """Leave the gradients of a step, counted from 0, in the parameters, and count this process's slices in a tally.

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
                loss = model.loss(result, step, generator=self._generator)
                # weighted by its share of examples, so that the sum over slices is the mean over the batch
                torch.autograd.backward(loss.total * ((part.stop - part.start) / training.batch_size))
            if tally is not None:
                tally.add(loss, result)
        return feedback
