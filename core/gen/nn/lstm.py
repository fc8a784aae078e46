"""The one LSTM of MusicVAE (models: lstm_utils.py), on torch's fused kernels; stacked, and in both directions.

A cell without peepholes, clipping or normalisation::

    i, f, g, o = W [x, h] + b
    c' = sigmoid(f) c + sigmoid(i) tanh(g)
    h' = sigmoid(o) tanh(c')

The original adds 1.0 to the forget gate at run time. Torch adds two biases where the original has one: here the second
is that constant 1.0 and isn't trained, so that the first is the original's variable, bit for bit.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from gen.nn.basics import dropout, glorot_uniform_, last_valid, linear, reverse_padded

State = tuple[Tensor, Tensor]
"""Hidden and cell state of one layer, each ``[B, H]``."""


class LstmLayer(nn.Module):
    """One unidirectional layer: whole sequences by the fused kernel, single steps by the cell."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.lstm = nn.LSTM(input_size, hidden_size)
        fans = (input_size + hidden_size, 4 * hidden_size)  # the original draws one matrix for both parts
        weight_ih, weight_hh, bias_ih, bias_hh = self.lstm.parameters()
        glorot_uniform_(weight_ih, *fans)
        glorot_uniform_(weight_hh, *fans)
        nn.init.zeros_(bias_ih)
        nn.init.zeros_(bias_hh)
        nn.init.ones_(bias_hh.data[hidden_size : 2 * hidden_size])
        bias_hh.requires_grad_(False)  # training both would double the bias's learning rate

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Hidden states ``[T, B, H]`` of ``x [T, B, I]``, and the state after the last step; None begins with zeros."""
        initial = None if state is None else (state[0][None].contiguous(), state[1][None].contiguous())
        outputs, (h, c) = self.lstm(x, initial)
        return outputs, (h[0], c[0])

    def step(self, x: Tensor, state: State) -> State:
        """The state after one step ``x [B, I]``."""
        weight_ih, weight_hh, bias_ih, bias_hh = self.lstm.parameters()
        return torch.lstm_cell(x, state, weight_ih, weight_hh, bias_ih, bias_hh)


class LstmStack(nn.Module):
    """Layers on top of each other, with dropout on the **input of every layer**, the first included.

    Masks are drawn anew for every step; states and the top output are never dropped (the original's DropoutWrapper with
    ``input_keep_prob``). ``residual`` adds a layer's input to its output; the first layer, and any whose size differs
    from the layer below, first maps its input to its own width, and adds that (rnn.py, InputProjectionWrapper).

    Raises:
        ValueError: no sizes, or a dropout that is no probability below 1.
    """

    def __init__(self, input_size: int, sizes: Sequence[int], *, dropout: float = 0.0, residual: bool = False) -> None:
        super().__init__()
        if not sizes or min(sizes) < 1:
            raise ValueError(f"sizes must be one or more positive numbers of units, not {list(sizes)}")
        if not 0.0 <= dropout < 1.0:
            raise ValueError(f"dropout is the probability of dropping, from 0 up to but not including 1, not {dropout}")
        self.sizes = tuple(sizes)
        self.dropout = dropout
        self.residual = residual
        widths = [input_size, *sizes[:-1]]
        if residual:
            self.projections = nn.ModuleList(
                linear(width, size) if layer == 0 or width != size else nn.Identity()
                for layer, (width, size) in enumerate(zip(widths, sizes, strict=True))
            )
            widths = list(sizes)
        self.layers = nn.ModuleList(LstmLayer(width, size) for width, size in zip(widths, sizes, strict=True))

    def forward(
        self, x: Tensor, states: Sequence[State] | None = None, *, generator: torch.Generator | None = None
    ) -> tuple[Tensor, list[State]]:
        """The top layer's outputs ``[T, B, H]`` of ``x [T, B, I]``, and each last state; None begins with zeros."""
        outputs, _, last = self.run(x, states, generator=generator)
        return outputs, last

    def run(
        self, x: Tensor, states: Sequence[State] | None = None, *, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor, list[State]]:
        """As `forward`, with the top layer's hidden states ``[T, B, H]`` between: its outputs, unless residual."""
        hidden, last = x, []
        for index, layer in enumerate(self.layers):
            read = self._read(index, x, generator)
            hidden, state = layer(read, None if states is None else states[index])
            x = read + hidden if self.residual else hidden
            last.append(state)
        return x, hidden, last

    def step(
        self, x: Tensor, states: Sequence[State], *, generator: torch.Generator | None = None
    ) -> tuple[Tensor, list[State]]:
        """The top output ``[B, H]`` and every layer's state after one step ``x [B, I]``."""
        new = []
        for index, (layer, state) in enumerate(zip(self.layers, states, strict=True)):
            assert isinstance(layer, LstmLayer)
            read = self._read(index, x, generator)
            state = layer.step(read, state)
            new.append(state)
            x = read + state[0] if self.residual else state[0]
        return x, new

    @property
    def state_sizes(self) -> tuple[int, ...]:
        """Widths of all states in pieces: cell before hidden, layer by layer (lstm_utils.py)."""
        return tuple(size for size in self.sizes for _ in "ch")

    def split_states(self, states: Tensor) -> list[State]:
        """The states whose pieces stand side by side in ``[B, 2 * sum(sizes)]``."""
        return self.states_of(torch.split(states, list(self.state_sizes), dim=-1))

    @staticmethod
    def states_of(pieces: Sequence[Tensor]) -> list[State]:
        """The states of which these are the pieces."""
        return list(zip(pieces[1::2], pieces[0::2], strict=True))

    @staticmethod
    def pieces_of(states: Sequence[State]) -> tuple[Tensor, ...]:
        """The pieces of states, in the order of `state_sizes`."""
        return tuple(piece for h, c in states for piece in (c, h))

    def _read(self, layer: int, x: Tensor, generator: torch.Generator | None) -> Tensor:
        """What a layer's LSTM reads: its input after dropout and, where there is one, the projection."""
        if self.training:
            x = dropout(x, self.dropout, generator=generator)
        return self.projections[layer](x) if self.residual else x


