"""A feed-forward encoder of segments, and of all of them together.

Letters in shape comments: B batch, T steps, S segments, n steps of a segment, I depth of a step, H units.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gen import Encoder
from gen.nn import dropout, linear
from gen_encoders.whole import whole_clips


class FeedForwardBarsEncoder(Encoder):
    """Reads every segment by the same two GELU layers, and then all segments side by side by one more.

    A bar means the same wherever it stands, so what is learnt of one is known of all: sixteen bars need a sixteenth of
    the weights of an encoder that reads them as one vector, and see sixteen times as many examples. The embedding is
    the units of the last layer and then those of all segments, so that z may be told of a bar straight. Steps past an
    example's length are read as zeros.

    Args:
        segment: steps of a segment, a bar for instance; examples are made of whole segments.
        size: units of a segment's layers.
        together: units of the layer that reads all segments.
        dropout: probability of dropping a unit of any layer, in training.
        input_size: depth of inputs and controls together.
        steps: of every example.

    Raises:
        ValueError: sizes below 1, or examples that vary in length or aren't whole segments.
    """

    def __init__(
        self,
        segment: int = 16,
        size: int = 256,
        together: int = 512,
        *,
        dropout: float = 0.0,
        input_size: int,
        steps: int | None,
    ) -> None:
        super().__init__()
        if min(segment, size, together) < 1:
            raise ValueError(f"segment, size and together must be at least 1, not {segment}, {size} and {together}")
        if steps is None:
            raise ValueError(
                "feedforward_bars reads clips of one length, and this converter's vary: set slice_bars or its like"
            )
        if steps % segment:
            raise ValueError(f"segment must divide the {steps} steps of an example, and {segment} doesn't")
        self.segment, self.segments = segment, steps // segment
        self.rate = dropout
        self.first = linear(segment * input_size, size)
        self.second = linear(size, size)
        self.together = linear(self.segments * size, together)
        # one step in input_size columns is 1: Glorot's weights for so many would hardly let it through
        nn.init.normal_(self.first.weight, std=0.5 * segment**-0.5)
        self._output_size = together + self.segments * size

    @property
    def output_size(self) -> int:
        """Units of the last layer, and of all segments."""
        return self._output_size

    def forward(self, inputs: Tensor, lengths: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
        """As `gen.Encoder.forward`.

        Args:
            inputs: float ``[B, T, input_size]``, of at most ``steps`` steps.
            lengths: int64 ``[B]``, or ``[B, S]``.
            generator: source of dropout masks, in training.
        """
        # lengths may be of other segments than these
        x = whole_clips(inputs, lengths, self.segments * self.segment).reshape(len(inputs), self.segments, -1)
        units = F.gelu(self.first(x))  # [B, S, H]
        units = self._dropped(units + F.gelu(self.second(units)), generator).flatten(1)  # [B, S * H]
        together = self._dropped(F.gelu(self.together(units)), generator)
        return torch.cat([together, units], dim=-1)

    def _dropped(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        return dropout(x, self.rate, generator=generator) if self.training else x
