"""Time-major helpers for right-padded batches; none of them waits for the device."""

from __future__ import annotations

import torch
from torch import Tensor


def valid_steps(lengths: Tensor, steps: int) -> Tensor:
    """True where a step lies within its example.

    Args:
        lengths: int64 ``[B]``.
        steps: T.

    Returns:
        bool ``[B, T]``.
    """
    return torch.arange(steps, device=lengths.device) < lengths[:, None]  # [B, T]


def reverse_padded(x: Tensor, lengths: Tensor) -> Tensor:
    """Reverse the valid part of every sequence in time and leave its padding in place.

    Args:
        x: ``[T, B, I]``.
        lengths: int64 ``[B]``.
    """
    step = torch.arange(len(x), device=x.device)[:, None]  # [T, 1]
    source = torch.where(step < lengths, lengths - 1 - step, step)  # [T, B]
    return x.gather(0, source[:, :, None].expand_as(x))  # [T, B, I]


def last_valid(x: Tensor, lengths: Tensor) -> Tensor:
    """Each sequence's last valid step; zeros for sequences of length 0.

    Args:
        x: ``[T, B, H]``.
        lengths: int64 ``[B]``.

    Returns:
        ``[B, H]``.
    """
    index = (lengths - 1).clamp(min=0)[None, :, None].expand(1, *x.shape[1:])  # [1, B, H]
    return x.gather(0, index)[0] * (lengths > 0)[:, None].to(x.dtype)  # [B, H]
