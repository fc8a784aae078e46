"""A feed-forward encoder: all steps of a clip at once, and a straight way round the layers.

Letters in shape comments: B batch, T steps, I depth of a step, H units of the top layer, P width of the straight way.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gen import Encoder
from gen.nn import dropout, linear
from gen_encoders.whole import whole_clips


class FeedForwardEncoder(Encoder):
    """Reads a whole clip as one vector, through GELU layers and, beside them, straight through one linear map.

    The embedding is the top layer's units and then ``straight`` linear ones. So the posterior's mean can be a linear
    code of the clip from the first step on, which for short clips is much, and the layers learn what it lacks. Steps
    past an example's length are read as zeros.

    Args:
        sizes: units of each layer, bottom first.
        straight: units of the straight way, about as many as z has; 0 for none.
        dropout: probability of dropping a unit of any layer, in training.
        input_size: depth of inputs and controls together.
        steps: of every example.

    Raises:
        ValueError: no layer, or examples that vary in length.
    """

    def __init__(
        self,
        sizes: Sequence[int] = (1024,),
        *,
        straight: int = 128,
        dropout: float = 0.0,
        input_size: int,
        steps: int | None,
    ) -> None:
        super().__init__()
        if not sizes or min(sizes) < 1 or straight < 0:
            raise ValueError(f"sizes must be one or more positive numbers, not {list(sizes)}; straight 0 or more")
        if steps is None:
            raise ValueError("feedforward reads clips of one length; this converter's vary: set split_bars or its like")
        self.steps = steps
        self.rate = dropout
        widths = [steps * input_size, *sizes]
        self.layers = nn.ModuleList(linear(below, above) for below, above in itertools.pairwise(widths))
        # inputs are mostly 0: Glorot's weights for so many would hardly let them through
        self.straight = linear(widths[0], straight, stddev=0.03) if straight else None
        self._output_size = sizes[-1] + straight

    @property
    def output_size(self) -> int:
        """Units of the top layer and of the straight way."""
        return self._output_size

    @torch.no_grad()
    def start_posterior(self, mean: nn.Linear, stddev: nn.Linear) -> None:
        """Each straight unit begins as one number of z's mean, as far as there are both."""
        if self.straight is not None:
            straight = mean.weight[:, -self.straight.out_features :]  # [Z, P]
            straight.copy_(torch.eye(*straight.shape))

    def forward(self, inputs: Tensor, lengths: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
        """As `gen.Encoder.forward`.

        Args:
            inputs: float ``[B, T, input_size]``, of at most ``steps`` steps.
            lengths: int64 ``[B]``, or ``[B, S]`` for segments of equal room.
            generator: source of dropout masks, in training.
        """
        x = whole_clips(inputs, lengths, self.steps).flatten(1)  # [B, T * I]
        hidden = x
        for layer in self.layers:
            hidden = F.gelu(layer(hidden))
            if self.training:
                hidden = dropout(hidden, self.rate, generator=generator)
        return hidden if self.straight is None else torch.cat([hidden, self.straight(x)], dim=-1)  # [B, H + P]
