"""A whole model under test, and a batch for it.

Letters in shape comments: B batch, T steps, I input depth, D output depth, C control depth, Z latent size.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional as F

from gen.model.build import build_converter, build_model
from gen.model.vae import VAE, Posterior, Reconstruction
from gen.recipes.sections import Recipe
from gen.recipes.trial import trial
from gen.testing.weights import enliven, seeded

Slerp = Callable[[Tensor, Tensor, float], Tensor]

_EXAMPLES = 4
_DRAWS = 4000


@dataclass(frozen=True, eq=False)
class ModelBatch:
    """What a model is trained on: inputs ``[B, T, I]``, outputs ``[B, T, D]``, lengths, controls ``[B, T, C]``."""

    inputs: Tensor
    outputs: Tensor
    lengths: Tensor
    controls: Tensor | None

    def first(self, steps: int) -> ModelBatch:
        """The first steps of each example."""
        controls = None if self.controls is None else self.controls[:, :steps]
        return ModelBatch(self.inputs[:, :steps], self.outputs[:, :steps], self.lengths.clamp(max=steps), controls)


class ModelSubject:
    """A model in evaluation mode, none of whose weights is zero; calls have the same global random state every time.

    Args:
        model: as it was handed in; it isn't changed.
        batch: for it.
        slerp: how to go from one z to another.
        recipe: what it was made of, where that is known.
    """

    def __init__(self, model: VAE, batch: ModelBatch, slerp: Slerp, recipe: Recipe | None = None) -> None:
        self.original = model
        self.batch = batch
        self.slerp = slerp
        self.recipe = recipe

    @classmethod
    def of_recipe(cls, recipe: Recipe, slerp: Slerp) -> ModelSubject:
        """A recipe's model with a few units a layer, and steps that it says itself."""
        small = trial(recipe)
        converter = build_converter(small)
        model = build_model(small, converter)
        steps = converter.steps or 6
        generator = torch.Generator().manual_seed(0)
        choice = torch.randint(converter.input_depth, (_EXAMPLES, steps), generator=generator)
        controls = torch.randn(_EXAMPLES, steps, converter.control_depth, generator=generator)
        given = controls if converter.control_depth else None
        outputs = model.decode(
            model.prior(_EXAMPLES, generator=generator), steps=steps, controls=given, generator=generator
        )
        lengths = torch.full((_EXAMPLES,), steps)
        inputs = F.one_hot(choice, converter.input_depth).float()
        return cls(model, ModelBatch(inputs, outputs, lengths, given), slerp, small)

    def copy(self) -> VAE:
        """A copy that may be changed, in evaluation mode."""
        return deepcopy(self.original).eval()

    def another(self) -> VAE:
        """A model of the same make with other weights, in evaluation mode."""
        if self.recipe is not None:
            training = replace(self.recipe.training, seed=self.recipe.training.seed + 1)
            return build_model(replace(self.recipe, training=training)).eval()
        model = self.copy()
        with torch.no_grad():
            for value in model.state_dict().values():
                value.zero_()
        return model

    @cached_property
    def model(self) -> VAE:
        """The model with noise added to every weight."""
        model = self.copy()
        enliven(model, 1.0, seed=1)
        return model

    def encode(self, model: VAE, batch: ModelBatch | None = None, *, seed: int = 0) -> Posterior:
        """The posterior of a batch."""
        batch = self.batch if batch is None else batch
        with seeded(0):
            return model.encode(
                batch.inputs, batch.lengths, batch.controls, generator=torch.Generator().manual_seed(seed)
            )

    def forward(self, model: VAE, batch: ModelBatch | None = None, *, z: Tensor | None = None) -> Reconstruction:
        """There and back."""
        batch = self.batch if batch is None else batch
        with seeded(0):
            result: Reconstruction = model(
                batch.inputs,
                batch.outputs,
                batch.lengths,
                batch.controls,
                z=z,
                generator=torch.Generator().manual_seed(0),
            )
        return result

    @cached_property
    def posterior(self) -> Posterior:
        """The posteriors of the batch, moved so far from the prior that it costs something."""
        with torch.no_grad():
            posterior = self.encode(self.model)
            return replace(posterior, mean=posterior.mean + posterior.mean.sign())

    @cached_property
    def draws(self) -> Tensor:
        """Many draws from `posterior`, ``[N, B, Z]``."""
        generator = torch.Generator().manual_seed(0)
        with torch.no_grad(), seeded(0):
            return torch.stack([self.posterior.sample(generator=generator) for _ in range(_DRAWS)])

    def farther(self, result: Reconstruction, shift: float) -> Reconstruction:
        """The same reconstruction with posteriors that lie farther from the prior: a greater KL."""
        posterior = result.posterior
        return replace(result, posterior=replace(posterior, mean=posterior.mean + shift * posterior.mean.sign()))
