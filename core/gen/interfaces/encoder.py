"""What an encoder promises: a sequence to one vector."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn


class Encoder(nn.Module, ABC):
    """Reads a batch of sequences into one vector each; the posterior is made from that vector.

    Its constructor takes the options of a recipe's ``encoder`` node. Keywords that gen gives, where the
    constructor has them: ``input_size`` (depth of inputs and controls together), ``steps``, and ``layout``, what the
    converter's columns mean (`gen.Layout`).
    """

    @property
    @abstractmethod
    def output_size(self) -> int:
        """Width of the vector."""

    @abstractmethod
    def forward(self, inputs: Tensor, lengths: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
        """Encode to float ``[B, output_size]``.

        Args:
            inputs: float ``[B, T, input_size]``; steps past an example's length are padding and must not matter.
            lengths: int64 ``[B]``, from 0 to T; ``[B, segments]`` for converters with segment lengths.
            generator: source of every random draw (dropout, in training).
        """


@runtime_checkable
class StartsPosterior(Protocol):
    """An encoder that knows with which weights the posterior is best made from its vector, to begin with; optional."""

    def start_posterior(self, mean: nn.Linear, stddev: nn.Linear) -> None:
        """Set initial weights in place.

        Args:
            mean: from the encoder's vector to the posterior's mean; as it comes, weights near 0 and biases of 0.
            stddev: the same to what softplus makes the standard deviation of.
        """


@runtime_checkable
class StartsFromExamples(Protocol):
    """An encoder that looks at the training examples before the first step; optional."""

    @property
    def started(self) -> bool:
        """Whether it has; weights that were loaded from a run have."""

    def start_from(
        self, batches: Callable[[], Iterator[tuple[Tensor, Tensor]]], mean: nn.Linear, stddev: nn.Linear, bits: float
    ) -> None:
        """Set initial weights in place, those of the posterior too.

        Args:
            batches: gives the training examples anew each time: inputs and controls together, float
                ``[B, T, input_size]``, and lengths ``[B]`` or ``[B, segments]``.
            mean, stddev: as for `StartsPosterior`.
            bits: what z may tell of an example, on average.
        """


class LevelEncoder(Encoder, ABC):
    """An encoder of pieces, then of their encodings, up to one vector; each level can be had by itself.

    This is what a decoder asks for that encodes anew what it said. An encoder needs none of this; `Encoder` is enough.
    """

    @property
    @abstractmethod
    def input_size(self) -> int:
        """Depth of what the bottom level reads."""

    @property
    @abstractmethod
    def level_lengths(self) -> tuple[int, ...]:
        """Steps of a piece of each level, bottom level first."""

    @property
    @abstractmethod
    def level_sizes(self) -> tuple[int, ...]:
        """Width of an encoding of each level; each but the last is read by the level above."""

    @abstractmethod
    def encode_level(
        self, level: int, pieces: Tensor, lengths: Tensor, *, generator: torch.Generator | None = None
    ) -> Tensor:
        """Encode pieces of one level to float ``[N, E]``, E as in ``level_sizes``.

        Args:
            level: 0 is the bottom.
            pieces: float ``[N, n, I]``: n as in ``level_lengths``; I the depth of the data, or of the level below.
            lengths: int64 ``[N]``, valid steps from 0 to n.
            generator: source of every random draw.
        """
