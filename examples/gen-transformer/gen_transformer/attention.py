"""Causal self-attention with rotary positions, over all steps at once or one more step after those kept.

Letters in shape comments: B batch, L steps given, K steps kept before them, H heads, w width of a head, W width.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from gen.nn import dropout
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True, eq=False)
class Kept:
    """Keys and values of the steps so far, ``[B, H, K, w]`` each, so that the next one needn't compute them again."""

    keys: Tensor
    values: Tensor


class Block(nn.Module):
    """Attention, then a network that sees one step; each reads a normalised copy and adds to what comes in.

    Args:
        width: W.
        heads: H, each of width W / H.
        spread: width of the inner network, in multiples of W.
    """

    def __init__(self, width: int, heads: int, *, spread: int) -> None:
        super().__init__()
        self.heads = heads
        self.before_attention = nn.LayerNorm(width)
        self.queries_keys_values = nn.Linear(width, 3 * width)
        self.join = nn.Linear(width, width)
        self.before_network = nn.LayerNorm(width)
        self.network = nn.Sequential(
            nn.Linear(width, spread * width), nn.GELU(approximate="tanh"), nn.Linear(spread * width, width)
        )

    def forward(
        self, x: Tensor, kept: Kept | None = None, *, rate: float = 0.0, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Kept]:
        """Read steps.

        Args:
            x: ``[B, L, W]``; with ``kept``, one step.
            kept: what was returned for the steps before; None at the beginning.
            rate: probability of dropping what attention and network add.
            generator: source of the masks.

        Returns:
            ``[B, L, W]``, where no step has heard a later one, and what to keep.
        """
        heard, kept = self._attend(self.before_attention(x), kept)
        x = x + dropout(heard, rate, generator=generator)
        return x + dropout(self.network(self.before_network(x)), rate, generator=generator), kept

    def _attend(self, x: Tensor, kept: Kept | None) -> tuple[Tensor, Kept]:
        batch, steps, width = x.shape
        first = 0 if kept is None else kept.keys.shape[2]
        parts = self.queries_keys_values(x).view(batch, steps, 3, self.heads, width // self.heads)
        queries, keys, values = parts.permute(2, 0, 3, 1, 4).unbind(0)  # [B, H, L, w] each
        queries, keys = rotate(queries, first), rotate(keys, first)
        if kept is not None:
            keys = torch.cat([kept.keys, keys], dim=2)  # [B, H, K + L, w]
            values = torch.cat([kept.values, values], dim=2)
        # A single step may hear everything that was kept: there is nothing after it to hide.
        heard = F.scaled_dot_product_attention(queries, keys, values, is_causal=kept is None)  # [B, H, L, w]
        joined: Tensor = self.join(heard.transpose(1, 2).reshape(batch, steps, width))
        return joined, Kept(keys, values)


def rotate(x: Tensor, first: int) -> Tensor:
    """Turn pairs of features by angles that grow with the position (Su et al. 2021, RoFormer).

    The product of a query and a key then depends on how far apart they are, and on nothing else about where they stand;
    no table says how long a piece may be.

    Args:
        x: ``[B, H, L, w]``, w even.
        first: position of the first step.
    """
    half = x.shape[-1] // 2
    speed = 10_000.0 ** (-torch.arange(half, device=x.device) / half)  # [w / 2], radians a step
    angle = (first + torch.arange(x.shape[2], device=x.device))[:, None] * speed  # [L, w / 2]
    cosine, sine = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    left, right = x[..., :half], x[..., half:]
    return torch.cat([left * cosine - right * sine, left * sine + right * cosine], dim=-1)
