"""What an optimiser promises: the parameters of a model changed by their gradients."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import nn


class Optimiser(ABC):
    """Makes one of torch's optimisers, or one of its own make, for a training.

    Its constructor takes the options of a recipe's ``training.optimiser`` node. Clipping, skipping of unusable
    gradients and the learning rate are gen's; what torch keeps of each parameter is saved and taken up by gen, so a
    training resumes exactly, as long as that is tensors and numbers.

    The hook ``register_optimisers`` names it. A ``ValueError`` of the constructor that begins with the
    name of an option is told at that option's place in the recipe.
    """

    remembers: ClassVar[tuple[str, ...]] = ()
    """Numbers in torch's parameter groups that change while training, and so are saved, too: ``("weight_sum",)``."""

    @abstractmethod
    def make(self, parameters: Sequence[nn.Parameter], learning_rate: float) -> torch.optim.Optimizer:
        """A new optimiser of these parameters.

        Args:
            parameters: those that are trained, at least one.
            learning_rate: that of the recipe. Before each update every group's ``lr`` is set to that step's; a group
                that was made with a multiple of ``learning_rate`` keeps that multiple.
        """

    def before(self, made: torch.optim.Optimizer, update: int) -> None:  # noqa: B027 - optional
        """Called before each update, counted from 1, once gradients and rates are there; nothing, unless told."""
