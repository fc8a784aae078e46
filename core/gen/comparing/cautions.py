"""What is known only after measuring, and should keep a reader from concluding too much."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from gen.comparing.measuring import Measured
from gen.comparing.plan import Plan
from gen.comparing.verdicts import Sampled
from gen.evaluation.figures import LATENT
from gen.training.run import Run

_WORTH = 0.02  # nats a step: what another example's z must cost at the least, for z to count as used
_END = 0.2  # share of a budget at whose end a curve should be flat
_FLAT = 0.005  # share of a validation loss by which it may fall there all the same
_FEW = 10  # pieces of music

Losses = dict[int, float]
"""Validation losses of a training by step."""


def cautions(
    plan: Plan, measured: Mapping[str, Sequence[Measured]], figures: Mapping[str, Mapping[str, Sampled]]
) -> list[str]:
    """Sentences, by arm: what was measured says little of its latent space, or of longer trainings, or of other music.

    Arms have their trainings in ``measured``, and their figures, by ``regime/name``, in ``figures``.
    """
    looks = {
        arm: [_losses(Run(each.trial.path)) for each in trials if each.trial.own] for arm, trials in measured.items()
    }
    found = []
    for arm, trials in measured.items():
        worth = figures[arm].get(f"{LATENT}/nats_from_z")
        without = 0 if worth is None else int((worth.seeds < _WORTH).sum())
        if without:
            found.append(
                f"{arm} does without its z in {without} of {len(trials)} trainings: with another example's it says a "
                f"step as well, to less than {_WORTH:g} nats, so these say nothing of its latent space; train longer, "
                "or lower latent.max_beta"
            )
        falling = sum(map(_still_falls, looks[arm]))
        if falling:
            found.append(
                f"{arm} was still getting better when its budget ended, in {falling} of {len(trials)} trainings: its "
                "curve has not flattened"
            )
    found += _unlike_looks(plan, looks)
    pieces = len(np.unique(next(iter(measured.values()))[0].measurement.pieces))
    if pieces < _FEW:
        found.append(f"{pieces} pieces of music are few to measure on: others may turn every verdict round")
    return found


def _losses(run: Run) -> Losses:
    """With each step once, though a stop may have logged it twice; NaN where it wasn't finite."""
    lines = [line for line in run.metrics() if line["split"] == "validation"]
    return {line["step"]: math.nan if line["loss"] is None else line["loss"] for line in lines}


def _still_falls(losses: Losses) -> bool:
    """Whether the least loss of a budget's last fifth is below the least one before it by more than chance makes it."""
    begin = (1.0 - _END) * max(losses, default=0)
    before, after = (
        [loss for step, loss in losses.items() if (step > begin) == late and math.isfinite(loss)]
        for late in (False, True)
    )
    return bool(before and after) and min(after) < min(before) - _FLAT * abs(min(before))


def _unlike_looks(plan: Plan, looks: Mapping[str, Sequence[Losses]]) -> Iterator[str]:
    """Where weights were picked among unlike many, or not at all."""
    if plan.pick != "best":
        return
    steps = {frozenset(losses) for trainings in looks.values() for losses in trainings}
    if frozenset() in steps:
        yield "without validation examples no weights are the best: the last ones were measured"
    elif len(steps) > 1:
        fewest, most = (choose(map(len, steps)) for choose in (min, max))
        yield (
            f"trainings were validated at unlike steps, {fewest} to {most} of them, as happens where a comparison "
            "grows: the best weights were picked among more of one than of another; --pick last measures all alike"
        )
