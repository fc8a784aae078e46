"""What the loss is: nats, summed over an example's own valid steps."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from gen.interfaces.decoder import DecoderOutput
from gen.testing.checks import failed, skipped
from gen.testing.decoders.subject import Batch, DecoderSubject
from gen.testing.weights import differs, mode

_BINS = 8


def padding(subject: DecoderSubject) -> None:
    """Steps past an example's length add nothing to its loss and metrics, whatever they hold."""
    batch = subject.batch
    together = subject.forward(subject.decoder, batch)
    nothing = subject.forward(subject.decoder, batch.of_lengths(torch.zeros_like(batch.lengths)))
    if nothing.loss.any():
        failed(f"an example of length 0 has a loss of {nothing.loss.abs().max().item():.3g}, not 0")
    noisy, controls = batch.targets.clone(), None if batch.controls is None else batch.controls.clone()
    for row, length in enumerate(batch.lengths.tolist()):
        noisy[row, length:] = subject.other_targets[row, length:] + 10.0
        if controls is not None:
            controls[row, length:] = 10.0
    changed = subject.forward(subject.decoder, replace(batch, targets=noisy, controls=controls))
    _same(together, changed, batch.lengths, "change with what stands after its last step")
    for row, length in enumerate(batch.lengths.tolist()):
        alone = subject.forward(subject.decoder, batch.rows([row]).first(length))
        one = subject.forward(subject.decoder, batch.rows([row]))
        _same(alone, one, batch.lengths[row : row + 1], f"change with {subject.steps - length} steps of padding")


def _same(one: DecoderOutput, other: DecoderOutput, lengths: Tensor, complaint: str) -> None:
    parts = {"loss": (one.loss, other.loss)}
    for kind in ("sums", "counts"):
        parts |= {
            f"{kind}[{name!r}]": (value, getattr(other, kind)[name]) for name, value in getattr(one, kind).items()
        }
    for name, (before, after) in parts.items():
        wrong = differs(before, after).flatten(1).any(1) if before.dim() > 1 else differs(before, after)
        if wrong.any():
            row = int(wrong.nonzero()[0])
            failed(f"{name} of an example of length {lengths[row].tolist()} {complaint}")


def batch_mates(subject: DecoderSubject) -> None:
    """An example's loss, outputs and metrics don't change with the other examples of its batch."""
    batch = subject.batch.whole()
    mixed = Batch(
        torch.cat([batch.targets[:1], subject.other_targets[1:]]),
        torch.cat([batch.lengths[:1], batch.lengths[1:] // 2]),
        torch.cat([batch.z[:1], batch.z[1:].flip(0) + 1.0]),
        None if batch.controls is None else torch.cat([batch.controls[:1], batch.controls[1:].flip(0)]),
    )
    for training in (False, True):
        how = "training" if training else "evaluation"
        with mode(subject.decoder, training):
            one, other = (subject.forward(subject.decoder, each) for each in (batch, mixed))
        for name, before, after in (("outputs", one.outputs, other.outputs), ("loss", one.loss, other.loss)):
            if differs(before[0], after[0]).any():
                failed(f"{name} of an example change with the other examples of its batch, in {how} mode")
        for name, total in one.sums.items():
            if differs(total[0], other.sums[name][0]).any():
                failed(f"metric {name!r} of an example changes with the other examples of its batch, in {how} mode")


def in_nats(subject: DecoderSubject) -> None:
    """Each first step is said as often as its loss says: a share of ``exp(-loss)`` of the draws."""
    batch, draws = subject.first_draws
    half = len(draws) // 2
    try:
        steps = _distinct(draws[:half])
    except Unlistable:
        skipped("steps are real numbers, or of too many kinds to count how often each is drawn")
    chances = torch.exp(-_losses(subject, batch, steps))  # [K]
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


def summed(subject: DecoderSubject) -> None:
    """A further step adds its own nats: over all that it could be, ``exp(-added)`` adds up to no more than 1."""
    if subject.steps < 2:
        skipped("one step is its own sum and its own mean")
    _, draws = subject.first_draws
    history = subject.batch.rows([0])
    if history.controls is not None:  # a decoder may read ahead in them: with those of a further step others change
        history = replace(history, controls=torch.zeros_like(history.controls))
    try:
        steps = _distinct(draws)
    except Unlistable:
        _summed_of_reals(subject, history)
        return
    for last in sorted({1, min(subject.steps - 1, 4)}):
        before, after = history.first(last).whole(), history.first(last + 1).whole()
        start = subject.forward(subject.decoder, before).loss.item()
        targets = after.targets.repeat(len(steps), 1, 1)
        targets[:, last] = steps
        added = after.saying(targets)
        with torch.no_grad():
            loss = subject.forward(subject.decoder, added).loss - start
        total = torch.exp(-loss).sum().item()
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
        with torch.no_grad():
            one, other = (
                subject.forward(subject.decoder, replace(batch, targets=t)).loss for t in (batch.targets, wrong)
            )
        costs.append((other - one).item())
    if abs(costs[1]) < 0.6 * abs(costs[0]):
        failed(
            f"the same gross error costs {costs[0]:.3g} in a sequence of 1 step and {costs[1]:.3g} in one of "
            f"{history.steps}: the loss is a mean over steps"
        )


class Unlistable(Exception):
    """Too many different steps to list."""


def _distinct(draws: Tensor) -> Tensor:
    """The different steps among draws, ``[K, D]``, to three decimals: rows of a batch differ by rounding."""
    steps: Tensor = torch.unique(draws.round(decimals=3), dim=0)
    if len(steps) > max(4, len(draws) // 2):
        raise Unlistable
    return steps


def _losses(subject: DecoderSubject, batch: Batch, steps: Tensor) -> Tensor:
    """The loss of each of K single steps for one z."""
    with torch.no_grad():
        output = subject.forward(subject.decoder, batch.saying(steps[:, None]))
    return output.loss
