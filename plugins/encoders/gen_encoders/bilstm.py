"""The bidirectional LSTM encoder of MusicVAE (lstm_models.py, BidirectionalLstmEncoder)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from gen import Encoder
from gen.interfaces import TensorflowPlace
from gen.nn import bidirectional_layers, bidirectional_places, remember_, run_bidirectional


class BiLstmEncoder(Encoder):
    """Reads a sequence forwards and backwards; the two final states of the top layer are the embedding.

    The backward direction starts at each example's own last step, so padding never matters. An example of
    length 0 becomes the zero vector.

    Args:
        sizes: units per direction of each layer, bottom first.
        dropout: probability of dropping an input of any layer, in training; each direction has its own mask.
        residual: add the projected input of a layer to its output. The top layer's is not part of the embedding,
            which is made of states.
        memory: steps that the longest memory lasts, with biases drawn to that end, about as many as an example has;
            None for the original's initialisation.
        input_size: depth of inputs and controls together.
    """

    def __init__(
        self,
        sizes: Sequence[int] = (512,),
        *,
        dropout: float = 0.0,
        residual: bool = False,
        memory: int | None = None,
        input_size: int,
    ) -> None:
        super().__init__()
        self.forwards, self.backwards = bidirectional_layers(input_size, sizes, dropout=dropout, residual=residual)
        remember_(self, memory)
        self._output_size = 2 * sizes[-1]

    @property
    def output_size(self) -> int:
        """Twice the units of the top layer."""
        return self._output_size

    def forward(self, inputs: Tensor, lengths: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
        """As `gen.Encoder.forward`: the forward state, then the backward state, of ``lengths [B]``."""
        x = inputs.transpose(0, 1)  # [T, B, I]
        _, final = run_bidirectional(self.forwards, self.backwards, x, lengths, generator=generator)
        return final  # [B, 2H]

    def tensorflow_places(self) -> Iterator[TensorflowPlace]:
        """The original's names of its weights."""
        return bidirectional_places(self.forwards, self.backwards)
