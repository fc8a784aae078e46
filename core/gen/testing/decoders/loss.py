"""What the loss is: nats, summed over an example's own valid steps."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from gen.testing.checks import Checks, failed, skipped
from gen.testing.decoders.subject import Batch, DecoderSubject

_BINS = 8


CHECKS: Checks[DecoderSubject] = Checks()


@CHECKS.add(
    "a mean over columns, bits for nats, a weight on a part of the loss, or another distribution in the sample",
    needs=["channel-order"],
)
def loss_in_nats(subject: DecoderSubject) -> None:
    """Each first step is said as often as its loss says: a share of ``exp(-loss)`` of the draws."""
    batch, draws = subject.first_draws
    half = len(draws) // 2
    steps = _distinct(draws[:half])
    if steps is None:
        skipped("steps are real numbers, or of too many kinds to count how often each is drawn")
    chances = torch.exp(-subject.loss(batch.saying(steps[:, None])))  # [K]
    if not torch.isfinite(chances).all() or chances.sum() > 1.02:
        failed(
            f"the chances exp(-loss) of the {len(steps)} first steps that were drawn add up to {chances.sum():.4g}, "
            "which is more than 1: the loss is too small to be one in nats"
        )
    # Steps of like chance form a group; what was never drawn in the first half is one more. The second half is counted.
    order = chances.argsort()
    group = torch.empty_like(order)
    group[order] = torch.arange(len(order)) * _BINS // len(order)
    expected = torch.zeros(_BINS + 1).scatter_add(0, group, chances)
    expected[_BINS] = 1.0 - expected.sum()
    there = {tuple(step.tolist()): int(number) for step, number in zip(steps, group, strict=True)}
    counted = torch.zeros(_BINS + 1)
    for step in draws[half:].round(decimals=3):
        counted[there.get(tuple(step.tolist()), _BINS)] += 1
    share = counted / counted.sum()
    distance = 0.5 * (share - expected).abs().sum().item()
    if distance > 0.02 + (_BINS / len(draws)) ** 0.5:
        worst = int((share - expected).abs().argmax())
        failed(
            f"steps whose chances exp(-loss) add up to {expected[worst]:.3f} are {share[worst]:.3f} of the draws at "
            "temperature 1: the loss is not that of what is sampled, or not in nats"
        )


@CHECKS.add(
    "a mean over steps, or a division by the length: long examples would weigh as much as short ones",
    needs=["loss-in-nats", "padding"],
)
def loss_summed(subject: DecoderSubject) -> None:
    """A further step adds its own nats: over all that it could be, ``exp(-added)`` adds up to no more than 1."""
    if subject.steps < 2:
        skipped("one step is its own sum and its own mean")
    _, draws = subject.first_draws
    # a decoder may read ahead in the controls: with those of a further step others change
    history = subject.batch.row(0)
    history = replace(history, controls=torch.zeros_like(history.controls))
    steps = _distinct(draws)
    if steps is None:
        _summed_of_reals(subject, history)
        return
    for last in sorted({1, min(subject.steps - 1, 4)}):
        before, after = history.first(last).whole(), history.first(last + 1).whole()
        targets = after.targets.repeat(len(steps), 1, 1)
        targets[:, last] = steps
        added = subject.loss(after.saying(targets)) - subject.loss(before).item()
        total = torch.exp(-added).sum().item()
        if not total <= 1.02:
            failed(
                f"step {last} adds so little to the loss that the chances of {len(steps)} different ones add up to "
                f"{total:.3g}: the loss is a mean over steps, or leaves some out"
            )


def _summed_of_reals(subject: DecoderSubject, history: Batch) -> None:
    """Where steps are real numbers: a gross error in the last step costs about as much as in a sequence of one."""
    costs = []
    for batch in (history.first(1).whole(), history.whole()):
        wrong = batch.targets.clone()
        wrong[:, -1] += 100.0
        costs.append((subject.loss(replace(batch, targets=wrong)) - subject.loss(batch)).item())
    if abs(costs[1]) < 0.6 * abs(costs[0]):
        failed(
            f"the same gross error costs {costs[0]:.3g} in a sequence of 1 step and {costs[1]:.3g} in one of "
            f"{history.steps}: the loss is a mean over steps"
        )


def _distinct(draws: Tensor) -> Tensor | None:
    """The different steps among draws, ``[K, D]``, to three decimals: rows of a batch differ by rounding.

    None where they are too many to list.
    """
    steps: Tensor = torch.unique(draws.round(decimals=3), dim=0)
    return None if len(steps) > max(4, len(draws) // 2) else steps
