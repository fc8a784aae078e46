"""Rows as they are kept: a class as one small integer, flags as bits, and only real numbers as floats.

A converter's rows are wide and nearly empty: a melody's step is one 1 among 90 columns. Kept as what they mean they
take a fiftieth or less of the room, on disk, in memory and on the way to the device, where they become wide again.

A field is a run of neighbouring columns that mean one thing; the fields of a row lie side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
Stored = npt.NDArray[Any]
"""A field's values: ``[..., T]`` for `OneHot`, ``[..., T, stored_width]`` for the others."""

Span = tuple[int, int]
"""Classes from the first number on, up to but without the second."""


@dataclass(frozen=True)
class OneHot:
    """One class of ``width`` a step, stored as its number. A row without any class is stored as ``width``.

    Attributes:
        width: number of classes.
        pitched: spans of classes that stand for neighbouring pitches, a semitone a class.
        roots: spans of twelve classes that stand for the pitch classes, C first.
        unpitched_after: segments that begin with this class have no pitches (a drum track's), whatever their classes.
    """

    width: int
    pitched: tuple[Span, ...] = ()
    roots: tuple[Span, ...] = ()
    unpitched_after: int | None = None

    trailing: ClassVar[tuple[int, ...]] = ()
    """Axes of the stored form after the steps."""

    @property
    def dtype(self) -> npt.DTypeLike:
        """Of the stored form: the smallest integers that hold every class and the absence of one."""
        return np.uint8 if self.width <= np.iinfo(np.uint8).max else np.int16

    @property
    def empty(self) -> int:
        """How a row without any class is stored."""
        return self.width

    def store(self, columns: npt.NDArray[np.floating]) -> Stored:
        """Columns ``[..., width]`` as classes.

        Raises:
            ValueError: a row is neither one-hot nor all zeros.
        """
        values = np.asarray(columns)
        rows, classes = np.nonzero(values.reshape(-1, self.width))
        if len(np.unique(rows)) != len(rows) or not (values[values != 0] == 1).all():
            raise ValueError(f"a field of {self.width} classes has rows that are neither one-hot nor empty")
        found: Stored = np.full(values.shape[:-1], self.width, self.dtype)
        found.reshape(-1)[rows] = classes
        return found

    def write(self, stored: Stored, columns: FloatArray) -> None:
        """Write classes ``[..., T]`` into columns of zeros ``[..., T, width]``."""
        steps = np.nonzero(stored < self.width)
        columns[steps + (stored[steps],)] = 1.0  # noqa: RUF005 - a star in an index is Python 3.11's


