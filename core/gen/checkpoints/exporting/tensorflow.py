"""A trained model as a TensorFlow checkpoint, which the original's code reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gen.checkpoints.formats.tensorflow_writing import write_tensorflow_checkpoint
from gen.checkpoints.formats.variables import Array
from gen.checkpoints.original import OriginalVariables
from gen.training.load import Trained


def write_tensorflow(trained: Trained, folder: Path) -> dict[str, Any]:
    """Write ``model.ckpt-STEP`` with every weight and ``global_step``; no optimiser's state.

    Returns:
        What to tell of it: ``variables`` and ``parameters``.

    Raises:
        CheckpointError: the model has weights that the original has no names for.
    """
    weights = OriginalVariables(trained.model)
    write_tensorflow_checkpoint(folder / f"model.ckpt-{trained.step}", _WithStep(weights, trained.step))
    return {"variables": len(weights), "parameters": sum(weights[name].size for name in weights)}


class _WithStep(Mapping[str, Array]):
    """Weights, made when asked for, and beside them the step that TensorFlow's trainers look for."""

    def __init__(self, weights: OriginalVariables, step: int) -> None:
        self._weights, self._step = weights, np.array(step, np.int64)

    def __getitem__(self, name: str) -> Array:
        return self._step if name == "global_step" else self._weights[name]

    def __iter__(self) -> Iterator[str]:
        yield "global_step"
        yield from self._weights

    def __len__(self) -> int:
        return len(self._weights) + 1
