"""An encoder that gives every segment its own piece of z.

Letters in shape comments: B batch, T steps, S segments, n steps of a segment, I depth of a step, H units of a segment,
C units of the recurrence, P numbers of a piece, Z latent size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gen import Encoder
from gen.nn import dropout, linear, principal_components
from gen_encoders.whole import whole_clips

_SEED = 0  # of the first directions of the decomposition


class PiecesEncoder(Encoder):
    """Reads every segment by the same layers, and all of them in turn, both ways; each has as much of z as the next.

    A bar means the same wherever it stands, so what is learnt of one is known of all; and what a bar says in the light
    of the others, that it repeats one for instance, a recurrence over the segments adds. Before the first step of
    training the pieces are made the best linear code of a segment at its share of the free bits, as `linear_start`
    makes it of a clip. The embedding is the pieces and then, as many, their noise.

    z must have ``piece`` numbers for each segment. A decoder that reads it by pieces, too, has ``pieces``.

    Args:
        segment: steps of a segment, a bar for instance; examples are made of whole segments.
        piece: numbers of z that are a segment's own.
        size: units of a segment's two layers.
        together: units of the recurrence over the segments, each way.
        dropout: probability of dropping a unit, in training.
        input_size: depth of inputs and controls together.
        steps: of every example.

    Raises:
        ValueError: sizes below 1, or examples that vary in length or aren't whole segments.
    """

    started_: Tensor

    def __init__(
        self,
        segment: int = 16,
        piece: int = 24,
        size: int = 512,
        together: int = 128,
        *,
        dropout: float = 0.0,
        input_size: int,
        steps: int | None,
    ) -> None:
        super().__init__()
        if min(segment, piece, size, together) < 1:
            raise ValueError(
                f"segment, piece, size and together must be at least 1, not {segment}, {piece}, {size} and {together}"
            )
        if steps is None:
            raise ValueError("pieces reads clips of one length, and this converter's vary: set slice_bars or its like")
        if steps % segment:
            raise ValueError(f"segment must divide the {steps} steps of an example, and {segment} doesn't")
        self.segment, self.segments, self.piece = segment, steps // segment, piece
        self.rate = dropout
        self.straight = linear(segment * input_size, piece)
        self.first = linear(segment * input_size, size)
        self.second = linear(size, size)
        self.together = nn.GRU(size, together, batch_first=True, bidirectional=True)
        self.code = linear(size + 2 * together, 2 * piece, stddev=0.01)
        # one step in input_size columns is 1: Glorot's weights for so many would hardly let it through
        nn.init.normal_(self.first.weight, std=0.5 * segment**-0.5)
        self.register_buffer("started_", torch.zeros((), dtype=torch.bool))

    @property
    def output_size(self) -> int:
        """All pieces, and their noise."""
        return 2 * self.segments * self.piece

    @property
    def started(self) -> bool:
        """Whether the linear code is that of some training examples."""
        return bool(self.started_)

    @torch.no_grad()
    def start_from(
        self, batches: Callable[[], Iterator[tuple[Tensor, Tensor]]], mean: nn.Linear, stddev: nn.Linear, bits: float
    ) -> None:
        """As `gen.interfaces.StartsFromExamples.start_from`.

        Raises:
            ValueError: z hasn't as many numbers as the pieces have together.
        """
        size = self.segments * self.piece
        if mean.out_features != size:
            raise ValueError(
                f"{self.segments} pieces of {self.piece} are {size} numbers, and z has {mean.out_features}: set "
                f"latent.size to {size}"
            )
        found = principal_components(
            lambda: (self._cut(inputs, lengths).flatten(0, 1) for inputs, lengths in batches()),
            self.piece,
            generator=torch.Generator().manual_seed(_SEED),
        )
        told = found.shares(bits / self.segments)  # [P], fewer where a segment has fewer numbers
        noise = found.become(self.straight, told, noise_size=self.piece)
        for layer, first in ((mean, 0), (stddev, size)):
            layer.weight.zero_()
            layer.weight[:, first : first + size] = torch.eye(size)
            layer.bias.zero_()
        stddev.bias.copy_(noise.repeat(self.segments))
        self.started_.fill_(True)

    def forward(self, inputs: Tensor, lengths: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
        """As `gen.Encoder.forward`.

        Args:
            inputs: float ``[B, T, input_size]``, of at most ``steps`` steps.
            lengths: int64 ``[B]``, or ``[B, S]``.
            generator: source of dropout masks, in training.
        """
        x = self._cut(inputs, lengths)  # [B, S, n * I]
        units = F.gelu(self.first(x))  # [B, S, H]
        units = self._dropped(units + F.gelu(self.second(units)), generator)
        around, _ = self.together(units)  # [B, S, 2 C]
        code, noise = self.code(torch.cat([units, around], dim=-1)).chunk(2, dim=-1)  # [B, S, P] each
        return torch.cat([(self.straight(x) + code).flatten(1), noise.flatten(1)], dim=-1)

    def _cut(self, inputs: Tensor, lengths: Tensor) -> Tensor:
        """``[B, T, I]`` to segments ``[B, S, n * I]``, zeros past each example's length."""
        # lengths may be of other segments than these
        return whole_clips(inputs, lengths, self.segments * self.segment).reshape(len(inputs), self.segments, -1)

    def _dropped(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        return dropout(x, self.rate, generator=generator) if self.training else x
