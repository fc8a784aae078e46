"""Examples as a handful of flat arrays: what a shard of a store holds, and what batches are gathered from.

Letters in shape comments: N examples, R rows of all examples one after another, S segments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from gen.errors import DataError
from gen.interfaces.converter import Example
from gen.interfaces.dataset import Split
from gen.interfaces.rows import Field, FloatArray, Layout, Rows
from gen.system import regular
from gen.system.files import write_atomically

Part = Literal["outputs", "inputs", "controls"]
PARTS: tuple[Part, ...] = get_args(Part)

_PER_EXAMPLE: Mapping[str, npt.DTypeLike] = {
    "steps": np.int32,  # rows that an example has
    "lengths": np.int64,  # valid steps, or [S] of them
    "qpm": np.float64,
    "source": np.int64,  # which item of the data set it came from
}


class Table:
    """Examples of one split, in order.

    Args:
        layout: what the columns mean.
        arrays: ``outputs.K``, ``inputs.K`` and ``controls.K`` for each field K of each part, ``[R, …]`` as
            `gen.interfaces.Rows` stores it; and ``steps [N]``, ``lengths [N]`` or ``[N, S]``, ``qpm [N]``,
            ``source [N]``. Without ``inputs`` all inputs are the outputs; without ``controls`` there are none.

    Raises:
        ValueError: arrays are missing, left over, or don't fit together.
    """

    def __init__(self, layout: Layout, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        self.layout = layout
        self.arrays = dict(arrays)
        expected: dict[str, Field] = {}
        for part in PARTS:
            names = {f"{part}.{index}": field for index, field in enumerate(self.fields(part))}
            if part == "outputs" or any(name in self.arrays for name in names):
                expected |= names
        if set(self.arrays) != {*expected, *_PER_EXAMPLE}:
            raise ValueError(f"expected arrays {sorted({*expected, *_PER_EXAMPLE})}, got {sorted(self.arrays)}")
        count = len(self.arrays["steps"])
        if any(len(self.arrays[name]) != count for name in _PER_EXAMPLE):
            raise ValueError("arrays of different numbers of examples")
        rows = int(self.arrays["steps"].sum(dtype=np.int64))
        for name, field in expected.items():
            array = self.arrays[name]
            if array.shape != (rows, *field.trailing) or array.dtype != np.dtype(field.dtype):
                found = f"{array.dtype} {list(array.shape)}"
                raise ValueError(f"{name} is {found}, which doesn't fit {rows} rows of {field}")

    @classmethod
    def of(cls, examples: Sequence[Example], source: Sequence[int], layout: Layout) -> Table:
        """Lay examples one after another; ``source[n]`` says which item example n came from.

        A ValueError where an example isn't what the layout promises.
        """
        own = [example for example in examples if example.given.inputs is not example.given.outputs]
        conditioned = [example for example in examples if example.given.controls is not None]
        if conditioned and len(conditioned) < len(examples):
            raise ValueError("some examples have controls and some have none")
        arrays: dict[str, npt.NDArray[Any]] = {}
        for part in PARTS:
            if (part == "inputs" and not own) or (part == "controls" and not conditioned):
                continue
            fields: tuple[Field, ...] = getattr(layout, part)
            try:
                rows = [_rows(getattr(example.given, part), fields) for example in examples]
            except ValueError as error:
                raise ValueError(f"{part}: {error}") from error
            for index, field in enumerate(fields):
                empty = np.zeros((0, *field.trailing), field.dtype)
                arrays[f"{part}.{index}"] = np.concatenate([empty, *(each.stored[index] for each in rows)])
        per_example: Mapping[str, Sequence[Any]] = {
            "steps": [_steps(example) for example in examples],
            "lengths": [example.length for example in examples],
            "qpm": [example.qpm for example in examples],
            "source": source,
        }
        return cls(layout, arrays | {name: np.array(per_example[name], dtype) for name, dtype in _PER_EXAMPLE.items()})

    @classmethod
    def joined(cls, tables: Sequence[Table]) -> Table:
        """Tables of one layout, one after another. At least one is needed."""
        if len(tables) == 1:
            return tables[0]
        parts = [part for part in PARTS if any(table.has(part) for table in tables)]
        arrays = {
            f"{part}.{index}": np.concatenate(pieces)
            for part in parts
            for index, pieces in enumerate(zip(*(table.stored(part) for table in tables), strict=True))
        }
        arrays |= {name: np.concatenate([table.arrays[name] for table in tables]) for name in _PER_EXAMPLE}
        return cls(tables[0].layout, arrays)

    def __len__(self) -> int:
        return len(self.arrays["steps"])

    def fields(self, part: Part) -> tuple[Field, ...]:
        """The fields of a part."""
        fields: tuple[Field, ...] = getattr(self.layout, part)
        return fields

    def has(self, part: Part) -> bool:
        """Whether the part has arrays of its own: inputs that are the outputs don't."""
        return f"{part}.0" in self.arrays

    def stored(self, part: Part) -> list[npt.NDArray[Any]]:
        """The arrays of a part, one a field, ``[R, …]``; the outputs' for inputs that are the outputs."""
        name = "outputs" if part == "inputs" and not self.has("inputs") else part
        return [self.arrays[f"{name}.{index}"] for index in range(len(self.fields(name)))]

    @cached_property
    def first(self) -> npt.NDArray[np.int64]:
        """Row at which each example begins, ``[N]``."""
        ends: npt.NDArray[np.int64] = np.cumsum(self.arrays["steps"], dtype=np.int64)
        return ends - self.arrays["steps"].astype(np.int64)

    @cached_property
    def even(self) -> int | None:
        """Steps of every example, where all have the same number."""
        steps = self.arrays["steps"]
        return int(steps[0]) if len(steps) and (steps == steps[0]).all() else None

    def gather(self, part: Part, rows: npt.NDArray[np.int64], steps: int) -> Rows:
        """A part of examples ``rows [B]``, padded with empty rows to ``steps``, at least the longest's: ``[B, T]``."""
        fields = self.fields(part)
        if self.even == steps:
            return Rows(fields, [array.reshape(-1, steps, *array.shape[1:])[rows] for array in self.stored(part)])
        at = np.arange(steps)
        inside = at < self.arrays["steps"][rows][:, np.newaxis]  # [B, T]
        places = np.where(inside, self.first[rows][:, np.newaxis] + at, 0)
        found = []
        for field, array in zip(fields, self.stored(part), strict=True):
            taken = array[places]
            taken[~inside] = field.empty
            found.append(taken)
        return Rows(fields, found)


