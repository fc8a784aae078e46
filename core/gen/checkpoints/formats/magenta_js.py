"""Checkpoints of magenta.js: ``weights_manifest.json``, files of weights, and ``config.json`` beside them.

Read, and written, also with weights in one or two bytes (tensorflowjs, write_weights.py and quantization.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NoReturn

import numpy as np

from gen.checkpoints.formats.sources import Folder
from gen.checkpoints.formats.variables import Array, Variable, elements
from gen.data.archives import safe_relative
from gen.errors import CheckpointError
from gen.system import regular
from gen.system.files import json_text, write_atomically
from gen.system.spelling import hint

MANIFEST, CONFIG = "weights_manifest.json", "config.json"
_MOST_JSON_BYTES = 64 << 20
_STORED = {"float32": "<f4", "int32": "<i4", "uint8": "u1", "bool": "u1"}
_QUANTISED = {"uint8": "u1", "uint16": "<u2", "float16": "<f2"}
_SHARD_BYTES = 4 << 20  # of a file of weights: browsers cache files of that size

Quantised = Literal["uint8", "uint16", "float16"]


class MagentaJsCheckpoint:
    """Variables of a magenta.js checkpoint in a folder, read one at a time from files mapped into memory.

    They go by TensorFlow's names and shapes. Opening it checks that every file is there and of the size that the
    manifest says.

    Raises:
        CheckpointError: a file is missing or damaged; the text says which, and where.
    """

    step: int | None = None
    """These checkpoints don't tell."""

    def __init__(self, folder: Path) -> None:
        self.title = str(folder)
        source = Folder(folder)
        try:
            files, self._weights = _read_manifest(_small(source, MANIFEST))
        except CheckpointError as error:
            raise CheckpointError(f"{folder / MANIFEST}: {error}") from error
        self.variables: Mapping[str, Variable] = {name: weight.variable for name, weight in self._weights.items()}
        """Everything in it, by name."""
        self._groups = [[source.open(path) for path in paths] for paths in files]
        wanted = dict.fromkeys(range(len(files)), 0)
        for weight in self._weights.values():
            wanted[weight.group] += weight.size
        for number, group in enumerate(self._groups):
            there = sum(map(len, group))
            if there != wanted[number]:
                raise CheckpointError(
                    f"{folder}: the files of group {number} ({', '.join(files[number][:3]) or 'none'} …) have "
                    f"{there:,} bytes, but the manifest speaks of {wanted[number]:,}; fetch the checkpoint again"
                )
        self.config: Mapping[str, Any] = _config(source)
        """What ``config.json`` holds: the model's and converter's kind, for magenta.js. Empty where there is none."""

    @classmethod
    def open(cls, path: str | Path) -> MagentaJsCheckpoint:
        """The checkpoint in a folder, given it or a file in it; errors as of the class."""
        path = Path(path)
        return cls(path if path.is_dir() else path.parent)

    def read(self, name: str) -> Array:
        """One variable, a read-only view of a file where possible; quantised ones as the numbers they stand for.

        Raises:
            CheckpointError: there is none of that name.
        """
        weight = self._weights.get(name)
        if weight is None:
            raise CheckpointError(f"{self.title} has no variable {name!r}{hint(name, self._weights)}")
        stored = np.frombuffer(self._bytes(weight), weight.stored).reshape(weight.variable.shape)
        if weight.scale is not None:
            with np.errstate(over="ignore", invalid="ignore"):
                values = restore(stored, weight.scale, weight.minimum)
                return np.floor(values + 0.5).astype(np.int32) if weight.variable.dtype == "int32" else values
        return stored != 0 if weight.variable.dtype == "bool" else stored

    def _bytes(self, weight: _Weight) -> bytes | memoryview:
        """From all files that hold some of them."""
        start, end, at = weight.offset, weight.offset + weight.size, 0
        pieces = []
        for file in self._groups[weight.group]:
            if at < end and at + len(file) > start:
                pieces.append(file[max(start - at, 0) : end - at])
            at += len(file)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def is_magenta_js(path: Path) -> bool:
    """Whether that is such a checkpoint's folder, its manifest or its ``config.json``."""
    folder = path if path.is_dir() else path.parent
    return (path.is_dir() or path.name in (MANIFEST, CONFIG)) and (folder / MANIFEST).is_file()


def restore(steps: Array, scale: float, minimum: float) -> Array:
    """Values of quantised weights, float32; computed in float64 as JavaScript does."""
    values: Array = steps * np.float64(scale) + np.float64(minimum)
    return values.astype(np.float32)


def _small(source: Folder, name: str) -> bytes:
    content = source.open(name)
    if len(content) > _MOST_JSON_BYTES:
        raise CheckpointError(f"has {len(content):,} bytes, which no such file has")
    return bytes(content)


def _config(source: Folder) -> Mapping[str, Any]:
    if CONFIG not in source.names:
        return {}
    try:
        config = json.loads(_small(source, CONFIG))
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{source.path / CONFIG} is not JSON ({error})") from error
    if not isinstance(config, dict):
        raise CheckpointError(f"{source.path / CONFIG} holds no JSON object")
    return config


