"""Draws, gradients, learning, saving, and where it runs."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from gen.interfaces.decoder import DecoderOutput
from gen.testing.checks import failed
from gen.testing.decoders.subject import Batch, DecoderSubject
from gen.testing.devices import runs_elsewhere
from gen.testing.modules import compare_devices, draws_only_from, reaches_all, restores
from gen.testing.weights import differs, mode, trained

_LEARNING_STEPS = 80
_LEARNING_RATE = 0.02
_LEARNT_STEPS = 4


def determinism(subject: DecoderSubject) -> None:
    """The same generator gives the same; nothing else is drawn from."""
    decoder, batch = subject.decoder, subject.batch
    controls = batch.controls

    def forward(generator: torch.Generator) -> Tensor:
        output: DecoderOutput = decoder(
            batch.targets, batch.lengths, batch.z, controls, feedback=0.5, generator=generator
        )
        return torch.cat([output.loss, output.outputs.flatten()])

    for training in (False, True):
        with mode(decoder, training):
            draws_only_from(forward, f"forward() in {'training' if training else 'evaluation'} mode")
    draws_only_from(
        lambda generator: decoder.sample(batch.z, subject.steps, controls=controls, generator=generator), "sample()"
    )


def evaluation(subject: DecoderSubject) -> None:
    """In evaluation mode, hearing targets, nothing is drawn."""
    one, other = (subject.forward(subject.decoder, subject.batch, seed=seed) for seed in (1, 2))
    if not torch.equal(one.outputs, other.outputs) or not torch.equal(one.loss, other.loss):
        failed("in evaluation mode and without feedback the outputs change with the generator: dropout is still on")


def gradients(subject: DecoderSubject) -> None:
    """The gradient of the loss reaches every parameter."""
    batch = subject.batch.whole()
    with mode(subject.decoder, training=True):
        losses = [subject.forward(subject.decoder, batch, seed=seed).loss for seed in range(3)]
        reaches_all(torch.cat(losses).sum(), subject.decoder)


def learns(subject: DecoderSubject) -> None:
    """Trained on one example it comes to expect it: its loss falls, and what is right costs less than what is wrong."""
    decoder = subject.make(seed=3)
    batch = subject.batch.rows([0]).first(min(_LEARNT_STEPS, subject.steps)).whole()
    optimiser = torch.optim.Adam(trained(decoder).values(), lr=_LEARNING_RATE)
    first = last = float("nan")
    for step in range(_LEARNING_STEPS):
        loss = subject.forward(decoder, batch).loss.sum()
        first = loss.item() if step == 0 else first
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
    with torch.no_grad():
        last = subject.forward(decoder, batch).loss.item()
    if not last < first - 0.3 * abs(first):
        failed(
            f"after {_LEARNING_STEPS} steps of training on a single example of {batch.steps} steps its loss went from "
            f"{first:.3g} to {last:.3g} nats"
        )
    with torch.no_grad():
        wrong = replace(batch, targets=subject.other_targets[:1, : batch.steps])
        other = subject.forward(decoder, wrong).loss.item()
    if not last < other:
        failed(f"trained on one example, which costs {last:.3g} nats, it asks {other:.3g} for another: no more")


def save_load(subject: DecoderSubject) -> None:
    """Another one with the same state_dict says exactly the same."""
    again = subject.make(seed=7)
    restores(subject.decoder, again)
    batch = subject.batch
    one, other = (subject.forward(decoder, batch).outputs for decoder in (subject.decoder, again))
    if not torch.equal(one, other):
        failed("a new decoder with this one's state_dict gives other outputs: something is not in the state_dict")
    said = [subject.sample(decoder, batch, seed=1) for decoder in (subject.decoder, again)]
    if not torch.equal(said[0], said[1]):
        failed("a new decoder with this one's state_dict samples otherwise: something is not in the state_dict")


def bfloat16(subject: DecoderSubject) -> None:
    """Under autocast to bfloat16 the loss is about the same, and sampling works."""
    batch = subject.batch
    exact = subject.forward(subject.decoder, batch).loss
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rough = subject.forward(subject.decoder, batch).loss
        said = subject.sample(subject.decoder, batch)
    if differs(rough.float(), exact, tolerance=0.1).any():
        failed(f"under autocast to bfloat16 losses of {_listed(exact)} nats become {_listed(rough)}")
    if not torch.isfinite(said.float()).all():
        failed("under autocast to bfloat16 a sample is not finite")


def device(subject: DecoderSubject) -> None:
    """All that it makes lies where its weights do: so it can run on a GPU, as far as a CPU can tell."""

    def run(device: torch.device) -> None:
        decoder, batch = subject.make().to(device), _moved(subject.batch, device)
        subject.sample(decoder, batch)
        subject.forward(decoder, batch, feedback=0.5)
        subject.sample(decoder, batch, temperature=0.0)

    runs_elsewhere(run)


def cuda(subject: DecoderSubject) -> None:
    """On a CUDA device the outputs are the same, and sampling works."""

    def run(device: torch.device) -> Tensor:
        decoder, batch = subject.decoder.to(device), _moved(subject.batch, device)
        subject.sample(decoder, batch)
        subject.forward(decoder, batch, feedback=0.5)
        greedy = subject.sample(decoder, batch, temperature=0.0)
        return subject.forward(decoder, replace(batch, targets=greedy)).outputs

    compare_devices(run, "what is said of its own sample", back=lambda: subject.decoder.to("cpu"))


def _moved(batch: Batch, device: torch.device) -> Batch:
    controls = None if batch.controls is None else batch.controls.to(device)
    return Batch(batch.targets.to(device), batch.lengths.to(device), batch.z.to(device), controls)


def _listed(values: Tensor) -> str:
    return ", ".join(f"{value:.4g}" for value in values.tolist())
