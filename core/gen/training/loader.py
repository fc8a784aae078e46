"""Batches for training: which examples, in which key, on which device."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from gen.data.examples import Examples, Shuffle
from gen.data.table import Part, Table
from gen.errors import UsageError
from gen.recipes.sections import AugmentSection
from gen.system.regular import read_text
from gen.training.batch import (
    Batch,
    StoredBatch,
    can_transpose,
    draw_shifts,
    drums_of,
    mix_drums,
    stored_batch,
    transpose_rows,
    widen,
)

_MIX = 2  # a third stream of the same seed, which counts steps
_SHARE = 0.25  # of a device's free memory that examples may take


class Loader:
    """The batch of every step, a function of (seed, step) alone.

    Where the examples fit into a quarter of the device's free memory, all of them are copied there at once, in stored
    form, and batches are picked on the device; otherwise they are read from the store's files as they are needed.
    ``resident`` decides it beforehand. ``augment`` has changes of key and drums of others, drawn anew in each
    epoch.
    """

    def __init__(
        self,
        examples: Examples,
        batch_size: int,
        *,
        seed: int,
        device: torch.device,
        augment: AugmentSection | None = None,
        resident: bool | None = None,
    ) -> None:
        self._examples = examples
        self._device = device
        self._shuffle = Shuffle(len(examples), batch_size, seed)
        self._range = (0, 0) if augment is None or augment.frozen else augment.transpose
        layout = examples.layout
        if self._range != (0, 0) and not any(map(can_transpose, (layout.outputs, layout.inputs, layout.controls))):
            raise UsageError(
                "data.augment.transpose: the converter doesn't say which of its classes are pitches, so its examples "
                "can't be moved; set data.augment.frozen: true to transpose each file once, or take it out"
            )
        self._mix = 0.0 if augment is None else augment.mix
        self._drums = drums_of(layout) if self._mix else 0
        if self._mix and (self._drums < 2 or "inputs" in examples.parts):
            raise UsageError(
                "data.augment.mix: the converter's steps aren't drums side by side that are heard as they are said, "
                "without controls or labels of their own; take it out"
            )
        if resident is None:
            resident = examples.nbytes < _SHARE * free_memory(device)
        self._resident = _Resident(examples, device) if resident else None

        self.steps_per_epoch = self._shuffle.steps_per_epoch
        """Steps in which every example was seen once, but for those that don't fill a batch."""
        self.rows = self._shuffle.rows
        """Numbers of the examples of a step, ``[batch_size]``."""

    def batch(self, step: int, part: slice = slice(None)) -> Batch:
        """The batch of a step, counted from 0, or a part of it, which draws what it would draw in the whole."""
        rows = self.rows(step)
        if self._mix:
            others, coins = self._draw_mix(step)
            both = np.concatenate([rows[part], rows[others][part]])
            return mix_drums(widen(self._take(both)), torch.from_numpy(coins[part]).to(self._device))
        stored = self._take(rows[part])
        if self._range != (0, 0):
            luck = torch.from_numpy(self._shuffle.luck(step)[part]).to(self._device)
            segments = stored.lengths.shape[1] if stored.lengths.ndim == 2 else 1
            shifts = draw_shifts(list(stored.parts.values()), *self._range, luck, segments)
            moved = {
                name: (fields, transpose_rows(fields, values, shifts, segments))
                for name, (fields, values) in stored.parts.items()
            }
            stored = StoredBatch(moved, stored.lengths)
        return widen(stored)

    def _take(self, rows: npt.NDArray[np.int64]) -> StoredBatch:
        if self._resident is not None:
            return self._resident.take(rows)
        return stored_batch(self._examples.take(rows), self._device)

    def _draw_mix(self, step: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """Another of the batch for each example, ``[B]``, and which drums are that one's, ``[B, K]``."""
        rng = np.random.default_rng([self._shuffle.seed, step, _MIX])
        size = self._shuffle.batch_size
        mixed = rng.random((size, 1)) < self._mix
        return rng.permutation(size), mixed & (rng.random((size, self._drums)) < 0.5)


class _Resident:
    """All examples on a device, in stored form."""

    def __init__(self, examples: Examples, device: torch.device) -> None:
        table = Table.joined(examples.tables)
        self._table = table
        self._rows = torch.from_numpy(examples.rows).to(device)
        self._even = table.even
        self._parts: Mapping[Part, list[Tensor]] = {
            part: [_copied(array, device) for array in table.stored(part)] for part in examples.parts
        }
        self._lengths, self._steps, self._first = (
            _copied(array, device) for array in (table.arrays["lengths"], table.arrays["steps"], table.first)
        )

    def take(self, rows: npt.NDArray[np.int64]) -> StoredBatch:
        """Some of the examples."""
        chosen = self._rows[torch.from_numpy(rows).to(self._rows.device)]
        steps = self._even or int(self._steps[chosen].max())
        at = torch.arange(steps, device=chosen.device)
        inside = at < self._steps[chosen].unsqueeze(1)  # [B, T]
        places = torch.where(inside, self._first[chosen].unsqueeze(1) + at, 0)
        parts = {}
        for part, stored in self._parts.items():
            fields = self._table.fields(part)
            taken = [values[places] for values in stored]
            if self._even is None:
                for field, values in zip(fields, taken, strict=True):
                    values[~inside] = field.empty
            parts[part] = (fields, taken)
        return StoredBatch(parts, self._lengths[chosen])


def _copied(array: npt.NDArray[np.generic], device: torch.device) -> Tensor:
    return torch.from_numpy(np.array(array)).to(device)


def free_memory(device: torch.device) -> int:
    """Bytes that are free on a device."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    try:
        lines = read_text(Path("/proc/meminfo")).splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration, ValueError):
        return 4 << 30  # a system that doesn't say: most have that
