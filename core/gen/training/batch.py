"""A batch on the device."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from gen.data.examples import Examples
from gen.data.table import Part
from gen.errors import UsageError
from gen.interfaces.rows import Field
from gen.training.expansion import expand


@dataclass(frozen=True, eq=False)
class Batch:
    """What the model's forward takes: see `gen.VAE.forward` for shapes."""

    inputs: Tensor
    outputs: Tensor
    lengths: Tensor
    controls: Tensor | None


@dataclass(frozen=True, eq=False)
class StoredBatch:
    """Examples on a device, in stored form.

    Attributes:
        parts: fields and tensors, ``[B, T]`` or ``[B, T, …]``, of the parts that have some of their own.
        lengths: int64 ``[B]`` or ``[B, segments]``.
    """

    parts: Mapping[Part, tuple[Sequence[Field], Sequence[Tensor]]]
    lengths: Tensor


def stored_batch(examples: Examples, device: torch.device) -> StoredBatch:
    """Copy examples to a device in stored form, which is small."""
    parts: dict[Part, tuple[Sequence[Field], Sequence[Tensor]]] = {}
    for part in examples.parts:
        rows = examples.stored(part)
        parts[part] = (rows.fields, [torch.from_numpy(values).to(device) for values in rows.stored])
    return StoredBatch(parts, torch.from_numpy(examples.lengths).to(device))


def widen(batch: StoredBatch) -> Batch:
    """Rows as the model reads them; one tensor where inputs and outputs are one."""
    wide = {part: expand(fields, rows) for part, (fields, rows) in batch.parts.items()}
    outputs = wide["outputs"]
    return Batch(wide.get("inputs", outputs), outputs, batch.lengths, wide.get("controls"))


def to_device(examples: Examples, device: torch.device) -> Batch:
    """Examples as a batch on a device."""
    return widen(stored_batch(examples, device))


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

    Before anything is computed on a CUDA device it is told to add up in one order, as `torch.nn.LSTM` asks for if the
    same seed is to give the same result.

    Raises:
        UsageError: no such device, or it isn't there.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
        if device.type == "cuda":
            os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:2")
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise UsageError(f"device {name!r} can't be used: {str(error).splitlines()[0]}") from error
    return device
