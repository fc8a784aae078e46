"""An encoder under test, and a batch for it to read.

Letters in shape comments: B batch, T steps, I input size.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F

from gen.interfaces.encoder import Encoder
from gen.testing.making import Maker
from gen.testing.weights import enliven, generator_on, seeded


class EncoderSubject:
    """Makes the encoder, and calls it with the same global random state every time."""

    DEFAULTS: ClassVar[Mapping[str, Any]] = {"input_size": 9, "steps": 6}
    """Sizes where nobody says."""

    def __init__(self, maker: Maker) -> None:
        self.maker = maker
        self.input_size: int = maker.given["input_size"]
        self.steps: int = maker.given["steps"] or 6

    def make(self, seed: int = 0) -> Encoder:
        """A new encoder with weights drawn from a seed, in evaluation mode."""
        with seeded(seed):
            encoder: Encoder = self.maker.make()
        return encoder.eval()

    @cached_property
    def encoder(self) -> Encoder:
        """One encoder, in evaluation mode, none of whose weights is zero."""
        encoder = self.make()
        enliven(encoder, 1.0, seed=1)
        return encoder

    def inputs(self, examples: int, *, seed: int = 0) -> Tensor:
        """One-hot steps at random, ``[B, T, I]``."""
        generator = torch.Generator().manual_seed(seed)
        choice = torch.randint(self.input_size, (examples, self.steps), generator=generator)
        return F.one_hot(choice, self.input_size).float()

    @property
    def lengths(self) -> Tensor:
        """Lengths of three examples: all steps, some, and one."""
        return torch.tensor([self.steps, max(1, (2 * self.steps) // 3), 1])

    def encode(self, encoder: Encoder, inputs: Tensor, lengths: Tensor, *, seed: int = 0) -> Tensor:
        """The encodings of a batch."""
        with seeded(0):
            encoded: Tensor = encoder(inputs, lengths, generator=generator_on(inputs.device, seed))
        return encoded
