"""Dropout that draws from a given generator, the original's initialisers, and helpers for right-padded batches.

The initialisers are TensorFlow's, on whole fused matrices; none of the helpers waits for the device.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def dropout(x: Tensor, rate: float, *, generator: torch.Generator | None = None) -> Tensor:
    """Zero each element with probability ``rate``, below 1, and scale the others by ``1 / (1 - rate)``.

    Unlike `torch.nn.functional.dropout` the mask comes from ``generator``, so that a run can be resumed exactly.
    """
    if rate == 0.0:
        return x
    keep = 1.0 - rate
    mask = torch.empty_like(x, requires_grad=False).bernoulli_(keep, generator=generator)
    return x * mask.div_(keep)


@contextmanager
def without_dropout(model: nn.Module) -> Iterator[None]:
    """Evaluation mode for the length of the block; then the mode it was in."""
    training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(training)


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


def valid_steps(lengths: Tensor, steps: int) -> Tensor:
    """True where one of T ``steps`` lies within its example, bool ``[B, T]``; ``lengths`` is int64 ``[B]``."""
    return torch.arange(steps, device=lengths.device) < lengths[:, None]  # [B, T]


def reverse_padded(x: Tensor, lengths: Tensor) -> Tensor:
    """Reverse the valid part of each sequence of ``x [T, B, I]`` in time and leave its padding in place."""
    step = torch.arange(x.shape[0], device=x.device)[:, None]  # [T, 1]
    source = torch.where(step < lengths, lengths - 1 - step, step)  # [T, B]
    return x.gather(0, source[:, :, None].expand_as(x))  # [T, B, I]


def last_valid(x: Tensor, lengths: Tensor) -> Tensor:
    """Each sequence's last valid step ``[B, H]`` in ``x [T, B, H]``; zeros for sequences of length 0."""
    index = (lengths - 1).clamp(min=0)[None, :, None].expand(1, *x.shape[1:])  # [1, B, H]
    return x.gather(0, index)[0] * (lengths > 0)[:, None].to(x.dtype)  # [B, H]


def segment_lengths(lengths: Tensor, segments: int, steps: int) -> Tensor:
    """Valid steps of each segment of a sequence, ``[B, segments]``.

    A ``[B]`` length counts from the start: segments before it are full, those after it empty. Where the original
    accepts such lengths at all (0, or the whole sequence), this is what it does (lstm_models.py). ``[B, segments]`` is
    returned as it is, any other shape is a `ValueError`; ``steps`` are those of one segment.
    """
    if lengths.dim() == 1:
        starts = torch.arange(segments, device=lengths.device) * steps  # [S]
        return (lengths[:, None] - starts).clamp(0, steps)  # [B, S]
    if lengths.dim() != 2 or lengths.shape[1] != segments:
        raise ValueError(f"lengths of {segments} segments are [B] or [B, {segments}], not {list(lengths.shape)}")
    return lengths


def pad_steps(x: Tensor, steps: int) -> Tensor:
    """Append zeros in time to ``x [B, T, I]``, up to the steps wanted; a `ValueError` where there are more already."""
    if x.shape[1] > steps:
        raise ValueError(f"a hierarchy of {steps} steps can't read {x.shape[1]}")
    return F.pad(x, (0, 0, 0, steps - x.shape[1]))
