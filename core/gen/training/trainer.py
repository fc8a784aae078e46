"""The training loop, top to bottom."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from gen import schedules
from gen.data.prepare import Prepared
from gen.errors import CheckpointError
from gen.evaluation.held_out import Figures, held_out_loss
from gen.interfaces.decoder import pooled
from gen.recipes.sections import Recipe
from gen.training.batch import require_precision
from gen.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from gen.training.interrupt import stop_requests
from gen.training.loader import Loader
from gen.training.optimiser import Optimiser, Update
from gen.training.run import Run
from gen.vae import VAE, Loss, Reconstruction


class Observer(Protocol):
    """Whoever wants to watch a training: a progress bar, TensorBoard, a test."""

    def on_step(self, step: int) -> None:
        """``step`` steps are done."""

    def on_log(self, step: int, split: str, figures: Figures) -> None:
        """Figures were written to the metrics: of a training batch, or of the validation split."""

    def on_checkpoint(self, step: int) -> None:
        """A checkpoint of that step lies in the run."""


@dataclass(frozen=True)
class Outcome:
    """How a training ended: after how many steps, and the signal that stopped it early (empty if none did)."""

    step: int
    stopped_by: str


def train(
    model: VAE,
    recipe: Recipe,
    prepared: Prepared,
    run: Run,
    *,
    resume: bool = False,
    pause: Callable[[int], bool] | None = None,
    observer: Observer | None = None,
) -> Outcome:
    """Train until the recipe's number of steps, or until asked to stop; either way the last step is saved.

    Args:
        model: new, on the device to train on.
        recipe: its training section rules the loop.
        prepared: needs examples in ``train``; ``validation`` is used where there is one.
        run: where metrics and checkpoints go.
        resume: go on from the run's latest checkpoint, exactly as if it had never stopped.
        pause: asked after every step with the number of steps done; where it says so, the training saves and returns,
            to be resumed later.
        observer: told of every step.

    Raises:
        DataError: there is no training example.
        UsageError: the device can't compute in the recipe's precision.
        CheckpointError: the checkpoint is damaged or of other data, or a new one can't be written.
    """
    training = recipe.training
    examples = prepared.require("train")
    validation = prepared.splits.get("validation")
    fingerprint = prepared.fingerprint
    device = model.device
    require_precision(training.precision, device)

    loader = Loader(examples, training.batch_size, seed=training.seed, device=device, augment=recipe.data.augment)
    optimiser = Optimiser(model.parameters(), training)
    generator = torch.Generator(device).manual_seed(training.seed)
    step = _restore(run, model, optimiser, generator, fingerprint) if resume else 0

    def save() -> None:
        state = _state(optimiser, generator)
        checkpoint = Checkpoint(step, model.state_dict(), state, fingerprint)
        save_checkpoint(run.checkpoints, checkpoint, keep=training.keep_checkpoints)
        if observer is not None:
            observer.on_checkpoint(step)

    model.train()
    clock = _Clock(step)
    saved = step
    paused = False
    with stop_requests() as stop:
        while step < training.steps and not stop and not paused:
            batch = loader.batch(step)
            feedback = schedules.feedback(training.sampling, step)
            with torch.autocast(device.type, torch.bfloat16, enabled=training.precision == "bf16"):
                result = model(
                    batch.inputs,
                    batch.outputs,
                    batch.lengths,
                    batch.controls,
                    feedback=feedback,
                    generator=generator,
                )
            loss = model.loss(result, step)
            torch.autograd.backward(loss.total)
            update = optimiser.step(step)
            step += 1

            if step % training.log_every == 0 or step in (1, training.steps):
                figures = _training_figures(loss, result, update)
                if not training.sampling.teacher_forced:
                    figures["feedback"] = feedback
                figures |= {"skipped_updates": optimiser.skipped, "steps_per_second": clock.rate(step)}
                _log(run, observer, step, "train", figures)
            if validation is not None and (step % training.eval_every == 0 or step == training.steps):
                figures = held_out_loss(
                    model,
                    validation,
                    step=step,
                    batch_size=training.batch_size,
                    seed=training.seed,
                    max_batches=training.eval_batches,
                )
                _log(run, observer, step, "validation", figures)
            if step % training.checkpoint_every == 0 or step == training.steps:
                save()
                saved = step
            if observer is not None:
                observer.on_step(step)
            paused = pause is not None and pause(step)
        if saved != step:
            save()
    return Outcome(step, stop.name)


def _training_figures(loss: Loss, result: Reconstruction, update: Update) -> Figures:
    sums, counts = result.decoded.sums, result.decoded.counts
    return {
        **loss.figures(),
        **{name: pooled(total, counts[name]).item() for name, total in sums.items()},
        "learning_rate": update.learning_rate,
        "gradient_norm": update.gradient_norm,
    }


def _log(run: Run, observer: Observer | None, step: int, split: str, figures: Figures) -> None:
    run.log(step, split, figures)
    if observer is not None:
        observer.on_log(step, split, figures)


def _state(optimiser: Optimiser, generator: torch.Generator) -> Mapping[str, Tensor]:
    optimiser_state = {f"optimiser.{name}": value for name, value in optimiser.state().items()}
    return {**optimiser_state, "generator": generator.get_state()}


def _restore(run: Run, model: VAE, optimiser: Optimiser, generator: torch.Generator, fingerprint: str) -> int:
    """Take up the run's latest checkpoint; returns the number of steps done."""
    run.require_resumable()
    path = run.latest()
    checkpoint = load_checkpoint(path)
    if checkpoint.data_fingerprint != fingerprint:
        raise CheckpointError(
            f"{path} was trained on other data (fingerprint {checkpoint.data_fingerprint[:12]}, "
            f"now {fingerprint[:12]}): give the same --data, or start a new run"
        )
    load_weights(model, checkpoint, path.as_posix())
    state = dict(checkpoint.state)
    try:
        generator.set_state(state.pop("generator"))
        optimiser.load_state({name.removeprefix("optimiser."): value for name, value in state.items()})
    except (KeyError, ValueError, RuntimeError) as error:
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


class _Clock:
    """Steps a second since the last time it was asked."""

    def __init__(self, step: int) -> None:
        self._step, self._time = step, time.perf_counter()

    def rate(self, step: int) -> float:
        now = time.perf_counter()
        rate = (step - self._step) / max(now - self._time, 1e-9)
        self._step, self._time = step, now
        return rate
