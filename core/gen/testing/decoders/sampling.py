"""Sampling says what the loss is of."""

from __future__ import annotations

from dataclasses import replace

import torch

from gen.system.spelling import listing
from gen.testing.checks import Checks, failed, skipped
from gen.testing.decoders.subject import DecoderSubject, first_step
from gen.testing.modules import differs

_TOWARDS_ZERO = 1e-9

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
