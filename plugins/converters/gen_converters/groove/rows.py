"""A groove matrix as the rows a model sees, and back: plain or in bins, one row a step or one row a drum.

T steps, C drum classes; nv and no are the numbers of velocity and offset bins, both 1 where values are plain.

* one row a step: ``[T, C + C*nv + C*no]``: the hits of all drums, then all velocities, then all offsets;
* one row a drum (``split``): ``[T*C, 1 + nv + no]``, all drums of a step one after another.

Bins are one-hot and right-closed: a value falls into the first bin whose edge isn't below it. The edges lie evenly
from the least value to a little over the greatest, so the first bin holds the least value alone.
Source: magenta, music_vae/data.py: GrooveConverter.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from gen.interfaces import Flags, Floats, OneHot, Rows
from gen_converters.common.arrays import Bools, Decoded, Field, Ints, Reals
from gen_converters.common.event_scores import valid_steps
from gen_converters.groove.matrix import HIT, OFFSET, VELOCITY, Matrix

_TOP_MARGIN = 0.0001  # keeps the greatest value inside the last bin in spite of rounding


@dataclass(frozen=True)
class Bins:
    """``count`` bins from ``low`` to ``high``."""

    count: int
    low: float
    high: float

    @cached_property
    def edges(self) -> Reals:
        """Right edges ``[count]``, closed."""
        return np.linspace(self.low, self.high + _TOP_MARGIN, self.count)

    @property
    def centres(self) -> Reals:
        """The value a bin is decoded to, ``[count]``: its middle, and ``low`` for the first, which holds only that."""
        edges = self.edges
        return np.concatenate([[self.low], (edges[:-1] + edges[1:]) / 2.0])

    def numbers(self, values: Reals) -> Ints:
        """The bin of each value, counted from 0."""
        return np.searchsorted(self.edges, np.clip(values, self.low, self.high), side="left")


def value_bins(velocities: int | None, offsets: int | None) -> tuple[Bins, Bins] | tuple[None, None]:
    """Bins of velocities and offsets, if both are asked for, 2 or more of each; else a ValueError."""
    if velocities is None and offsets is None:
        return None, None
    if velocities is None or offsets is None:
        raise ValueError(f"num_velocity_bins is {velocities} and num_offset_bins {offsets}; give both or neither")
    for name, bins in (("num_velocity_bins", velocities), ("num_offset_bins", offsets)):
        if bins < 2:
            raise ValueError(f"{name} must be at least 2, got {bins}")
    return Bins(velocities, 0.0, 1.0), Bins(offsets, -1.0, 1.0)


class Cells(NamedTuple):
    """A batch of decoded grooves, cell by cell, float64 ``[B, T, C]`` each."""

    hit: Reals  # probabilities, or 0 and 1
    velocity: Reals  # 0 to 1 where a model keeps to its range
    offset: Reals  # half steps, positive is early


@dataclass(frozen=True)
class RowLayout:
    """How a groove matrix is written as rows; without bins, in plain values."""

    drums: int  # C
    velocity_bins: Bins | None = None
    offset_bins: Bins | None = None
    split: bool = False  # one row a drum instead of one row a step

    @property
    def depth(self) -> int:
        """Width of a row."""
        return sum(field.width for field in self.fields)

    @property
    def rows_per_step(self) -> int:
        """1, or C when split."""
        return self.drums if self.split else 1

    @cached_property
    def hits(self) -> Flags:
        """The hits of a row."""
        return Flags(self.drums // self.rows_per_step)

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """What the columns mean: hits, then velocities and offsets as real numbers, or as a class for each drum."""
        drums = self.hits.width
        values = [
            (OneHot(bins.count),) * drums if bins else (Floats(drums),)
            for bins in (self.velocity_bins, self.offset_bins)
        ]
        return (self.hits, *values[0], *values[1])

    def valid_steps(self, lengths: Ints, steps: int) -> Bools:
        """Which of ``steps`` belong to an example of so many rows: ``[B, T]`` from ``[B]``."""
        return valid_steps(np.asarray(lengths) // self.rows_per_step, steps)

    def rows(self, matrix: Matrix) -> Rows:
        """Write a matrix ``[T, 3, C]`` as rows ``[T * rows_per_step]``."""
        stored: list[Any] = [self.stored_hits(matrix)]
        for bins, channel in ((self.velocity_bins, VELOCITY), (self.offset_bins, OFFSET)):
            values = matrix[:, channel].reshape(-1, self.hits.width)  # [R, drums of a row]
            stored += list(bins.numbers(values).T) if bins else [values]
        return Rows(self.fields, stored)

    def stored_hits(self, matrix: Matrix) -> npt.NDArray[np.uint8]:
        """The hits of a matrix ``[T, 3, C]`` as bits ``[T * rows_per_step, bytes]``."""
        return self.hits.store(matrix[:, HIT].reshape(-1, self.hits.width) > 0)

    def cells(self, rows: Decoded) -> Cells:
        """Read a batch of rows ``[B, R, depth]`` back, whole steps where split; bins come back as their centres."""
        values = np.asarray(rows, np.float64)
        if values.ndim != 3 or values.shape[2] != self.depth:
            raise ValueError(f"expected an array [B, T, {self.depth}], got one of shape {list(values.shape)}")
        batch, count, _ = values.shape
        if count % self.rows_per_step:
            raise ValueError(f"{count} rows don't make whole steps of {self.drums} drums each")
        shape = (batch, count // self.rows_per_step, self.drums)
        factor = 1 if self.split else self.drums
        width = self.velocity_bins.count if self.velocity_bins else 1
        hit, velocity, offset = np.split(values, [factor, factor * (1 + width)], axis=2)
        return Cells(
            hit=hit.reshape(shape),
            velocity=_centred(self.velocity_bins, velocity.reshape(*shape, -1)),
            offset=_centred(self.offset_bins, offset.reshape(*shape, -1)),
        )


def _centred(bins: Bins | None, values: Reals) -> Reals:
    return bins.centres[values.argmax(axis=-1)] if bins else values[..., 0]
