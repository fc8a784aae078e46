"""Every training of a comparison, measured on the same examples with the same draws, and kept; its models studied."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gen.comparing.plan import Plan, Trial
from gen.data.examples import Examples
from gen.data.prepare import Prepared
from gen.errors import UsageError
from gen.evaluation.measure import baseline_regimes, bits_of, measure
from gen.evaluation.measurement import Measurement, load_measurement
from gen.interfaces.converter import Converter
from gen.model.build import build_model
from gen.system import regular
from gen.training.batch import pick_device
from gen.training.checkpoint import best_checkpoint, load_checkpoint, weights_digest
from gen.training.load import Trained, load_weights
from gen.training.run import Run

SEED = 0
"""Of every draw of a measurement: the same for all."""

_BATCH = 128

_WAY = 2
"""Of measuring, counted up when what a model is found to be changes: what an older gen measured is measured again."""


@dataclass(frozen=True, eq=False)
class Measured:
    """A training and what was measured of it."""

    trial: Trial
    measurement: Measurement


class Models:
    """Loads the models of trials, and keeps each arm's first: it is measured, heard, and studied.

    Those of further seeds are only measured, and many of them would fill a memory.
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
        checkpoint = load_checkpoint(_checkpoint_of(trial, self._plan))
        model = build_model(trial.recipe).to(pick_device(self._device))
        load_weights(model, checkpoint, trial.name)
        trained = Trained(model.eval(), trial.recipe, checkpoint.step)
        if first:
            self._kept[trial.arm] = trained
        return trained


def _checkpoint_of(trial: Trial, plan: Plan) -> Path:
    """The weights that the plan picks: of runs that were trained before, always the last."""
    run = Run(trial.path)
    best = best_checkpoint(run.checkpoints) if trial.own and plan.pick == "best" else None
    return best or run.latest()


def examples_of(plan: Plan, prepared: Prepared) -> Examples:
    """What is measured on.

    Raises:
        DataError: the split has no example.
    """
    return prepared.require(plan.split).take(slice(0, plan.limit))


def require_same_data(trials: list[Trial], prepared: Prepared) -> None:
    """Make sure that runs which were trained before learned from the data at hand.

    Raises:
        UsageError: one didn't; what is test data here may have been training data there.
    """
    for trial in trials:
        theirs = Run(trial.path).data_fingerprint()
        if not trial.own and theirs != prepared.fingerprint:
            raise UsageError(
                f"{trial.arm} was trained on other data (fingerprint {theirs[:12] or 'unknown'}, here "
                f"{prepared.fingerprint[:12]}): what is held out here may be what it learned from; give the same "
                "--data, or compare recipes, which are trained anew"
            )


def measure_trial(
    trial: Trial,
    plan: Plan,
    models: Models,
    prepared: Prepared,
    converter: Converter,
    folder: Path,
    *,
    said: Callable[[Trial], None] | None = None,
) -> Measured:
    """Measure a trial, of which ``said`` is told, or read what was measured of it before."""

    def measured() -> Measurement:
        if said is not None:
            said(trial)
        trained, examples = models.of(trial), examples_of(plan, prepared)
        heat = plan.temperature
        return measure(
            trained.model, converter, examples, step=trained.step, batch_size=_BATCH, seed=SEED, temperature=heat
        )

    about = {"weights": weights_digest(_checkpoint_of(trial, plan)), "temperature": plan.temperature}
    return Measured(trial, _kept(folder, trial.name, about | _about(plan, prepared), measured))


def measure_baselines(
    plan: Plan, prepared: Prepared, converter: Converter, trials: Sequence[Measured], folder: Path
) -> Measurement | None:
    """The baselines' answers to the examples that are measured on, or what was measured of them before.

    They are fitted to the training split; None where there is none. Of the trials they take the bits of each arm.
    """
    if "train" not in prepared.splits:
        return None
    arms = {
        trial.trial.arm: [each.measurement for each in trials if each.trial.arm == trial.trial.arm] for trial in trials
    }
    bits = sorted({bits_of(measurements) for measurements in arms.values()})

    def measured() -> Measurement:
        examples = examples_of(plan, prepared)
        training = prepared.require("train")
        regimes = baseline_regimes(converter, training, examples, bits=bits, seed=SEED, store=prepared.store)
        return replace(trials[0].measurement, regimes=regimes)

    found = _kept(folder, "baselines", {**_about(plan, prepared), "bits": bits}, measured)
    return found if found.regimes else None


def _kept(folder: Path, name: str, about: Mapping[str, Any], measured: Callable[[], Measurement]) -> Measurement:
    """What was measured before, or is now and kept."""
    path = folder / "measured" / f"{name}.safetensors"
    regular.inner_folder(path.parent)
    found = load_measurement(path, about=about)
    if found is None:
        found = measured()
        found.save(path, about=about)
    return found


def _about(plan: Plan, prepared: Prepared) -> dict[str, Any]:
    """What decides the examples that are measured on, and the draws."""
    return {
        "way": _WAY,
        "data": prepared.fingerprint,
        "split": plan.split,
        "limit": plan.limit,
        "made_from": dict(prepared.store.manifest["made_from"]),
        "seed": SEED,
    }


def study_interpolation(
    plan: Plan, trials: Sequence[Trial], models: Models, prepared: Prepared, *, streams: Sequence[str]
) -> dict[str, Any]:
    """`gen.studies.interpolation_study` of the arms, each with its first seed, as data.

    Args:
        streams: names of the converter's streams, if it has several.

    Raises:
        UsageError: the converter's outputs aren't tokens at times.
        DataError: there is no training split.
    """
    from gen.studies.interpolation import interpolation_study

    first = {trial.arm: trial for trial in reversed(trials)}
    found = interpolation_study(
        {arm.name: models.of(first[arm.name]).model for arm in plan.arms},
        examples_of(plan, prepared),
        prepared.require("train"),
        seed=SEED,
        streams=streams if len(streams) > 1 else None,
    )
    return found.to_json()
