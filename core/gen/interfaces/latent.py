"""What a latent space promises: an encoder's vector to a posterior, and what z is drawn from to make something new.

Letters in shape comments: B batch, E width of an encoding, Z latent size, K parts of z.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import ClassVar, TypeVar

import torch
from torch import Tensor, nn

P = TypeVar("P", bound="LatentPosterior")


@dataclass(frozen=True, eq=False)
class LatentPosterior(ABC):
    """q(z|x) of a batch, a frozen dataclass; every field that is a tensor has an example a row.

    Attributes:
        mean: float ``[B, Z]``, the one z that stands for all of it: where z isn't to be left to luck.
    """

    mean: Tensor

    @abstractmethod
    def sample(self, *, generator: torch.Generator | None = None) -> Tensor:
        """One draw ``[B, Z]`` through which gradients flow; every draw is the generator's."""

    @abstractmethod
    def kl(self) -> Tensor:
        """KL divergence to the prior in nats, ``[B, K]``: a number a dimension, or a part, or one for all.

        An estimate, or a bound from above, will do; what is then called KL is that.
        """

    def extra(self) -> Tensor | None:
        """What training pays besides, ``[B]``, such as a commitment to a code; None for nothing."""
        return None

    def mapped(self: P, change: Callable[[Tensor], Tensor]) -> P:
        """The same with every tensor changed, such as brought to the CPU."""
        found = {name: change(value) for name, value in self.tensors().items()}
        return replace(self, **found)

    def joined(self: P, others: Sequence[P]) -> P:
        """These rows, and then those of others."""
        return replace(
            self,
            **{
                name: torch.cat([value, *(getattr(other, name) for other in others)])
                for name, value in self.tensors().items()
            },
        )

    def tensors(self) -> dict[str, Tensor]:
        """Its fields that are tensors."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if isinstance(value, Tensor)}


class Latent(nn.Module, ABC):
    """Makes posteriors of encodings, and has a prior.

    Its constructor takes the options of a recipe's ``latent`` node that aren't options of every latent space (``size``,
    ``free_bits`` and so on). Keywords that gen gives, where the constructor has them: ``input_size``, E, and
    ``latent_size``, Z. Its weights are trained and saved with the model's.

    The hook ``register_latents`` names it. A ``ValueError`` of the constructor that begins with the
    name of an option is told at that option's place in the recipe.
    """

    whole_batch: ClassVar[bool] = False
    """Whether in training the examples of a batch make a difference to each other (batch normalisation): one cut into
    slices would be another model, so a recipe with ``training.accumulate`` above 1 is refused."""

    @abstractmethod
    def forward(self, encoding: Tensor, *, generator: torch.Generator | None = None) -> LatentPosterior:
        """The posteriors of a batch of encodings, float32 ``[B, E]``."""

    @abstractmethod
    def prior(self, n: int, *, generator: torch.Generator | None = None) -> Tensor:
        """``n`` draws of what decoders make something new from, ``[n, Z]``, where its weights are.

        Drawn on the generator's own device, so that a seed gives the same z wherever a model runs.
        """
