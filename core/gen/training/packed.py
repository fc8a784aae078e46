"""Weights in fewer bytes: half precision, or eight bits a weight with a scale for every row of a matrix.

Letters in shape comments: O rows of a matrix, I whatever is in one.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from gen.errors import CheckpointError

_SCALE = ":scale"
"""Behind the name of a matrix of whole numbers from -127 to 127: what each of its rows is to be multiplied by."""

_SMALL = 4096  # numbers, up to which eight bits aren't worth their error


def packed(weights: Mapping[str, Tensor], *, bits: int) -> dict[str, Tensor]:
    """Weights in 16 bits; in 8 those of large matrices. Whole numbers stay as they are.

    Raises:
        CheckpointError: numbers that half precision can't hold.
    """
    found: dict[str, Tensor] = {}
    for name, tensor in weights.items():
        if not tensor.is_floating_point():
            found[name] = tensor
        elif bits == 8 and tensor.dim() > 1 and tensor.numel() > _SMALL:
            rows = tensor.flatten(1).float()  # [O, I]
            scale = rows.abs().amax(1, keepdim=True).clamp(min=1e-30) / 127  # [O, 1]
            found[name] = (rows / scale).round().to(torch.int8).view_as(tensor)
            found[name + _SCALE] = scale.squeeze(1)
        else:
            found[name] = tensor.to(torch.float16)
            if not bool(torch.isfinite(found[name]).all()):
                most = float(tensor.abs().max())
                raise CheckpointError(f"{name} holds numbers that half precision can't: {most:g}")
    return found


def unpacked(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same with every matrix of eight bits as numbers again; weights without any come back as they are."""
    found = {name: tensor for name, tensor in weights.items() if not name.endswith(_SCALE)}
    for name in weights.keys() - found.keys():
        matrix = found.get(name.removesuffix(_SCALE))
        scale = weights[name]
        if matrix is None or matrix.dim() < 2 or scale.shape != matrix.shape[:1] or matrix.dtype != torch.int8:
            raise CheckpointError(f"{name} is the scale of no matrix of eight bits")
        found[name.removesuffix(_SCALE)] = matrix * scale.view(-1, *[1] * (matrix.dim() - 1))
    return found
