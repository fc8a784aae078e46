"""A trained model, by the path of its run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gen.errors import CheckpointError
from gen.model.build import build_model
from gen.model.vae import VAE
from gen.recipes.sections import Recipe
from gen.training.batch import pick_device
from gen.training.checkpoint import checkpoints, load_checkpoint
from gen.training.run import Run
from gen.training.state import load_weights


@dataclass(frozen=True, eq=False)
class Trained:
    """A model in evaluation mode, the recipe that made it and the training step it stands at."""

    model: VAE
    recipe: Recipe
    step: int


def load_run(path: str | Path, *, step: int | None = None, device: str = "auto") -> Trained:
    """Load a run's model.

    Args:
        path: the run directory.
        step: which checkpoint; the latest where None.
        device: ``auto``, ``cpu``, ``cuda`` …

    Raises:
        UsageError: no run directory, or a recipe that no longer loads.
        CheckpointError: no such checkpoint, or a damaged one.
    """
    run = Run(path)
    recipe = run.recipe()
    folder = run.latest() if step is None else run.checkpoints / f"step-{step}"
    if not folder.is_dir():
        there = ", ".join(found.name for found in checkpoints(run.checkpoints)) or "none"
        raise CheckpointError(f"{run.path} has no checkpoint of step {step} (there: {there})")
    checkpoint = load_checkpoint(folder)
    model = build_model(recipe).to(pick_device(device))
    load_weights(model, checkpoint, str(folder))
    return Trained(model.eval(), recipe, checkpoint.step)


def load_model(path: str | Path, *, step: int | None = None, device: str = "auto") -> VAE:
    """The model of a run, in evaluation mode; arguments and errors as `load_run`."""
    return load_run(path, step=step, device=device).model
