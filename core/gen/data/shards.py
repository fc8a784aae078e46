"""A shard of a store: the tables of some hundred files in one safetensors file, read by mapping it into memory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from gen.data.table import Table
from gen.errors import DataError
from gen.interfaces.dataset import Split
from gen.interfaces.rows import Layout
from gen.system.files import write_atomically

_DTYPES = {"U8": np.uint8, "I16": np.int16, "I32": np.int32, "I64": np.int64, "F32": np.float32, "F64": np.float64}


def write_shard(path: Path, tables: Mapping[Split, Table]) -> None:
    """Write a shard, whole or not at all. The same tables make the same bytes.

    Raises:
        OSError: no room, no permission.
    """
    arrays = {
        f"{split}/{name}": np.ascontiguousarray(array)
        for split, table in tables.items()
        for name, array in table.arrays.items()
    }
    write_atomically(path, save(arrays))


def map_shard(path: Path, layouts: Mapping[Split, Layout]) -> dict[Split, Table]:
    """The tables of a shard that `write_shard` wrote and whose digest was right, read as they are needed.

    Raises:
        DataError: it can't be read, or its arrays don't fit the layouts.
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
    with safe_open(path, framework="np"):
        pass
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
    data = np.memmap(path, np.uint8, "r")
    found = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        found[name] = data[begin:end].view(_DTYPES[entry["dtype"]]).reshape(entry["shape"])
    return found
