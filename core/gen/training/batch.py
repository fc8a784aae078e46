"""A batch on the device."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from gen.data.examples import Examples
from gen.errors import UsageError


@dataclass(frozen=True, eq=False)
class Batch:
    """What the model's forward takes: see `gen.VAE.forward` for shapes."""

    inputs: Tensor
    outputs: Tensor
    lengths: Tensor
    controls: Tensor | None


def to_device(examples: Examples, device: torch.device) -> Batch:
    """Copy examples to a device, once where inputs and outputs are one array."""

    def move(array: npt.NDArray[np.generic]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(device, non_blocking=True)

    outputs = move(examples.outputs)
    return Batch(
        inputs=outputs if examples.inputs is examples.outputs else move(examples.inputs),
        outputs=outputs,
        lengths=move(examples.lengths),
        controls=None if examples.controls is None else move(examples.controls),
    )


def require_precision(precision: str, device: torch.device) -> None:
    """Make sure that a device has LSTM kernels for a precision, by trying the smallest one.

    Raises:
        UsageError: it has none.
    """
    if precision == "fp32":
        return
    try:
        with torch.no_grad(), torch.autocast(device.type, torch.bfloat16):
            torch.nn.LSTM(1, 1, device=device)(torch.zeros(1, 1, 1, device=device))
    except RuntimeError as error:
        raise UsageError(
            f"training.precision {precision}: this {device.type} has no LSTM in that precision; use fp32"
        ) from error


def pick_device(name: str = "auto") -> torch.device:
    """The device of that name; ``auto`` is the first CUDA device, or else the CPU.

    Raises:
        UsageError: no such device, or it isn't there.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise UsageError(f"device {name!r} can't be used: {str(error).splitlines()[0]}") from error
    return device
