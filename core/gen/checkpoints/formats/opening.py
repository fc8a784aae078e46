"""A checkpoint of the original in any of its formats."""

from __future__ import annotations

from pathlib import Path

from gen.checkpoints.formats.magenta_js import MagentaJsCheckpoint, is_magenta_js
from gen.checkpoints.formats.tensorflow import TensorflowCheckpoint


def open_checkpoint(path: str | Path) -> TensorflowCheckpoint | MagentaJsCheckpoint:
    """Open a checkpoint for reading.

    Args:
        path: a folder with a magenta.js checkpoint, or anything that `TensorflowCheckpoint.open` takes.

    Raises:
        CheckpointError: there is none, or it is damaged.
    """
    path = Path(path)
    return MagentaJsCheckpoint.open(path) if is_magenta_js(path) else TensorflowCheckpoint.open(path)
