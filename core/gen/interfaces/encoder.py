"""What an encoder promises: a sequence to one vector."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn


class Encoder(nn.Module, ABC):
    """Reads a batch of sequences into one vector each; the posterior is made from that vector.

    Its constructor takes the options of a recipe's ``encoder`` node. Keywords that gen gives, where the
    constructor has them: ``input_size`` (depth of inputs and controls together) and ``steps``.
    """

    @property
    @abstractmethod
    def output_size(self) -> int:
        """Width of the vector."""

    @abstractmethod
    def forward(self, inputs: Tensor, lengths: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
        """Encode.

        Args:
            inputs: float ``[B, T, input_size]``; steps past an example's length are padding and must not matter.
            lengths: int64 ``[B]``, from 0 to T; ``[B, segments]`` for converters with segment lengths.
            generator: source of every random draw (dropout, in training).

        Returns:
            float ``[B, output_size]``.
        """
