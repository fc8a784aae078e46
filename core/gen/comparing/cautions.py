"""What is known only after measuring, and should keep a reader from concluding too much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gen.comparing.measuring import Measured
from gen.comparing.plan import Plan
from gen.comparing.verdicts import Sampled
from gen.evaluation.figures import LATENT

_WORTH = 0.02  # nats a step: what another example's z must cost at the least, for z to count as used


def cautions(
    plan: Plan, measured: Mapping[str, Sequence[Measured]], figures: Mapping[str, Mapping[str, Sampled]]
) -> list[str]:
    """Sentences, by arm: its decoder does without z, or it was still getting better when its budget ended.

    Args:
        plan: of the comparison.
        measured: trainings of each arm.
        figures: of each arm, by ``regime/name``.
    """
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
        last = [each for each in trials if each.trial.own and each.measurement.step == plan.budget.steps]
        if plan.pick == "best" and last:
            found.append(
                f"{arm} was still getting better when its budget ended, in {len(last)} of {len(trials)} trainings: "
                "its curve has not flattened"
            )
    return found
