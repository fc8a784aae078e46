"""Gradients, learning, saving."""

from __future__ import annotations

from dataclasses import replace

import torch

from gen.testing.checks import Checks, failed
from gen.testing.decoders.subject import DecoderSubject
from gen.testing.modules import reaches_all, restores, trained

_LEARNING_STEPS = 80
_LEARNING_RATE = 0.02
_LEARNT_STEPS = 4

CHECKS: Checks[DecoderSubject] = Checks()


@CHECKS.add(
    "a layer that is made and never called, .detach(), or a torch.no_grad() block", needs=["uses-z", "uses-controls"]
)
def gradients(subject: DecoderSubject) -> None:
    """The gradient of the loss reaches every parameter."""
    batch = subject.batch.whole()
    reaches_all(
        lambda: torch.cat([subject.forward(batch, seed=seed).loss for seed in range(3)]).sum(), subject.component
    )


@CHECKS.add(
    "a gradient with the wrong sign or cut off half way, or a loss of something other than the outputs",
    needs=["gradients", "loss-summed"],
)
def learns(subject: DecoderSubject) -> None:
    """Trained on one example it comes to expect it: its loss falls, and what is right costs less than what is wrong."""
    decoder = subject.make(seed=3)
    batch = subject.batch.row(0).first(min(_LEARNT_STEPS, subject.steps)).whole()
    optimiser = torch.optim.Adam(trained(decoder).values(), lr=_LEARNING_RATE)
    first = float("nan")
    for step in range(_LEARNING_STEPS):
        loss = subject.forward(batch, decoder).loss.sum()
        first = loss.item() if step == 0 else first
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
    last = subject.loss(batch, decoder).item()
    if not last < first - 0.3 * abs(first):
        failed(
            f"after {_LEARNING_STEPS} steps of training on a single example of {batch.steps} steps its loss went from "
            f"{first:.3g} to {last:.3g} nats"
        )
    wrong = replace(batch, targets=subject.other_targets[:1, : batch.steps])
    other = subject.loss(wrong, decoder).item()
    if not last < other:
        failed(f"trained on one example, which costs {last:.3g} nats, it asks {other:.3g} for another: no more")


@CHECKS.add(
    "weights in plain attributes or lists: use nn.Parameter, register_buffer, nn.ModuleList", needs=["determinism"]
)
def save_load(subject: DecoderSubject) -> None:
    """Another one with the same state_dict says exactly the same."""
    both = (subject.component, subject.make(seed=7))
    restores(*both)
    if not torch.equal(*(subject.forward(subject.batch, decoder).outputs for decoder in both)):
        failed("a new decoder with this one's state_dict gives other outputs: something is not in the state_dict")
    if not torch.equal(*(subject.sample(subject.batch, decoder, seed=1) for decoder in both)):
        failed("a new decoder with this one's state_dict samples otherwise: something is not in the state_dict")
