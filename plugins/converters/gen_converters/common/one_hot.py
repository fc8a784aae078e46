"""Reading rows that a decoder gave."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def checked_rows(rows: npt.NDArray[np.floating], depth: int, *, name: str = "outputs") -> npt.NDArray[np.floating]:
    """An array of rows, if it is ``[B, T, depth]``.

    Raises:
        ValueError: it isn't.
    """
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
