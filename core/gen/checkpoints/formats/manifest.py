"""What ``weights_manifest.json`` says (tfjs-core, io/types.ts, WeightsManifestConfig).

A list of groups. The bytes of a group's files, one after another, are the bytes of its weights, one after another.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from gen.checkpoints.formats.variables import Variable, elements
from gen.data.archives import safe_relative
from gen.errors import CheckpointError

_STORED = {"float32": "<f4", "int32": "<i4", "uint8": "u1", "bool": "u1"}
_QUANTISED = {"uint8": "u1", "uint16": "<u2", "float16": "<f2"}


@dataclass(frozen=True)
class Weight:
    """One weight.

    Attributes:
        variable: its type and shape once read.
        group: which group it belongs to.
        offset: of its first byte in the group.
        stored: type of the numbers in the file.
        scale, minimum: a value is ``stored * scale + minimum``; scale is None where values are stored as they are.
    """

    variable: Variable
    group: int
    offset: int
    stored: np.dtype[Any]
    scale: float | None = None
    minimum: float = 0.0

    @property
    def size(self) -> int:
        """Bytes in the file."""
        return elements(self.variable.shape) * self.stored.itemsize


def read_manifest(text: bytes) -> tuple[list[list[str]], dict[str, Weight]]:
    """Files of each group, and weights by name.

    Raises:
        CheckpointError: not a manifest; the text says where it goes wrong.
    """
    groups = _parse(text)
    if not isinstance(groups, list):
        raise CheckpointError("is no list of groups")
    files: list[list[str]] = []
    weights: dict[str, Weight] = {}
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


def _weight(described: Mapping[str, Any], group: int, offset: int) -> Weight:
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
        return Weight(Variable(dtype, shape), group, offset, np.dtype(_STORED[dtype]))
    stored = _entry(quantised, "dtype", str, "quantization")
    if stored not in _QUANTISED or dtype not in ("float32", "int32"):
        raise CheckpointError(f"{dtype} is quantised to {stored}, which isn't read")
    scale, minimum = (1.0, 0.0) if stored == "float16" else (_number(quantised, key) for key in ("scale", "min"))
    return Weight(Variable(dtype, shape), group, offset, np.dtype(_QUANTISED[stored]), scale, minimum)


def _number(mapping: Mapping[str, Any], key: str) -> float:
    value = mapping.get(key)
    # beyond float32 every weight would be infinite
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 2.0**128:
        return float(value)
    raise CheckpointError(f"its quantisation has no finite {key}")
