"""What the readers of checkpoints have in common: named arrays, described before they are read."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from gen.errors import CheckpointError

Array = npt.NDArray[Any]
Shape = tuple[int, ...]

_MOST_AXES = 16
_MOST_ELEMENTS = 1 << 40


@dataclass(frozen=True)
class Variable:
    """A named array in a file; ``dtype`` is as the file's program calls it, such as ``float32`` or ``bfloat16``."""

    dtype: str
    shape: Shape

    def __str__(self) -> str:
        return f"{self.dtype} {list(self.shape)}"


class Lazy(Mapping[str, Array]):
    """Arrays by name, each made when it is asked for, by a function of the name."""

    def __init__(self, names: Collection[str], make: Callable[[str], Array]) -> None:
        self._names, self._make = names, make

    def __getitem__(self, name: str) -> Array:
        return self._make(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def elements(shape: Shape) -> int:
    """How many elements an array of that shape has."""
    most = math.prod(max(size, 1) for size in shape)
    if len(shape) > _MOST_AXES or min(shape, default=0) < 0 or most > _MOST_ELEMENTS:
        raise CheckpointError(f"a shape that no array has: {list(shape[:_MOST_AXES])}")
    return math.prod(shape)
