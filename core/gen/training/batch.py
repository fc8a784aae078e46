"""A batch on a device: stored rows, transposed where that is wanted, and made wide.

Letters in shape comments: B examples, T steps, D depth.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from gen.data.examples import Examples
from gen.data.table import Part
from gen.errors import UsageError
from gen.interfaces.rows import Field, Flags, Floats, Layout, OneHot, width_of

_FAR = 10_000  # semitones: further than any transposition


def expand(fields: Sequence[Field], stored: Sequence[Tensor]) -> Tensor:
    """Stored rows as a model reads them, float32 ``[B, T, D]``.

    ``stored`` has one tensor a field, as `gen.interfaces.Rows` stores it: ``[B, T]`` or ``[B, T, stored width]``.
    """
    wide = torch.zeros(*stored[0].shape[:2], width_of(fields), device=stored[0].device)
    start = 0
    for field, values in zip(fields, stored, strict=True):
        columns = wide[..., start : start + field.width]
        if isinstance(field, OneHot):
            classes = values.long().unsqueeze(-1)  # [B, T, 1]
            there = (classes < field.width).float()
            columns.scatter_(-1, classes.clamp(max=field.width - 1), there)
        elif isinstance(field, Flags):
            places = torch.arange(7, -1, -1, dtype=torch.uint8, device=values.device)  # numpy.packbits' order
            flags = (values.unsqueeze(-1) >> places) & 1  # [B, T, bytes, 8]
            columns.copy_(flags.flatten(-2)[..., : field.width])
        else:
            columns.copy_(values)
        start += field.width
    return wide


def drums_of(layout: Layout) -> int:
    """How many drums stand side by side in a step, all their hits and then as many numbers of each kind; 0 for none."""
    first, *others = layout.outputs
    if not isinstance(first, Flags) or layout.controls or any(other != Floats(first.width) for other in others):
        return 0
    return first.width


def mix_drums(batch: Batch, coins: Tensor) -> Batch:
    """The first half of a batch ``[2B, T, D]``; where coins, boolean ``[B, K]``, are true, with drums of the second.

    Examples of unlike length aren't mixed.
    """
    (own, other), lengths = batch.outputs.chunk(2), batch.lengths.chunk(2)
    alike = (lengths[0] == lengths[1]).view(len(own), -1).all(1)  # [B]
    chosen = (coins & alike[:, None]).repeat(1, own.shape[2] // coins.shape[1])  # [B, D]
    outputs = torch.where(chosen[:, None], other, own)
    return Batch(outputs, outputs, lengths[0], None)


def can_transpose(fields: Sequence[Field]) -> bool:
    """Whether any field says which of its classes are pitches or roots."""
    return any(isinstance(field, OneHot) and (field.pitched or field.roots) for field in fields)


def draw_shifts(
    parts: Sequence[tuple[Sequence[Field], Sequence[Tensor]]], low: int, high: int, luck: Tensor, segments: int = 1
) -> Tensor:
    """A transposition for each example, int64 ``[B]``, that keeps all its notes among the classes.

    ``parts`` are fields and stored tensors of all that moves together, ``low`` and ``high`` semitones, both included.
    ``luck`` is from 0 up to 1, ``[B]``; each transposition that an example may have is as likely as the next. The steps
    consist of equal ``segments``; `OneHot.unpitched_after` looks at each one's first step.
    """
    down = torch.full(luck.shape, -_FAR, dtype=torch.int64, device=luck.device)
    up = -down
    for fields, stored in parts:
        for field, values in zip(fields, stored, strict=True):
            if isinstance(field, OneHot) and field.pitched:
                classes = values.long()
                moves = ~_fixed(field, classes, segments)
                for first, end in field.pitched:
                    sounding = moves & (classes >= first) & (classes < end)
                    lowest = classes.masked_fill(~sounding, _FAR + end).amin(-1)
                    highest = classes.masked_fill(~sounding, first - _FAR).amax(-1)
                    down = torch.maximum(down, first - lowest)
                    up = torch.minimum(up, end - 1 - highest)
    least = torch.minimum(down.clamp(min=low), up)
    most = torch.maximum(up.clamp(max=high), down)
    return least + torch.floor(luck * (most - least + 1)).long()


def transpose_rows(
    fields: Sequence[Field], stored: Sequence[Tensor], shifts: Tensor, segments: int = 1
) -> list[Tensor]:
    """Stored rows moved by ``shifts`` semitones, int64 ``[B]``; see `draw_shifts`."""
    moved = []
    for field, values in zip(fields, stored, strict=True):
        if not isinstance(field, OneHot) or not (field.pitched or field.roots):
            moved.append(values)
            continue
        classes = result = values.long()
        by = shifts.unsqueeze(-1).masked_fill(_fixed(field, classes, segments), 0)  # [B, T]
        for first, end in (*field.pitched, *field.roots):
            there = classes - first + by
            if (first, end) in field.roots:
                there = there % (end - first)
            result = torch.where((classes >= first) & (classes < end), first + there, result)
        moved.append(result.to(values.dtype))
    return moved


def _fixed(field: OneHot, classes: Tensor, segments: int) -> Tensor:
    """Which steps belong to a segment without pitches, boolean ``[B, T]``."""
    batch, steps = classes.shape
    if field.unpitched_after is None:
        return torch.zeros(1, 1, dtype=torch.bool, device=classes.device).expand(batch, steps)
    first = classes.view(batch, segments, -1)[..., :1]
    return (first == field.unpitched_after).expand(-1, -1, steps // segments).reshape(batch, steps)


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

    ``parts`` has fields and tensors, ``[B, T]`` or ``[B, T, …]``, of the parts that have some of their own;
    ``lengths`` is int64 ``[B]`` or ``[B, segments]``.
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
    """Raise a `UsageError` if a device has no LSTM kernels for a precision, by trying the smallest one."""
    if precision == "fp32":
        return
    try:
        with torch.no_grad(), torch.autocast(device.type, torch.bfloat16):
            torch.nn.LSTM(1, 1, device=device)(torch.zeros(1, 1, 1, device=device))
    except RuntimeError as error:
        raise UsageError(
            f"training.precision {precision}: this {device.type} has no LSTM in that precision; use fp32"
        ) from error


def require_seed(seed: int) -> int:
    """The seed; a `UsageError` where it isn't from 0 to 2**63 - 1."""
    if not 0 <= seed < 1 << 63:
        raise UsageError(f"a seed is from 0 to 2**63 - 1, not {seed if abs(seed) < 1 << 99 else 'more'}")
    return seed


def seed_of(seed: int, what: str) -> int:
    """A seed of its own for one thing that is drawn, by what it is called; errors as of `require_seed`."""
    return int.from_bytes(hashlib.sha256(f"{require_seed(seed)} {what}".encode()).digest()[:8], "big") >> 1


def drawing(seed: int, device: torch.device | str = "cpu") -> torch.Generator:
    """A generator of draws on a device; errors as of `require_seed`."""
    return torch.Generator(device).manual_seed(require_seed(seed))


def pick_device(name: str = "auto") -> torch.device:
    """The device of that name; ``auto`` is the first CUDA device, or else the CPU.

    Before anything is computed on a CUDA device it is told to add up in one order, as `torch.nn.LSTM` asks for if the
    same seed is to give the same result.
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
