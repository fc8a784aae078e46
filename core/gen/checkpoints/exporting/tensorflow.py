"""A trained model as a TensorFlow checkpoint, which the original's code reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from gen.checkpoints.formats.tensorflow import write_tensorflow_checkpoint
from gen.checkpoints.formats.variables import Lazy
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
    step = np.array(trained.step, np.int64)  # TensorFlow's trainers look for it
    variables = Lazy(["global_step", *weights], lambda name: step if name == "global_step" else weights[name])
    write_tensorflow_checkpoint(folder / f"model.ckpt-{trained.step}", variables)
    return {"variables": len(weights), "parameters": sum(weights[name].size for name in weights)}