@dataclass(frozen=True)
class Flags:
    """``width`` columns of 0 and 1, stored as bits: bytes of eight flags each, the first one highest."""

    width: int

    dtype: ClassVar[npt.DTypeLike] = np.uint8
    empty: ClassVar[int] = 0

    @property
    def trailing(self) -> tuple[int, ...]:
        """The bytes of a row."""
        return (-(-self.width // 8),)

    def store(self, columns: npt.NDArray[np.floating] | npt.NDArray[np.bool_]) -> Stored:
        """Columns ``[..., width]`` as bits.

        Raises:
            ValueError: a value is neither 0 nor 1.
        """
        values = np.asarray(columns)
        if values.dtype != np.bool_ and not ((values == 0) | (values == 1)).all():
            raise ValueError(f"a field of {self.width} flags has values that are neither 0 nor 1")
        # numpy packs whole bytes at once, and rows that don't fill their bytes one by one, six times slower.
        (size,) = self.trailing
        flags = np.zeros((*values.shape[:-1], 8 * size), np.bool_)
        flags[..., : self.width] = values
        return np.packbits(flags).reshape(*values.shape[:-1], size)

    def write(self, stored: Stored, columns: FloatArray) -> None:
        """Write bits into columns ``[..., T, width]``."""
        flags = np.unpackbits(stored).reshape(*stored.shape[:-1], -1) if stored.size else np.zeros_like(columns)
        columns[...] = flags[..., : self.width]


@dataclass(frozen=True)
class Floats:
    """``width`` columns of real numbers, stored as they are."""

    width: int

    dtype: ClassVar[npt.DTypeLike] = np.float32
    empty: ClassVar[int] = 0

    @property
    def trailing(self) -> tuple[int, ...]:
        """The columns."""
        return (self.width,)

    def store(self, columns: npt.NDArray[np.floating]) -> Stored:
        """Columns ``[..., width]`` as they are."""
        return np.asarray(columns, np.float32)

    def write(self, stored: Stored, columns: FloatArray) -> None:
        """Write values into columns ``[..., T, width]``."""
        columns[...] = stored


Field = OneHot | Flags | Floats


def width_of(fields: Sequence[Field]) -> int:
    """Columns of a row."""
    return sum(field.width for field in fields)


@dataclass(frozen=True)
class Layout:
    """What the columns of a converter's arrays mean: the fields of each, from the first column on.

    Attributes:
        inputs, outputs, controls: fields of what `Example` calls so.
    """

    inputs: tuple[Field, ...]
    outputs: tuple[Field, ...]
    controls: tuple[Field, ...] = ()


class Rows:
    """Steps of one array in stored form.

    Args:
        fields: what the columns mean.
        stored: one array a field: `OneHot` classes ``[..., T]``, `Flags` bytes or `Floats` ``[..., T, stored width]``.

    Raises:
        ValueError: the arrays don't fit the fields or each other.
    """

    __slots__ = ("fields", "stored")

    def __init__(self, fields: Sequence[Field], stored: Sequence[Stored]) -> None:
        self.fields = tuple(fields)
        self.stored = tuple(np.asarray(values, field.dtype) for field, values in zip(self.fields, stored, strict=True))
        leading = {values.shape[: values.ndim - len(field.trailing)] for field, values in self._pairs()}
        trailing = [values.shape[values.ndim - len(field.trailing) :] for field, values in self._pairs()]
        if len(leading) != 1 or trailing != [field.trailing for field in self.fields]:
            raise ValueError(f"stored rows of shapes {[values.shape for values in self.stored]} don't fit {fields}")

    @classmethod
    def of(cls, array: npt.NDArray[np.floating], fields: Sequence[Field]) -> Rows:
        """Store an array ``[..., T, D]``.

        Raises:
            ValueError: it has another width, or values that its fields can't hold.
        """
        values = np.asarray(array)
        if values.ndim < 2 or values.shape[-1] != width_of(fields):
            raise ValueError(f"rows of {width_of(fields)} columns were promised, and {list(values.shape)} were given")
        ends = np.cumsum([field.width for field in fields])
        pairs = zip(fields, ends, strict=True)
        return cls(fields, [field.store(values[..., end - field.width : end]) for field, end in pairs])

    def _pairs(self) -> list[tuple[Field, Stored]]:
        return list(zip(self.fields, self.stored, strict=True))

    @property
    def shape(self) -> tuple[int, ...]:
        """``[..., T]``."""
        field, values = self.fields[0], self.stored[0]
        return values.shape[: values.ndim - len(field.trailing)]

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: Any) -> Rows:
        """Steps, or examples, by a slice, a number or an array on the leading axes; a view where numpy gives one."""
        # Parts of what fits fit: with the checks a slice takes 13 us, without them 1, and files have hundreds.
        part = object.__new__(Rows)
        part.fields = self.fields
        part.stored = tuple([values[index] for values in self.stored])
        return part

    def dense(self) -> FloatArray:
        """The array that this stands for, float32 ``[..., T, D]``."""
        array = np.zeros((*self.shape, width_of(self.fields)), np.float32)
        end = 0
        for field, values in self._pairs():
            field.write(values, array[..., end : end + field.width])
            end += field.width
        return array
