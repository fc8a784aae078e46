"""Initialisers of the original (TensorFlow's Glorot uniform, on whole fused matrices)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


def glorot_uniform_(weight: Tensor, fan_in: int, fan_out: int) -> Tensor:
    """Fill in place from U(-a, a) with ``a = sqrt(6 / (fan_in + fan_out))``.

    The fans are arguments because an LSTM draws its input and recurrent parts as one matrix.
    """
    limit = math.sqrt(6.0 / (fan_in + fan_out))
    with torch.no_grad():
        return weight.uniform_(-limit, limit)


def linear(inputs: int, outputs: int, *, stddev: float | None = None) -> nn.Linear:
    """An affine map with zero bias: Glorot uniform, or normal with the given standard deviation.

    Args:
        inputs, outputs: widths.
        stddev: standard deviation of an untruncated normal; None for Glorot uniform.
    """
    layer = nn.Linear(inputs, outputs)
    nn.init.zeros_(layer.bias)
    if stddev is None:
        glorot_uniform_(layer.weight, inputs, outputs)
    else:
        nn.init.normal_(layer.weight, std=stddev)
    return layer
