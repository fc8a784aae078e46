"""The models of a comparison: which weights of a trial count, and each loaded once where it is needed again."""

from __future__ import annotations

from pathlib import Path

from gen.comparing.plan import Plan, Trial
from gen.model.build import build_model
from gen.training.batch import pick_device
from gen.training.checkpoint import best_checkpoint, load_checkpoint
from gen.training.load import Trained, load_weights
from gen.training.run import Run


def checkpoint_of(trial: Trial, plan: Plan) -> Path:
    """The weights that the plan picks: of runs that were trained before, always the last."""
    run = Run(trial.path)
    best = best_checkpoint(run.checkpoints) if trial.own and plan.pick == "best" else None
    return best or run.latest()


class Models:
    """Loads the models of trials, and keeps each arm's first: it is measured, heard, and studied.

    Those of further seeds are only measured, and many of them would fill a memory.

    Args:
        plan: of the comparison.
        device: to compute on.
    """

    def __init__(self, plan: Plan, *, device: str = "auto") -> None:
        self._plan = plan
        self._device = device
        self._kept: dict[str, Trained] = {}

    def of(self, trial: Trial) -> Trained:
        """The model of a trial, its checkpoint's hashes verified when it is loaded.

        Raises:
            CheckpointError: as `gen.training.checkpoint.load_checkpoint`.
        """
        first = not trial.own or trial.seed == self._plan.seeds[0]
        if first and trial.arm in self._kept:
            return self._kept[trial.arm]
        checkpoint = load_checkpoint(checkpoint_of(trial, self._plan))
        model = build_model(trial.recipe).to(pick_device(self._device))
        load_weights(model, checkpoint, trial.name)
        trained = Trained(model.eval(), trial.recipe, checkpoint.step)
        if first:
            self._kept[trial.arm] = trained
        return trained
