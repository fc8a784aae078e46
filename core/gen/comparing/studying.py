"""The interpolation study of a comparison's arms, each with its first seed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gen.comparing.measuring import SEED, examples_of
from gen.comparing.models import Models
from gen.comparing.plan import Plan, Trial
from gen.data.prepare import Prepared

STUDIES = ("interpolation",)


def study(
    name: str, plan: Plan, trials: Sequence[Trial], models: Models, prepared: Prepared, *, streams: Sequence[str]
) -> dict[str, Any]:
    """One of `STUDIES`, as data; see `gen.studies.interpolation_study`.

    Args:
        name: of the study.
        plan: of the comparison.
        trials: all of them; the first of each arm is studied.
        models: of them.
        prepared: its data; n-gram models count in the training split.
        streams: names of the converter's streams, if it has several.

    Raises:
        UsageError: the converter's outputs aren't tokens at times.
        DataError: there is no training split.
    """
    from gen.studies.interpolation import interpolation_study

    assert name == "interpolation", name
    first: dict[str, Trial] = {}
    for trial in trials:
        first.setdefault(trial.arm, trial)
    found = interpolation_study(
        {arm: models.of(trial).model for arm, trial in first.items()},
        examples_of(plan, prepared),
        prepared.require("train"),
        seed=SEED,
        streams=streams if len(streams) > 1 else None,
    )
    return found.to_json()
