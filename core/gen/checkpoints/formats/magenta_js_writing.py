"""Writing checkpoints of magenta.js, also with weights in one or two bytes (tensorflowjs, write_weights.py)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from gen.checkpoints.formats.magenta_js import CONFIG, MANIFEST
from gen.checkpoints.formats.variables import Array
from gen.errors import CheckpointError
from gen.system.files import json_text, write_atomically

Quantised = Literal["uint8", "uint16", "float16"]

SHARD_BYTES = 4 << 20
"""Size of a file of weights: browsers cache files of that size."""

_DTYPES = {"float32": "<f4", "int32": "<i4", "bool": "u1"}


def quantise(values: Array, dtype: Quantised) -> tuple[Array, float, float]:
    """Values as small numbers, the size of a step and the value of 0 (tensorflowjs/quantization.py).

    ``uint8`` and ``uint16`` are steps of equal size from the smallest weight to the largest, moved a little so that 0
    is exact where it lies between; ``float16`` is a plain half-precision number, with a step of 1 from 0.

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


def write_magenta_js_checkpoint(
    folder: str | Path,
    variables: Mapping[str, Array],
    *,
    config: Mapping[str, Any] | None = None,
    quantised: Quantised | None = None,
    shard_bytes: int = SHARD_BYTES,
) -> None:
    """Write ``weights_manifest.json``, files of weights and, where there is one, ``config.json``.

    Args:
        variables: arrays by name; float64 is written as float32, 64-bit integers as int32. Asked for one at a time, in
            the order of their names, twice: first for the sizes, then for the values.
        config: what magenta.js needs to know: ``type``, ``dataConverter`` …
        quantised: write float weights in one or two bytes; None keeps them exact.
        shard_bytes: of every file but the last.

    Raises:
        CheckpointError: a type that tfjs doesn't have, or values that can't be quantised.
        OSError: no room, no permission. The manifest is written last: without it there is no checkpoint.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    names = sorted(variables)
    total = sum(_size(name, variables[name], quantised) for name in names)
    count = max(-(-total // shard_bytes), 1)
    paths = [f"group1-shard{number}of{count}" for number in range(1, count + 1)]
    weights: list[dict[str, Any]] = []

    def contents() -> Iterator[bytes]:
        for name in names:
            described, content = _stored(name, variables[name], quantised)
            weights.append(described)
            yield content

    for path, shard in zip(paths, _shards(contents(), shard_bytes), strict=True):
        write_atomically(folder / path, shard)
    if config is not None:
        write_atomically(folder / CONFIG, json_text(config, indent=2) + "\n")
    write_atomically(folder / MANIFEST, json.dumps([{"paths": paths, "weights": weights}], allow_nan=False) + "\n")


def _shards(contents: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Bytes in pieces of one size; the last may be smaller, and is there even when empty."""
    waiting = bytearray()
    for content in contents:
        waiting += content
        while len(waiting) > size:
            yield bytes(waiting[:size])
            del waiting[:size]
    yield bytes(waiting)


def _size(name: str, value: Array, quantised: Quantised | None) -> int:
    array = np.asarray(value)
    dtype = _dtype(name, array)
    return array.size * np.dtype(quantised if quantised and dtype == "float32" else _DTYPES[dtype]).itemsize


def _stored(name: str, value: Array, quantised: Quantised | None) -> tuple[dict[str, Any], bytes]:
    array = np.asarray(value)
    dtype = _dtype(name, array)
    described: dict[str, Any] = {"name": name, "shape": list(array.shape), "dtype": dtype}
    if quantised is None or dtype != "float32":
        return described, np.ascontiguousarray(array, _DTYPES[dtype]).tobytes()
    try:
        steps, scale, minimum = quantise(array.astype(np.float32), quantised)
    except ValueError as error:
        raise CheckpointError(f"{name} {error}") from error
    described["quantization"] = {"dtype": quantised}
    if quantised != "float16":
        described["quantization"] |= {"scale": scale, "min": minimum}
    return described, np.ascontiguousarray(steps, steps.dtype.newbyteorder("<")).tobytes()


def _dtype(name: str, array: Array) -> str:
    wider = {"float64": "float32", "float16": "float32", "int64": "int32"}
    dtype: str = wider.get(array.dtype.name, array.dtype.name)
    if dtype not in _DTYPES:
        raise CheckpointError(f"{name}: magenta.js has no numbers of type {array.dtype}")
    if array.dtype.name == "int64" and array.size and not -(2**31) <= array.min() <= array.max() < 2**31:
        raise CheckpointError(f"{name} holds integers that don't fit 32 bits, the most that magenta.js has")
    return dtype
