"""One level of a hierarchical decoder: an LSTM that says what each part below is to be about.

Letters in shape comments: B batch, n steps of the level, E embedding from above, H embedding handed down, F feedback.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from gen.interfaces import TensorflowPlace
from gen.nn import DensePlace, LstmStack, State, linear, stack_places


class Conductor(nn.Module):
    """Turns one embedding into ``length`` of them (lstm_models.py, HierarchicalLstmDecoder).

    The embedding sets the initial state. A conductor that hears nothing reads a single zero at every step; one that
    hears reads how the part below ended the step before (zeros at first), and its embedding again.

    Args:
        embedding_size: E.
        sizes, dropout, residual: of the LSTM. (The original never switches dropout off.)
        output_size: H, by one affine map of the top layer's output (Roberts et al. 2018, section 3.2); None for that
            output as it is, as in the original's code.
        length: n.
        hears: F, width of what it hears; 0 for nothing.
    """

    def __init__(
        self,
        embedding_size: int,
        sizes: Sequence[int],
        *,
        output_size: int | None,
        length: int,
        hears: int,
        dropout: float,
        residual: bool,
    ) -> None:
        super().__init__()
        self.length = length
        self.hears = hears
        self.stack = LstmStack(hears + embedding_size if hears else 1, sizes, dropout=dropout, residual=residual)
        self.initial = linear(embedding_size, 2 * sum(sizes), stddev=0.001)
        self.projection = nn.Identity() if output_size is None else linear(sizes[-1], output_size)
        if not hears:
            entry = self.stack.projections[0] if residual else self.stack.layers[0]
            # a weight of the constant zero: it is kept because checkpoints of the original have it
            next(entry.parameters()).requires_grad_(False)

    def forward(self, embedding: Tensor, *, generator: torch.Generator | None) -> tuple[Tensor, list[State]]:
        """All steps at once, of a conductor that hears nothing: ``[B, E]`` to ``[B, n, H]`` and the last states."""
        zeros = embedding.new_zeros(self.length, embedding.shape[0], 1)  # [n, B, 1]
        outputs, states = self.stack(zeros, self.start(embedding), generator=generator)
        return self.projection(outputs).transpose(0, 1), states

    def start(self, embedding: Tensor) -> list[State]:
        """The states before the first step."""
        return self.stack.split_states(self.initial(embedding).tanh())

    def step(
        self, embedding: Tensor, heard: Tensor | None, states: Sequence[State], *, generator: torch.Generator | None
    ) -> tuple[Tensor, list[State]]:
        """One step: ``embedding [B, E]`` and ``heard [B, F]`` to ``[B, H]``; None is heard before the first."""
        if not self.hears:
            x = embedding.new_zeros(len(embedding), 1)
        else:
            x = torch.cat([embedding.new_zeros(len(embedding), self.hears) if heard is None else heard, embedding], -1)
        output, states = self.stack.step(x, states, generator=generator)
        return self.projection(output), states

    def tensorflow_places(self) -> Iterator[TensorflowPlace]:
        """The original's names of its weights, in no ``multi_rnn_cell``; only the paper has the projection."""
        yield DensePlace("initial_state", "initial", self.initial)
        yield from stack_places(self.stack, path="stack")