@dataclass(frozen=True)
class _Weight:
    variable: Variable  # once read
    group: int
    offset: int  # of its first byte in the group
    stored: np.dtype[Any]  # of the numbers in the file
    scale: float | None = None  # a value is stored * scale + minimum; None where values are stored as they are
    minimum: float = 0.0

    @property
    def size(self) -> int:
        """Bytes in the file."""
        return elements(self.variable.shape) * self.stored.itemsize


def _read_manifest(text: bytes) -> tuple[list[list[str]], dict[str, _Weight]]:
    """Files of each group, and weights by name (tfjs-core, io/types.ts, WeightsManifestConfig).

    The bytes of a group's files, one after another, are the bytes of its weights, one after another.
    """
    groups = _parse(text)
    if not isinstance(groups, list):
        raise CheckpointError("is no list of groups")
    files: list[list[str]] = []
    weights: dict[str, _Weight] = {}
    for number, group in enumerate(groups):
        place = f"group {number}"
        paths, described = _entry(group, "paths", list, place), _entry(group, "weights", list, place)
        for path in paths:
            if not isinstance(path, str) or not safe_relative(path):
                raise CheckpointError(f"{place}: {path!r} is no path of a file beside the manifest")
        offset = 0
        for each in described:
            name = _entry(each, "name", str, place)
            try:
                weight = _weight(each, number, offset)
            except CheckpointError as error:
                raise CheckpointError(f"{name}: {error}") from error
            if name in weights:
                raise CheckpointError(f"{name} is there twice")
            weights[name] = weight
            offset += weight.size
        files.append(paths)
    used = [path for paths in files for path in paths]
    if len(set(used)) < len(used):
        raise CheckpointError("names a file twice")
    return files, weights


def _parse(text: bytes) -> Any:
    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is no number")

    try:
        return json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"is not JSON ({error})") from error


def _entry(mapping: Any, key: str, kind: type, place: str) -> Any:
    value = mapping.get(key) if isinstance(mapping, Mapping) else None
    if not isinstance(value, kind):
        raise CheckpointError(f"{place}: has no {key}, or of another type")
    return value


def _weight(described: Mapping[str, Any], group: int, offset: int) -> _Weight:
    dtype = _entry(described, "dtype", str, "dtype")
    sizes = _entry(described, "shape", list, "shape")
    if any(type(size) is not int for size in sizes):
        raise CheckpointError(f"a shape that no array has: {sizes}")
    shape = tuple(sizes)
    elements(shape)
    if dtype not in _STORED:
        raise CheckpointError(f"its values are of type {dtype}, which isn't read")
    quantised = described.get("quantization")
    if quantised is None:
        return _Weight(Variable(dtype, shape), group, offset, np.dtype(_STORED[dtype]))
    stored = _entry(quantised, "dtype", str, "quantization")
    if stored not in _QUANTISED or dtype not in ("float32", "int32"):
        raise CheckpointError(f"{dtype} is quantised to {stored}, which isn't read")
    scale, minimum = (1.0, 0.0) if stored == "float16" else (_number(quantised, key) for key in ("scale", "min"))
    return _Weight(Variable(dtype, shape), group, offset, np.dtype(_QUANTISED[stored]), scale, minimum)


def _number(mapping: Mapping[str, Any], key: str) -> float:
    value = mapping.get(key)
    # beyond float32 every weight would be infinite
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 2.0**128:
        return float(value)
    raise CheckpointError(f"its quantisation has no finite {key}")


def quantise(values: Array, dtype: Quantised) -> tuple[Array, float, float]:
    """Values as small numbers, the size of a step and the value of 0.

    ``uint8`` and ``uint16`` are steps of equal size from the smallest weight to the largest, moved a little so that 0
    is exact where it lies between; ``float16`` is a plain half-precision number, with a step of 1 from 0. For values
    that aren't finite there are no steps, but a `ValueError`.
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
    shard_bytes: int = _SHARD_BYTES,
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
    regular.folder(folder)
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
    return array.size * np.dtype(quantised if quantised and dtype == "float32" else _STORED[dtype]).itemsize


def _stored(name: str, value: Array, quantised: Quantised | None) -> tuple[dict[str, Any], bytes]:
    array = np.asarray(value)
    dtype = _dtype(name, array)
    described: dict[str, Any] = {"name": name, "shape": list(array.shape), "dtype": dtype}
    if quantised is None or dtype != "float32":
        return described, np.ascontiguousarray(array, _STORED[dtype]).tobytes()
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
    if dtype not in _STORED or dtype == "uint8":
        raise CheckpointError(f"{name}: magenta.js has no numbers of type {array.dtype}")
    if array.dtype.name == "int64" and array.size and not -(2**31) <= array.min() <= array.max() < 2**31:
        raise CheckpointError(f"{name} holds integers that don't fit 32 bits, the most that magenta.js has")
    return dtype
