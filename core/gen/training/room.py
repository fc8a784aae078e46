"""Whether a disk has room, before anything is written to it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from torch import Tensor

from gen.errors import CheckpointError

_OVERHEAD = 64 << 10  # bytes of headers, meta.json and directories
_MARGIN = 1.02


def size_of(tensors: Iterable[Tensor]) -> int:
    """Bytes that a checkpoint of these takes, a little more rather than less."""
    return int(_MARGIN * sum(tensor.numel() * tensor.element_size() for tensor in tensors)) + _OVERHEAD


def require_room(folder: Path, needed: int, what: str) -> None:
    """Make sure that a folder's disk has room.

    Args:
        folder: must be there.
        needed: bytes.
        what: what they are for.

    Raises:
        CheckpointError: it hasn't; the text says how much is missing.
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise CheckpointError(f"{what} needs {_megabytes(needed)} and the disk of {folder} has {_megabytes(free)} left")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