def _rows(given: FloatArray | Rows | None, fields: tuple[Field, ...]) -> Rows:
    if isinstance(given, Rows):
        if given.fields != fields:
            raise ValueError(f"rows of {given.fields}, where the converter's layout says {fields}")
        return given
    return Rows.of(np.zeros((0, 0)) if given is None else given, fields)


def _steps(example: Example) -> int:
    parts = (getattr(example.given, part) for part in PARTS)
    lengths = {len(part) for part in parts if part is not None}
    if len(lengths) > 1:
        raise ValueError(f"inputs, outputs and controls of one example have {sorted(lengths)} steps")
    return lengths.pop()


_DTYPES = {"U8": np.uint8, "I16": np.int16, "I32": np.int32, "I64": np.int64, "F32": np.float32, "F64": np.float64}


def write_shard(path: Path, tables: Mapping[Split, Table]) -> None:
    """Write a shard, whole or not at all. The same tables make the same bytes."""
    named = ((f"{split}/{name}", array) for split, table in tables.items() for name, array in table.arrays.items())
    write_atomically(path, save({name: np.ascontiguousarray(array) for name, array in named}))


def map_shard(path: Path, layouts: Mapping[Split, Layout]) -> dict[Split, Table]:
    """The tables of a shard that `write_shard` wrote and whose digest was right, mapped into memory; a DataError where
    it can't be read, or its arrays don't fit the layouts.
    """
    arrays: dict[str, dict[str, npt.NDArray[Any]]] = {}
    try:
        for name, array in _mapped(path).items():
            split, _, own = name.partition("/")
            arrays.setdefault(split, {})[own] = array
        return {split: Table(layouts[split], found) for split, found in arrays.items()}  # type: ignore[index,misc]
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise DataError(f"{path} is not a shard of prepared examples: {error}") from error


def _mapped(path: Path) -> dict[str, npt.NDArray[Any]]:
    """All arrays of a safetensors file, mapped. `safe_open` vouches for the header before we go by its offsets."""
    regular.require_regular(path)
    with safe_open(path, framework="np"):
        pass
    with regular.opened(path) as file:
        length = int.from_bytes(file.read(8), "little")
        header = regular.parse_json(file.read(length))
        file.seek(0)
        data = np.memmap(file, np.uint8, "r")
    found = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        found[name] = data[begin:end].view(_DTYPES[entry["dtype"]]).reshape(entry["shape"])
    return found
