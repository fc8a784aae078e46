"""What an objective promises: what is minimised, made of what a model did with a batch.

Letters in shape comments: B batch, Z latent size.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import torch
from torch import Tensor, nn

from gen.interfaces.decoder import DecoderOutput
from gen.interfaces.latent import LatentPosterior


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """A batch through the model and back: its posterior, the z drawn from it, what the decoder made of z."""

    posterior: LatentPosterior
    z: Tensor
    decoded: DecoderOutput


@dataclass(frozen=True, eq=False)
class Loss:
    """The training loss and its parts, scalars in nats (``kl_bits`` in bits), each a mean over the batch.

    Attributes:
        total: what is minimised: ``reconstruction + beta * kl_cost``, what a latent space asks besides, and what an
            objective makes of it.
        reconstruction: summed over steps.
        kl_cost: KL in excess of the free bits.
        kl_bits: the whole KL.
        beta: weight of ``kl_cost`` at this step.
        parts: further figures of an objective, by the names that metrics will have.
    """

    total: Tensor
    reconstruction: Tensor
    kl_cost: Tensor
    kl_bits: Tensor
    beta: float
    parts: Mapping[str, Tensor] = field(default_factory=dict)

    def figures(self) -> dict[str, float]:
        """The numbers, by the names that metrics have."""
        parts = {name: getattr(self, name).item() for name in ("reconstruction", "kl_cost", "kl_bits")}
        further = {name: value.item() for name, value in self.parts.items()}
        return {"loss": self.total.item(), **parts, "beta": self.beta, **further}


class Objective(nn.Module, ABC):
    """Decides what is minimised.

    Its constructor takes the options of a recipe's ``training.objective`` node; gen gives it ``latent_size``, Z, where
    it has that keyword. Weights of its own are trained by the same optimiser, and saved with the model's.

    The hook ``register_objectives`` names it. A ``ValueError`` of the constructor that begins with the
    name of an option is told at that option's place in the recipe.
    """

    whole_batch: ClassVar[bool] = False
    """Whether it is about the examples of a batch together, so that one cut into slices would be another objective:
    then a recipe with ``training.accumulate`` above 1 is refused."""

    @abstractmethod
    def forward(
        self,
        elbo: Loss,
        result: Reconstruction,
        *,
        step: int,
        prior: Callable[[int], Tensor],
        generator: torch.Generator | None = None,
    ) -> Loss:
        """The loss at a training step, usually the given one with another ``total``, ``beta`` or ``parts``.

        Args:
            elbo: the evidence lower bound, at the price that the recipe's ``latent`` section puts on the KL.
            result: what the model did with the batch.
            step: counted from 0.
            prior: draws so many z, ``[n, Z]``, from the model's prior.
            generator: source of every other draw.
        """
