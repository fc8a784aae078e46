"""A released checkpoint of the original becomes a run (names and what is ignored: trained_model.py, lstm_models.py)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gen.checkpoints.formats import open_checkpoint
from gen.checkpoints.formats.magenta_js import MagentaJsCheckpoint
from gen.checkpoints.formats.tensorflow import TensorflowCheckpoint
from gen.checkpoints.formats.variables import Array, Lazy
from gen.checkpoints.original import load_variables, match, variable_shapes
from gen.errors import CheckpointError
from gen.model.build import build_model
from gen.recipes import resolved_yaml
from gen.recipes.sections import Recipe
from gen.system import regular
from gen.system.files import json_text, write_atomically
from gen.training.checkpoint import Checkpoint, save_checkpoint
from gen.training.run import Run


@dataclass(frozen=True)
class Imported:
    """What became of a checkpoint: the run, what was read, and the step it was saved after, 0 where it doesn't tell.

    ``loaded`` are variables that are weights of the model now, ``parameters`` the numbers in them; ``ignored`` aren't
    weights, but an optimiser's, say.
    """

    run: Path
    source: str
    step: int
    loaded: tuple[str, ...]
    parameters: int
    ignored: tuple[str, ...]


def import_magenta(
    checkpoint: str | Path, recipe: Recipe, out: str | Path, *, renames: Sequence[tuple[str, str]] = ()
) -> Imported:
    """Make a run of a TensorFlow or magenta.js checkpoint; `gen.load_model` takes it from there.

    Nothing is written unless every weight of the recipe's model is there, fits and is finite, and none is left over.

    Args:
        checkpoint: as `open_checkpoint` takes it.
        renames: text in the checkpoint's names and what stands for it, applied in order.

    Raises:
        UsageError: the run directory holds something already.
        CheckpointError: the checkpoint is damaged, or isn't one of the recipe's model; the text lists what doesn't fit.
    """
    run = Run(out)
    run.require_new()
    file = open_checkpoint(checkpoint)
    model = build_model(recipe)
    shapes = variable_shapes(model)
    names, ignored = match(file.variables, shapes, title=f"{file.title} doesn't fit {recipe.name}", renames=renames)
    load_variables(model, Lazy(names, lambda name: _finite(file, names[name])))
    step = file.step or 0

    regular.inner_folder(run.checkpoints)
    save_checkpoint(run.checkpoints, Checkpoint(step, model.state_dict(), {}, ""), keep=1)
    account = {"source": file.title, "step": step, "variables": len(shapes), "ignored": list(ignored)}
    write_atomically(run.import_file, json_text(account, indent=1) + "\n")
    write_atomically(run.recipe_file, resolved_yaml(recipe))  # last: with it, the directory is a run
    parameters = sum(math.prod(shape) for shape in shapes.values())
    return Imported(run.path, file.title, step, tuple(shapes), parameters, ignored)


def _finite(file: TensorflowCheckpoint | MagentaJsCheckpoint, name: str) -> Array:
    values = file.read(name).astype(np.float32)
    if not np.isfinite(values).all():
        raise CheckpointError(f"{file.title}: {name} holds numbers that aren't finite")
    return values
