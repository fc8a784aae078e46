"""Weights in one or two bytes, as tfjs-converter makes them (tensorflowjs/quantization.py).

``uint8`` and ``uint16`` are steps of equal size from the smallest weight to the largest, moved a little so that 0 is
exact where it lies between; ``float16`` is a plain half-precision number.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from gen.checkpoints.formats.variables import Array

Quantised = Literal["uint8", "uint16", "float16"]


def quantise(values: Array, dtype: Quantised) -> tuple[Array, float, float]:
    """Values as small numbers, the size of a step and the value of 0.

    Args:
        values: finite numbers.
        dtype: of the small numbers; ``float16`` has a step of 1 from 0.

    Raises:
        ValueError: values that aren't finite, for which there are no steps.
    """
    if dtype == "float16":
        return values.astype(np.float16), 1.0, 0.0
    if not np.isfinite(values).all():
        raise ValueError("holds numbers that aren't finite, for which there are no steps")
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    if low == high:
        return np.zeros(values.shape, dtype), 1.0, low
    most = np.iinfo(dtype).max
    scale = (high - low) / most
    if low <= 0.0 <= high:
        low = -round(-low / scale) * scale
    steps = np.round((values.astype(np.float64) - low) / scale).clip(0, most)
    return steps.astype(dtype), scale, low


def restore(steps: Array, scale: float, minimum: float) -> Array:
    """Values of small numbers, float32; computed in float64 as JavaScript does."""
    values: Array = steps * np.float64(scale) + np.float64(minimum)
    return values.astype(np.float32)
