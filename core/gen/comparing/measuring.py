"""Every training of a comparison, measured on the same examples with the same draws, and kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gen.comparing.models import Models, checkpoint_of
from gen.comparing.plan import Plan, Trial
from gen.data.examples import Examples
from gen.data.prepare import Prepared
from gen.errors import UsageError
from gen.evaluation.measure import measure
from gen.evaluation.measurement import Measurement, load_measurement
from gen.interfaces.converter import Converter
from gen.training.checkpoint import weights_digest
from gen.training.run import Run

SEED = 0
"""Of every draw of a measurement: the same for all."""

_BATCH = 128


@dataclass(frozen=True, eq=False)
class Measured:
    """A training and what was measured of it."""

    trial: Trial
    measurement: Measurement


def examples_of(plan: Plan, prepared: Prepared) -> Examples:
    """What is measured on.

    Raises:
        DataError: the split has no example.
    """
    return prepared.require(plan.split).take(slice(0, plan.limit))


def measure_trial(
    trial: Trial, plan: Plan, models: Models, prepared: Prepared, converter: Converter, folder: Path
) -> Measured:
    """Measure a trial, or read what was measured of it before.

    Args:
        trial: trained to its end.
        plan: of the comparison.
        models: of it.
        prepared: its data.
        converter: compares outputs with targets.
        folder: of the comparison.

    Raises:
        UsageError: a run that was trained on other data.
    """
    path = folder / "measured" / f"{trial.name}.safetensors"
    path.parent.mkdir(exist_ok=True)
    about = _about(trial, plan, prepared)
    found = load_measurement(path, about=about)
    if found is None:
        trained = models.of(trial)
        found = measure(
            trained.model,
            converter,
            examples_of(plan, prepared),
            step=trained.step,
            batch_size=_BATCH,
            seed=SEED,
            temperature=plan.temperature,
        )
        found.save(path, about=about)
    return Measured(trial, found)


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


def about_examples(plan: Plan, prepared: Prepared) -> Mapping[str, Any]:
    """What decides the examples that are measured on, and the draws."""
    return {
        "data": prepared.fingerprint,
        "split": plan.split,
        "limit": plan.limit,
        "made_from": dict(prepared.store.manifest["made_from"]),
        "seed": SEED,
    }


def _about(trial: Trial, plan: Plan, prepared: Prepared) -> Mapping[str, Any]:
    return {
        "weights": weights_digest(checkpoint_of(trial, plan)),
        "temperature": plan.temperature,
        **about_examples(plan, prepared),
    }
