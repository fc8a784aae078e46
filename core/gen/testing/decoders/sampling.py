"""Sampling says what the loss is of: nats, summed over an example's own valid steps."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from gen.interfaces.decoder import pooled
from gen.system.spelling import listing
from gen.testing.checks import Checks, failed, skipped
from gen.testing.decoders.subject import Batch, DecoderSubject, first_step
from gen.testing.modules import differs

_TOWARDS_ZERO = 1e-9
_WARM = 2048
RATES = ("accuracy", "precision", "recall", "f1")

CHECKS: Checks[DecoderSubject] = Checks()


@CHECKS.add(
    "a temperature that isn't passed on, or logits multiplied by it; 0 needs a branch of its own",
    needs=["evaluation", "determinism"],
)
def temperature(subject: DecoderSubject) -> None:
    """Temperature 0 needs no luck, a temperature towards 0 is the same, and 1 draws."""
    batch = subject.noise(4)
    cold, again = (subject.sample(batch, temperature=0.0, seed=seed) for seed in (1, 2))
    if differs(cold, again).any():
        failed("at temperature 0 two generators give two samples: the likeliest step needs no draw")
    nearly = subject.sample(batch, temperature=_TOWARDS_ZERO, seed=3)
    if (step := first_step(differs(nearly, cold, tolerance=1e-3))) is not None:
        failed(
            f"at a temperature of {_TOWARDS_ZERO:g} step {step} is another than at temperature 0: "
            "the temperature is ignored, or does something else than divide the logits"
        )
    first, *others = (subject.sample(batch, seed=seed) for seed in range(1, 6))
    if all(torch.equal(first, sample) for sample in others):
        failed("at temperature 1 five generators give the same sample: nothing is drawn")


@CHECKS.add(
    "a sample off by one step, another control or start in sampling, or a state that only one of the two keeps",
    needs=["target-leak", "temperature", "determinism", "feedback"],
)
def agreement(subject: DecoderSubject) -> None:
    """Heard as targets, what was said is what would be said: sampling and teacher forcing are one model."""
    batch = subject.noise(4)
    greedy = subject.sample(batch, temperature=0.0)
    predictions = subject.forward(replace(batch, targets=greedy)).predictions
    assert predictions is not None  # the check of shapes saw to that
    if (step := first_step(differs(predictions, greedy, tolerance=1e-3))) is not None:
        failed(
            f"sample() at temperature 0 says another step {step} than forward() predicts when it hears that same sample"
        )
    free = subject.forward(batch, feedback=1.0)
    assert free.samples is not None
    forced = subject.forward(replace(batch, targets=free.samples))
    if (step := first_step(differs(forced.outputs, free.outputs))) is not None:
        failed(
            f"with feedback 1 the outputs of step {step} are others than under teacher forcing with those same samples"
        )


@CHECKS.add(
    "groups of columns in another order in the loss than in the sample: velocities and offsets, say",
    needs=["agreement"],
)
def channel_order(subject: DecoderSubject) -> None:
    """Real-valued columns of the likeliest step stand where the loss looks for them."""
    batch = subject.noise(16).first(1)
    said = subject.sample(batch, steps=1, temperature=0.0)  # [B, 1, D]
    real = (~((said == 0) | (said == 1)).flatten(0, 1).all(0)).nonzero().flatten().tolist()
    if not real:
        skipped("every column is 0 or 1: the check loss-in-nats tells whether they stand in the same order")
    best = subject.loss(replace(batch, targets=said)).mean()
    wrong, unseen = [], []
    for column in real:
        moved = [said + shift * torch.eye(subject.depth)[column] for shift in (-0.02, 0.02)]
        changes = [(subject.loss(replace(batch, targets=targets)).mean() - best).item() for targets in moved]
        if min(changes) < -1e-5:
            wrong.append(column)
        elif not any(changes):
            unseen.append(column)
    if wrong:
        failed(
            f"of the likeliest step at temperature 0, columns {listing(wrong, limit=12)} are not where the loss is "
            "least: they mean something else in training than in decoding"
        )
    if unseen:
        failed(f"the loss is the same whatever columns {listing(unseen, limit=12)} hold")


_BINS = 8


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
    "a temperature that divides twice, or its root, or one that only knows 0 and 1",
    needs=["loss-in-nats"],
)
def half_temperature(subject: DecoderSubject) -> None:
    """At temperature 0.5 likely steps are drawn the more often, as by logits that were divided by it."""
    batch, draws = subject.first_draws
    if _distinct(draws) is None:
        skipped("steps are real numbers, or of too many kinds to count how often each is drawn")
    known = -subject.loss(batch.saying(draws[:_WARM, None]))  # [N], logarithms of chances at temperature 1

    def expected(temperature: float) -> float:
        weights = ((1.0 / temperature - 1.0) * known).softmax(0)
        return (weights * known).sum().item()

    many = batch.saying(batch.targets.repeat(_WARM, 1, 1))
    half = subject.sample(many, steps=1, temperature=0.5, seed=9)
    found = -subject.loss(batch.saying(half))
    slack = 4 * found.std().item() / _WARM**0.5
    low, high = expected(0.65), expected(0.36)
    if high - low < max(2 * slack, 0.01):
        skipped("first steps are all about as likely, so a temperature makes no difference")
    if not low - slack < found.mean() < high + slack:
        failed(
            f"at temperature 0.5 the steps that are drawn have a mean log-likelihood of {found.mean():.3f} nats; with "
            f"logits divided by it that is between {low:.3f} and {high:.3f}"
        )


@CHECKS.add(
    "hits counted of other outputs than the targets', of a step before or after, or a count of something else",
    needs=["agreement", "padding"],
)
def metrics(subject: DecoderSubject) -> None:
    """Where targets are what is predicted, accuracies, precisions, recalls and F1 are 1; elsewhere they aren't."""
    batch = subject.noise(4, seed=3)
    right = replace(batch, targets=subject.sample(batch, temperature=0.0))
    wrong = replace(right, targets=torch.where(right.targets == 0.0, 1.0, 0.0))
    best, worst = subject.forward(right), subject.forward(wrong)
    names = [name for name, total in best.sums.items() if name.rpartition("_")[2] in RATES and total.dim() == 1]
    if not names:
        skipped("it counts nothing that is called accuracy, precision, recall or f1")
    for name in names:
        if not best.counts[name].sum() > 0:
            failed(f"metric {name!r} counts nothing where there are {subject.steps} steps")
        if abs((value := pooled(best.sums[name], best.counts[name]).item()) - 1.0) > 1e-4:
            failed(f"metric {name!r} is {value:.4g}, not 1, where the targets are what is predicted")
        if pooled(worst.sums[name], worst.counts[name]) > 0.999:
            failed(f"metric {name!r} is 1 where nothing that is predicted is right: predictions aren't looked at")


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
