"""The arrays and fields that converters work on, and rows that a decoder gave."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gen.interfaces import Flags, Floats, OneHot

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]

Decoded = npt.NDArray[np.floating]
"""Rows ``[B, T, D]`` as a decoder gives them, or their targets."""

Columns = dict[str, Reals]
"""Additive numbers by name, one row an example: ``[B]`` or ``[B, ...]``; see `gen.Converter.statistics`."""

Field = OneHot | Flags | Floats


def checked_rows(rows: Decoded, depth: int, *, name: str = "outputs") -> Decoded:
    """An array of rows, if it is ``[B, T, depth]``; else a ValueError."""
    array = np.asarray(rows)
    if array.ndim != 3 or array.shape[2] != depth:
        raise ValueError(f"{name}: expected an array [B, T, {depth}], got one of shape {list(array.shape)}")
    return array


def until_end(classes: npt.NDArray[np.integer], end_token: int | None) -> int:
    """Steps ``[T]`` before the first end token; all where there is none."""
    if end_token is None:
        return len(classes)
    found = np.flatnonzero(classes == end_token)
    return int(found[0]) if len(found) else len(classes)
