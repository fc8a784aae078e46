"""Dropout that draws from a given generator."""

from __future__ import annotations

import torch
from torch import Tensor


def dropout(x: Tensor, rate: float, *, generator: torch.Generator | None = None) -> Tensor:
    """Zero each element with probability ``rate`` and scale the others by ``1 / (1 - rate)``.

    Unlike `torch.nn.functional.dropout` the mask comes from ``generator``, so that a run can be resumed exactly.

    Args:
        x: float tensor of any shape.
        rate: probability of zeroing, from 0 up to but not including 1.
        generator: source of the mask; the global one where None.
    """
    if rate == 0.0:
        return x
    keep = 1.0 - rate
    mask = torch.empty_like(x, requires_grad=False).bernoulli_(keep, generator=generator)
    return x * mask.div_(keep)
