"""The unidirectional LSTM encoder of MusicVAE (lstm_models.py, LstmEncoder)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from gen import Encoder
from gen.interfaces import TensorflowPlace
from gen.nn import LstmStack, last_valid, stack_places


class LstmEncoder(Encoder):
    """Reads a sequence forwards; the top output at each example's own last step is the embedding.

    The original takes the last step of the padded batch instead, and so gives zeros for every shorter example.
    An example of length 0 becomes the zero vector.

    Args:
        sizes: units of each layer, bottom first.
        dropout: probability of dropping an input of any layer, in training.
        residual: add the input of a layer to its output.
        input_size: depth of inputs and controls together.
    """

    def __init__(
        self, sizes: Sequence[int] = (512,), *, dropout: float = 0.0, residual: bool = False, input_size: int
    ) -> None:
        super().__init__()
        self.stack = LstmStack(input_size, sizes, dropout=dropout, residual=residual)

    @property
    def output_size(self) -> int:
        """The units of the top layer."""
        return self.stack.sizes[-1]

    def forward(self, inputs: Tensor, lengths: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
        """As `gen.Encoder.forward`, of ``lengths [B]``."""
        outputs, _ = self.stack(inputs.transpose(0, 1), generator=generator)  # [T, B, H]
        return last_valid(outputs, lengths)  # [B, H]

    def tensorflow_places(self) -> Iterator[TensorflowPlace]:
        """The original's names of its weights."""
        return stack_places(self.stack, scope="multi_rnn_cell", path="stack")
