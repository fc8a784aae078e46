"""The training loop, top to bottom."""

from __future__ import annotations

import math
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

from gen.data.prepare import Prepared
from gen.interfaces.observer import Observer
from gen.model.vae import VAE
from gen.recipes.sections import Recipe
from gen.system.machine import require_memory
from gen.training.batch import require_precision
from gen.training.beginning import begin_from
from gen.training.checkpoint import Keep, not_finite, note_validation_loss, require_room, save_checkpoint, tidy
from gen.training.figures import Figures, Tally, held_out_loss
from gen.training.fitting import fit_to
from gen.training.interrupt import stop_requests
from gen.training.load import checkpoint_of, freeze, restore
from gen.training.loader import Loader
from gen.training.optimiser import Optimiser, exploded
from gen.training.run import Run
from gen.training.step import Passes
from gen.training.team import ALONE, Team
from gen.training.watching import Display, Watch, observers_of

_PAUSE = 1  # less than any signal that ends a training


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
    observer: Display | None = None,
    observers: Sequence[Observer] = (),
    team: Team = ALONE,
) -> Outcome:
    """Train until the recipe's number of steps, or until asked to stop; either way the last step is saved.

    Args:
        model: new, on the device to train on.
        prepared: needs examples in ``train``; ``validation`` is used where there is one.
        resume: go on from the run's latest checkpoint, exactly as if it had never stopped; from the beginning where
            it was stopped before its first one.
        pause: asked after every step with the number of steps done; where it says so, the training saves and returns,
            to be resumed later.
        observer, observers: are told of every step; what the first raises ends the training, and the others, beside
            those of the recipe, are left out once they raise.
        team: the processes that train together; only the first writes, and tells.

    Raises:
        DataError: there is no training example.
        UsageError: the device can't compute in the recipe's precision, another process trains in the run, or there are
            more processes than slices of a batch.
        RecipeError: ``training.frozen`` names what the model doesn't have.
        CheckpointError: the checkpoint is damaged or of other data, or a new one can't be written.
        TrainingError: too many updates in a row were skipped, weights, gradients at the end or the validation loss
            aren't finite, or another process is gone.
    """
    training = recipe.training
    examples = prepared.require("train")
    fingerprint = prepared.fingerprint
    require_precision(training.precision, model.device)
    one = examples.take(slice(0, 1))
    each = 16 + (one.outputs.nbytes + one.inputs.nbytes) / training.accumulate  # and its place in the order
    what, way_out = f"batches of {training.batch_size:,} examples", "lower training.batch_size, or raise accumulate"
    require_memory(training.batch_size * each, what, way_out)
    freeze(model, training.frozen)
    loader = Loader(examples, training.batch_size, seed=training.seed, device=model.device, augment=recipe.data.augment)
    optimiser = Optimiser(model.parameters(), training)
    held_out = prepared.splits.get("validation")
    keep = Keep(training.keep_checkpoints, training.keep_best, training.keep_every)

    watch = Watch(observer, [*observers_of(recipe), *observers] if team.leads else [])

    with (
        run.being_trained() if team.leads else nullcontext(),
        stop_requests(insist=team.size == 1) as stop,
        team.watch(),
    ):
        team.require_same(fingerprint, "data")
        step = team.decide(lambda: restore(run, model, optimiser, fingerprint)) if resume else 0
        if step == 0:
            begin_from(model, examples)
        if step > 0 and team.size > 1:
            optimiser.load_state(team.spread(optimiser.state()))
        if team.leads:
            size = checkpoint_of(model, optimiser, step, fingerprint, None).size
            tidy(run.checkpoints, keep)  # where a kill came between a new checkpoint and the end of an old one
            require_room(run.checkpoints, size, "a checkpoint of this model")
        passes = Passes(model.train(), recipe, loader, team)
        latest = saved = step

        def log(split: str, figures: Figures) -> None:
            run.log(step, split, figures)
            watch.on_log(step, split, figures)

        def due() -> bool:
            return held_out is not None and (step % training.eval_every == 0 or step == training.steps)

        def evaluate() -> float | None:
            """What ranks the weights, all figures logged; None where it was broken off, to be made up for on resuming.

            At whole weight of the KL: while that grows, losses of early and late weights aren't of one kind.
            """
            assert held_out is not None
            size, most = training.batch_size, training.eval_batches
            figures = stop.unless_asked(
                lambda: held_out_loss(model, held_out, step=step, batch_size=size, seed=training.seed, max_batches=most)
            )
            if figures is None:
                return None
            log("validation", figures)
            return figures["reconstruction"] + recipe.latent.max_beta * figures["kl_cost"]

        def keeps() -> bool:
            """Whether an undisturbed training saves at this step: only those checkpoints are ranked."""
            return step % training.checkpoint_every == 0 or step == training.steps

        def name_of(at: int) -> str | None:
            return f"step-{at}" if at else None

        def save(validation_loss: float | None) -> None:
            if wrong := not_finite(model.state_dict()):
                raise exploded(step, wrong, name_of(saved))
            run.sync_metrics()
            fit_to(model, examples, seed=training.seed, step=step)
            checkpoint = checkpoint_of(model, optimiser, step, fingerprint, validation_loss)
            save_checkpoint(run.checkpoints, checkpoint, keep=keep)
            watch.on_checkpoint(step)

        with watch.over(run.path, recipe, step):
            if team.leads and step > 0 and due() and not run.has_logged(step, "validation"):
                missed = evaluate()
                if missed is not None and keeps():
                    note_validation_loss(run.latest(), missed)

            clock = _Clock(step)
            loss, ending = None, 0
            while step < training.steps and not ending:
                wanted = (step + 1) % training.log_every == 0 or step + 1 in (1, training.steps)
                tally = Tally() if wanted else None
                feedback = passes.run(step, tally=tally)
                update = optimiser.step(step)
                step += 1
                if optimiser.skipped_in_a_row == 0:
                    latest = saved

                if tally is not None:
                    tally.gather(team.add_up)
                    figures = tally.figures()
                    figures |= {"learning_rate": update.learning_rate, "gradient_norm": update.gradient_norm}
                    if not training.sampling.teacher_forced:
                        figures["feedback"] = feedback
                    figures |= {"skipped_updates": optimiser.skipped, "steps_per_second": clock.rate(step)}
                    if team.leads:
                        log("train", figures)
                optimiser.require_progress(update, step, name_of(latest))
                if step == training.steps and not update.finite:
                    raise exploded(step, f"the norm of its gradients is {update.gradient_norm:g}", name_of(latest))
                loss = evaluate() if team.leads and due() else None
                if loss is not None and not math.isfinite(loss):
                    raise exploded(step, f"the loss of the validation split is {loss:g}", name_of(latest))
                if keeps() and update.finite:  # or else bad ones would take the place of good ones
                    if team.leads:
                        save(loss)
                    saved = step
                if team.leads:
                    watch.on_step(step)
                # all leave after the same step
                ending = team.most(stop.number or (_PAUSE if pause is not None and pause(step) else 0))
            if saved != step and team.leads:
                save(None)
            if ending:
                watch.ending = signal.Signals(ending).name if ending > _PAUSE else "paused"
    return Outcome(step, signal.Signals(ending).name if ending > _PAUSE else "")


class _Clock:
    """Steps a second since the last time it was asked."""

    def __init__(self, step: int) -> None:
        self._step, self._time = step, time.perf_counter()

    def rate(self, step: int) -> float:
        now = time.perf_counter()
        rate = (step - self._step) / max(now - self._time, 1e-9)
        self._step, self._time = step, now
        return rate
