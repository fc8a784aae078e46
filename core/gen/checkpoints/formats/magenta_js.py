"""Checkpoints of magenta.js: ``weights_manifest.json``, files of weights, and ``config.json`` beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gen.checkpoints.formats.manifest import Weight, read_manifest
from gen.checkpoints.formats.quantisation import restore
from gen.checkpoints.formats.sources import Folder
from gen.checkpoints.formats.variables import Array, Variable, array_from
from gen.errors import CheckpointError
from gen.system.spelling import hint

MANIFEST, CONFIG = "weights_manifest.json", "config.json"
_MOST_JSON_BYTES = 64 << 20


class MagentaJsCheckpoint:
    """Variables of a magenta.js checkpoint, read one at a time from files mapped into memory.

    They go by TensorFlow's names and shapes. Opening it checks that every file is there and of the size that the
    manifest says.

    Args:
        folder: where its files are.

    Raises:
        CheckpointError: a file is missing or damaged; the text says which, and where.
    """

    step: int | None = None
    """These checkpoints don't tell."""

    def __init__(self, folder: Path) -> None:
        self.title = str(folder)
        source = Folder(folder)
        try:
            files, self._weights = read_manifest(_small(source, MANIFEST))
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
        """Open the checkpoint in a folder.

        Args:
            path: the folder, or a file in it.

        Raises:
            CheckpointError: there is none, or it is damaged.
        """
        path = Path(path)
        return cls(path if path.is_dir() else path.parent)

    def read(self, name: str) -> Array:
        """One variable; quantised ones come as the numbers they stand for.

        Returns:
            A read-only view of a file where possible.

        Raises:
            CheckpointError: there is none of that name.
        """
        weight = self._weights.get(name)
        if weight is None:
            raise CheckpointError(f"{self.title} has no variable {name!r}{hint(name, self._weights)}")
        stored = array_from(self._bytes(weight), weight.stored, weight.variable.shape)
        if weight.scale is not None:
            with np.errstate(over="ignore", invalid="ignore"):
                values = restore(stored, weight.scale, weight.minimum)
                return np.floor(values + 0.5).astype(np.int32) if weight.variable.dtype == "int32" else values
        return stored != 0 if weight.variable.dtype == "bool" else stored

    def _bytes(self, weight: Weight) -> bytes | memoryview:
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
