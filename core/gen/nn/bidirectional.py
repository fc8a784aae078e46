"""Stacked bidirectional LSTMs over right-padded batches (lstm_utils.py and lstm_models.py)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from gen.nn.lstm import LstmStack
from gen.nn.padding import last_valid, reverse_padded


def bidirectional_layers(
    input_size: int, sizes: Sequence[int], *, dropout: float = 0.0, residual: bool = False
) -> tuple[nn.ModuleList, nn.ModuleList]:
    """The forward and the backward layers of a stack, to be run by `run_bidirectional`.

    Each layer reads both directions of the layer below and is a stack of its own, so that with ``residual`` every
    one of them projects its input.

    Args:
        input_size: width of the inputs.
        sizes: units per direction of each layer, bottom first.
        dropout: probability of dropping an input of any layer, in training; each direction has its own mask.
        residual: add a layer's (projected) input to its output.
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
    """Read a batch forwards, and backwards from each example's own last step.

    Args:
        forwards, backwards: as `bidirectional_layers` makes them.
        x, lengths: ``[T, B, I]`` and int64 ``[B]``.
        generator: source of the dropout masks.

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
