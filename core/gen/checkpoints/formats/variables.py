"""What the readers of checkpoints have in common: named arrays, described before they are read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from gen.errors import CheckpointError

Array = npt.NDArray[Any]
Shape = tuple[int, ...]

_MOST_AXES = 16
_MOST_ELEMENTS = 1 << 40


@dataclass(frozen=True)
class Variable:
    """A named array in a file.

    Attributes:
        dtype: of its elements as the file's program calls it, such as ``float32`` or ``bfloat16``.
        shape: its axes.
    """

    dtype: str
    shape: Shape

    def __str__(self) -> str:
        return f"{self.dtype} {list(self.shape)}"


class VariableFile(Protocol):
    """A checkpoint of any format, open for reading."""

    @property
    def title(self) -> str:
        """What was opened, for messages."""

    @property
    def step(self) -> int | None:
        """Training steps it was saved after, where it tells."""

    @property
    def variables(self) -> Mapping[str, Variable]:
        """Everything in it, by name."""

    def read(self, name: str) -> Array:
        """One variable; it may be a read-only view of the file.

        Raises:
            CheckpointError: there is none of that name, or it is damaged.
        """


def elements(shape: Shape) -> int:
    """How many elements an array of that shape has.

    Raises:
        CheckpointError: a shape that no array can have.
    """
    if (
        len(shape) > _MOST_AXES
        or min(shape, default=0) < 0
        or math.prod(max(size, 1) for size in shape) > _MOST_ELEMENTS
    ):
        raise CheckpointError(f"a shape that no array has: {list(shape[:_MOST_AXES])}")
    return math.prod(shape)


def array_from(content: bytes | memoryview, dtype: np.dtype[Any], shape: Shape) -> Array:
    """Bytes as an array, not copied; as many bytes as the shape needs."""
    return np.frombuffer(content, dtype).reshape(shape)
