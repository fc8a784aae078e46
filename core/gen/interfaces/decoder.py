"""What a decoder promises: a latent vector to a sequence, and the loss of a given one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn


@dataclass(frozen=True, eq=False)
class DecoderOutput:
    """What a decoder says of targets it was given. B is the batch, T the steps, D the output depth.

    Attributes:
        loss: float ``[B]``, reconstruction loss in nats, **summed** over an example's valid steps.
        outputs: float ``[B, T, P]``, the raw outputs of each step (logits and the like).
        samples: float ``[B, T, D]``, what the model itself said at each step; None under pure teacher forcing.
        predictions: float ``[B, T, D]``, the likeliest step in the layout of the targets; None in training mode,
            where nobody looks at it.
        sums: metric name to a float ``[B]`` of sums; steps past an example's length add nothing.
        counts: the same names, float ``[B]``: how many things each sum is over.
    """

    loss: Tensor
    outputs: Tensor
    samples: Tensor | None = None
    predictions: Tensor | None = None
    sums: Mapping[str, Tensor] = field(default_factory=dict)
    counts: Mapping[str, Tensor] = field(default_factory=dict)


class Decoder(nn.Module, ABC):
    """Says a sequence from a latent vector, step after step.

    Its constructor takes the options of a recipe's ``decoder`` node. Keywords that gen gives, where the
    constructor has them: ``output_depth``, ``control_depth``, ``latent_size`` and ``steps``.
    """

    @abstractmethod
    def forward(
        self,
        targets: Tensor,
        lengths: Tensor,
        z: Tensor,
        controls: Tensor | None = None,
        *,
        feedback: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> DecoderOutput:
        """Loss of targets given z.

        Args:
            targets: float ``[B, T, output_depth]``. The first step hears zeros, step t hears step t-1.
            lengths: int64 ``[B]``, valid steps from 0 to T; ``[B, segments]`` for segment lengths.
            z: float ``[B, latent_size]``.
            controls: float ``[B, T, control_depth]``: the control of the step being said.
            feedback: probability, per step and example, that a step hears the model's own sample instead of
                the target: 0 is teacher forcing, 1 is free running.
            generator: source of every random draw.
        """

    @abstractmethod
    def sample(
        self,
        z: Tensor,
        steps: int,
        *,
        controls: Tensor | None = None,
        temperature: float = 1.0,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Say ``steps`` steps.

        Args:
            z: float ``[B, latent_size]``.
            steps: how many.
            controls: float ``[B, steps, control_depth]``.
            temperature: divides the logits before drawing; 0 takes the likeliest.
            generator: source of every random draw.

        Returns:
            float ``[B, steps, output_depth]``, in the layout of the targets.
        """
