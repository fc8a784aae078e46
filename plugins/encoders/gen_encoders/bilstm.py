"""The bidirectional LSTM encoder of MusicVAE (lstm_models.py, BidirectionalLstmEncoder).

Letters in shape comments: B batch, T steps, I input size, H hidden size.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from gen import Encoder
from gen.nn import LstmStack, last_valid, reverse_padded


class BiLstmEncoder(Encoder):
    """Reads a sequence forwards and backwards; the two final states of the top layer are the embedding.

    The backward direction starts at each example's own last step, so padding never matters. An example of
    length 0 becomes the zero vector.

    Args:
        sizes: units per direction of each layer, bottom first.
        dropout: probability of dropping an input of any layer, in training; each direction has its own mask.
        input_size: depth of inputs and controls together.
    """

    def __init__(self, sizes: Sequence[int] = (512,), *, dropout: float = 0.0, input_size: int) -> None:
        super().__init__()
        widths = [input_size, *(2 * size for size in sizes[:-1])]
        self.forwards = nn.ModuleList(
            LstmStack(width, [size], dropout=dropout) for width, size in zip(widths, sizes, strict=True)
        )
        self.backwards = nn.ModuleList(
            LstmStack(width, [size], dropout=dropout) for width, size in zip(widths, sizes, strict=True)
        )
        self._output_size = 2 * sizes[-1]

    @property
    def output_size(self) -> int:
        """Twice the units of the top layer."""
        return self._output_size

    def forward(self, inputs: Tensor, lengths: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
        """Encode ``inputs [B, T, I]`` of ``lengths [B]`` into ``[B, 2H]``: forward state, then backward state."""
        x = inputs.transpose(0, 1)  # [T, B, I]
        for forwards, backwards in zip(self.forwards, self.backwards, strict=True):
            ahead, _ = forwards(x, generator=generator)  # [T, B, H]
            back, _ = backwards(reverse_padded(x, lengths), generator=generator)  # [T, B, H], in reversed order
            if forwards is not self.forwards[-1]:
                x = torch.cat([ahead, reverse_padded(back, lengths)], dim=-1)  # [T, B, 2H]
        return torch.cat([last_valid(ahead, lengths), last_valid(back, lengths)], dim=-1)  # [B, 2H]
