"""Files of other programs, read and written without those programs: numpy only, nothing trusted.

Every reader takes files from strangers. It checks sizes and offsets against the bytes that are there before it makes
anything of them, verifies checksums where the format has them, and raises `gen.errors.CheckpointError` with the place.
"""

from __future__ import annotations

from pathlib import Path

from gen.checkpoints.formats.magenta_js import MagentaJsCheckpoint, is_magenta_js
from gen.checkpoints.formats.tensorflow import TensorflowCheckpoint


def open_checkpoint(path: str | Path) -> TensorflowCheckpoint | MagentaJsCheckpoint:
    """A folder of magenta.js, or what `TensorflowCheckpoint.open` takes; a `CheckpointError` for none, or damage."""
    path = Path(path)
    return MagentaJsCheckpoint.open(path) if is_magenta_js(path) else TensorflowCheckpoint.open(path)
