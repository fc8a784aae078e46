"""Dropout that draws from a given generator, and the original's initialisers: TensorFlow's, on whole fused matrices."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


def dropout(x: Tensor, rate: float, *, generator: torch.Generator | None = None) -> Tensor:
    """Zero each element with probability ``rate``, below 1, and scale the others by ``1 / (1 - rate)``.

    Unlike `torch.nn.functional.dropout` the mask comes from ``generator``, so that a run can be resumed exactly.
    """
    if rate == 0.0:
        return x
    keep = 1.0 - rate
    mask = torch.empty_like(x, requires_grad=False).bernoulli_(keep, generator=generator)
    return x * mask.div_(keep)


def glorot_uniform_(weight: Tensor, fan_in: int, fan_out: int) -> Tensor:
    """Fill in place from U(-a, a) with ``a = sqrt(6 / (fan_in + fan_out))``.

    The fans are arguments because an LSTM draws its input and recurrent parts as one matrix.
    """
    limit = math.sqrt(6.0 / (fan_in + fan_out))
    with torch.no_grad():
        return weight.uniform_(-limit, limit)


def linear(inputs: int, outputs: int, *, stddev: float | None = None) -> nn.Linear:
    """An affine map with zero bias: Glorot uniform, or an untruncated normal of the given standard deviation."""
    layer = nn.Linear(inputs, outputs)
    nn.init.zeros_(layer.bias)
    if stddev is None:
        glorot_uniform_(layer.weight, inputs, outputs)
    else:
        nn.init.normal_(layer.weight, std=stddev)
    return layer
