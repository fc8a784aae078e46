"""Helpers for right-padded batches; none of them waits for the device."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


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
    accepts such lengths at all (0, or the whole sequence), this is what it does (lstm_models.py).

    Args:
        lengths: int64 ``[B]``, or ``[B, segments]``, which is returned as it is.
        segments: how many.
        steps: of one segment.

    Raises:
        ValueError: another shape.
    """
    if lengths.dim() == 1:
        starts = torch.arange(segments, device=lengths.device) * steps  # [S]
        return (lengths[:, None] - starts).clamp(0, steps)  # [B, S]
    if lengths.dim() != 2 or lengths.shape[1] != segments:
        raise ValueError(f"lengths of {segments} segments are [B] or [B, {segments}], not {list(lengths.shape)}")
    return lengths


def pad_steps(x: Tensor, steps: int) -> Tensor:
    """Append zeros in time to ``x [B, T, I]``, up to the steps wanted.

    Raises:
        ValueError: there are more already.
    """
    if x.shape[1] > steps:
        raise ValueError(f"a hierarchy of {steps} steps can't read {x.shape[1]}")
    return F.pad(x, (0, 0, 0, steps - x.shape[1]))