def bidirectional_layers(
    input_size: int, sizes: Sequence[int], *, dropout: float = 0.0, residual: bool = False
) -> tuple[nn.ModuleList, nn.ModuleList]:
    """The forward and the backward layers of a stack, to be run by `run_bidirectional`.

    Each layer, of ``sizes`` units per direction, reads both directions of the layer below and is an `LstmStack` of its
    own, so that with ``residual`` every one of them projects its input. Each direction has its own dropout mask.
    """
    if not sizes:
        raise ValueError("sizes must be one or more positive numbers of units, not []")
    widths = [input_size, *(2 * size for size in sizes[:-1])]

    def direction() -> nn.ModuleList:
        pairs = zip(widths, sizes, strict=True)
        return nn.ModuleList(LstmStack(width, [size], dropout=dropout, residual=residual) for width, size in pairs)

    return direction(), direction()


def run_bidirectional(
    forwards: nn.ModuleList,
    backwards: nn.ModuleList,
    x: Tensor,
    lengths: Tensor,
    *,
    generator: torch.Generator | None = None,
) -> tuple[Tensor, Tensor]:
    """Read a batch ``x [T, B, I]`` forwards, and backwards from each example's own last step; ``lengths [B]`` is int64.

    Returns:
        The top layer's outputs ``[T, B, 2H]``, meaningless past an example's length; and its two final **states**
        ``[B, 2H]``, zeros for a length of 0. States leave out a residual connection, as in the original.
    """
    final = x.new_zeros(x.shape[1], 0)
    for ahead, back in zip(forwards, backwards, strict=True):
        assert isinstance(ahead, LstmStack)
        assert isinstance(back, LstmStack)
        ahead_outputs, ahead_states, _ = ahead.run(x, generator=generator)  # [T, B, H]
        back_outputs, back_states, _ = back.run(reverse_padded(x, lengths), generator=generator)  # [T, B, H], reversed
        x = torch.cat([ahead_outputs, reverse_padded(back_outputs, lengths)], dim=-1)  # [T, B, 2H]
        final = torch.cat([last_valid(ahead_states, lengths), last_valid(back_states, lengths)], dim=-1)  # [B, 2H]
    return x, final
