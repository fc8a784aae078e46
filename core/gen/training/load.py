"""A training's state and its model, by the path of the run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gen.errors import CheckpointError
from gen.model.build import build_model
from gen.model.vae import VAE
from gen.recipes.sections import Recipe
from gen.training.batch import pick_device
from gen.training.checkpoint import Checkpoint, checkpoints, latest_checkpoint, load_checkpoint, sweep
from gen.training.optimiser import Optimiser
from gen.training.run import Run

_PREFIX = "optimiser."


def checkpoint_of(
    model: VAE, optimiser: Optimiser, step: int, fingerprint: str, validation_loss: float | None
) -> Checkpoint:
    """Everything to go on from: order of examples and draws follow from the recipe and the step alone."""
    state = {f"{_PREFIX}{name}": value for name, value in optimiser.state().items()}
    return Checkpoint(step, model.state_dict(), state, fingerprint, validation_loss)


def restore(run: Run, model: VAE, optimiser: Optimiser, fingerprint: str) -> int:
    """Take up the run's latest checkpoint and forget what came after it; returns the number of steps done.

    A run that was stopped before its first checkpoint begins again.

    Raises:
        UsageError: the run's model was imported.
        CheckpointError: the checkpoint is damaged, of other data or of another model.
    """
    run.require_resumable()
    sweep(run.checkpoints)
    path = latest_checkpoint(run.checkpoints)
    if path is None:
        run.rewind(0)
        return 0
    checkpoint = load_checkpoint(path)
    if checkpoint.data_fingerprint != fingerprint:
        raise CheckpointError(
            f"{path} was trained on other data (fingerprint {checkpoint.data_fingerprint[:12]}, "
            f"now {fingerprint[:12]}): give the same --data, or start a new run"
        )
    load_weights(model, checkpoint, path.as_posix())
    if checkpoint.step > 0:
        state = {name.removeprefix(_PREFIX): value for name, value in checkpoint.state.items()}
        try:
            optimiser.load_state(state)
        except (KeyError, ValueError) as error:
            raise CheckpointError(f"{path}: its training state doesn't fit ({error})") from error
    run.rewind(checkpoint.step)
    return checkpoint.step


def load_weights(model: VAE, checkpoint: Checkpoint, name: str) -> None:
    """Put a checkpoint's weights into a model.

    Raises:
        CheckpointError: weights are missing, left over or of another shape; the text lists them.
    """
    try:
        model.load_state_dict(dict(checkpoint.model))
    except RuntimeError as error:
        raise CheckpointError(f"{name}: its weights don't fit the recipe: {error}") from error


@dataclass(frozen=True, eq=False)
class Trained:
    """A model in evaluation mode, the recipe that made it and the training step it stands at."""

    model: VAE
    recipe: Recipe
    step: int


def load_run(path: str | Path, *, step: int | None = None, device: str = "auto") -> Trained:
    """Load a run's model, of the latest checkpoint or of a step's, on ``auto``, ``cpu``, ``cuda`` …

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
