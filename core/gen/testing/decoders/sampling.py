"""Sampling says what the loss is of."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from gen.testing.checks import failed, skipped
from gen.testing.decoders.subject import DecoderSubject
from gen.testing.weights import differs

_TOWARDS_ZERO = 1e-9


def temperature(subject: DecoderSubject) -> None:
    """Temperature 0 needs no luck, a temperature towards 0 is the same, and 1 draws."""
    decoder, batch = subject.decoder, subject.noise(4)
    cold, again = (subject.sample(decoder, batch, temperature=0.0, seed=seed) for seed in (1, 2))
    if differs(cold, again).any():
        failed("at temperature 0 two generators give two samples: the likeliest step needs no draw")
    nearly = subject.sample(decoder, batch, temperature=_TOWARDS_ZERO, seed=3)
    if differs(nearly, cold, tolerance=1e-3).any():
        step = _first(differs(nearly, cold, tolerance=1e-3))
        failed(
            f"at a temperature of {_TOWARDS_ZERO:g} step {step} is another than at temperature 0: "
            "the temperature is ignored, or does something else than divide the logits"
        )
    warm = [subject.sample(decoder, batch, seed=seed) for seed in range(1, 6)]
    if all(torch.equal(warm[0], sample) for sample in warm[1:]):
        failed("at temperature 1 five generators give the same sample: nothing is drawn")


def agreement(subject: DecoderSubject) -> None:
    """Heard as targets, what was said is what would be said: sampling and teacher forcing are one model."""
    decoder, batch = subject.decoder, subject.noise(4)
    greedy = subject.sample(decoder, batch, temperature=0.0)
    predictions = subject.forward(decoder, replace(batch, targets=greedy)).predictions
    assert predictions is not None  # the check of shapes saw to that
    if differs(predictions, greedy, tolerance=1e-3).any():
        step = _first(differs(predictions, greedy, tolerance=1e-3))
        failed(
            f"sample() at temperature 0 says another step {step} than forward() predicts when it hears that same sample"
        )
    free = subject.forward(decoder, batch, feedback=1.0)
    assert free.samples is not None
    forced = subject.forward(decoder, replace(batch, targets=free.samples))
    if differs(forced.outputs, free.outputs).any():
        step = _first(differs(forced.outputs, free.outputs))
        failed(
            f"with feedback 1 the outputs of step {step} are others than under teacher forcing with those same samples"
        )


def channel_order(subject: DecoderSubject) -> None:
    """Real-valued columns of the likeliest step stand where the loss looks for them."""
    batch = subject.noise(16).first(1)
    said = subject.sample(subject.decoder, batch, steps=1, temperature=0.0)  # [B, 1, D]
    real = [
        column for column in range(subject.depth) if not ((said[..., column] == 0) | (said[..., column] == 1)).all()
    ]
    if not real:
        skipped("every column is 0 or 1: the check loss-in-nats tells whether they stand in the same order")

    def loss(targets: Tensor) -> Tensor:
        with torch.no_grad():
            return subject.forward(subject.decoder, replace(batch, targets=targets)).loss

    best = loss(said).mean()
    wrong, unseen = [], []
    for column in real:
        moved = [said + shift * torch.eye(subject.depth)[column] for shift in (-0.02, 0.02)]
        changes = [(loss(targets).mean() - best).item() for targets in moved]
        if min(changes) < -1e-5:
            wrong.append(column)
        elif not any(changes):
            unseen.append(column)
    if wrong:
        failed(
            f"of the likeliest step at temperature 0, columns {_listed(wrong)} are not where the loss is least: "
            "they mean something else in training than in decoding"
        )
    if unseen:
        failed(f"the loss is the same whatever columns {_listed(unseen)} hold")


def _first(wrong: Tensor) -> int:
    """The first step ``[B, T, …]`` at which something is wrong."""
    return int(wrong.any(-1).any(0).nonzero()[0])


def _listed(columns: list[int]) -> str:
    shown = ", ".join(map(str, columns[:12]))
    return shown if len(columns) <= 12 else f"{shown} and {len(columns) - 12} more"
