"""A training's state between steps: to a checkpoint and back."""

from __future__ import annotations

from gen.errors import CheckpointError
from gen.model.vae import VAE
from gen.training.checkpoint import Checkpoint, latest_checkpoint, load_checkpoint, sweep
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
