"""Clips as arrays of one size, for encoders that read all steps at once.

Letters in shape comments: B batch, T steps, S segments, I depth of a step.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gen.nn import pad_steps, segment_lengths, valid_steps


def whole_clips(inputs: Tensor, lengths: Tensor, steps: int) -> Tensor:
    """``[B, T, I]``, of at most ``steps`` steps, to ``[B, steps, I]``, zeros past each example's length.

    Lengths are int64 ``[B]``, or ``[B, S]`` for segments of equal room.
    """
    x = pad_steps(inputs, steps)
    segments = 1 if lengths.dim() == 1 else lengths.shape[1]
    room = steps // segments
    valid = valid_steps(segment_lengths(lengths, segments, room).flatten(), room).reshape(len(x), steps, 1)
    return torch.where(valid, x, x.new_zeros(()))
