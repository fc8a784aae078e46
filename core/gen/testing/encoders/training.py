"""Draws, gradients, saving, and where it runs."""

from __future__ import annotations

import torch

from gen.testing.checks import failed
from gen.testing.devices import runs_elsewhere
from gen.testing.encoders.subject import EncoderSubject
from gen.testing.modules import compare_devices, draws_only_from, reaches_all, restores
from gen.testing.weights import differs, mode


def determinism(subject: EncoderSubject) -> None:
    """Evaluation draws nothing; training draws from the generator alone."""
    inputs, lengths, encoder = subject.inputs(3), subject.lengths, subject.encoder
    one, other = (subject.encode(encoder, inputs, lengths, seed=seed) for seed in (1, 2))
    if not torch.equal(one, other):
        failed("in evaluation mode the encoding changes with the generator: dropout is still on")
    for training in (False, True):
        name = "training" if training else "evaluation"
        with mode(encoder, training):
            draws_only_from(lambda generator: encoder(inputs, lengths, generator=generator), f"forward in {name} mode")


def gradients(subject: EncoderSubject) -> None:
    """A gradient reaches every parameter."""
    with mode(subject.encoder, training=True):
        encoded = subject.encode(subject.encoder, subject.inputs(8), torch.full((8,), subject.steps))
        weights = torch.randn(encoded.shape, generator=torch.Generator().manual_seed(0))
        reaches_all((encoded * weights).sum(), subject.encoder)


def save_load(subject: EncoderSubject) -> None:
    """Another one with the same state_dict encodes exactly alike."""
    inputs, lengths = subject.inputs(3), subject.lengths
    again = subject.make(seed=7)
    restores(subject.encoder, again)
    if not torch.equal(subject.encode(subject.encoder, inputs, lengths), subject.encode(again, inputs, lengths)):
        failed("a new encoder with this one's state_dict encodes otherwise: something is not in the state_dict")


def bfloat16(subject: EncoderSubject) -> None:
    """Under autocast to bfloat16 it encodes about the same."""
    inputs, lengths = subject.inputs(3), subject.lengths
    exact = subject.encode(subject.encoder, inputs, lengths)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rough = subject.encode(subject.encoder, inputs, lengths).float()
    if differs(rough, exact, tolerance=0.1).any():
        worst = (rough - exact).abs().max().item()
        failed(f"under autocast to bfloat16 an encoding is off by {worst:.3g}")


def device(subject: EncoderSubject) -> None:
    """All that it makes lies where its weights do: so it can run on a GPU, as far as a CPU can tell."""
    inputs, lengths = subject.inputs(3), subject.lengths
    runs_elsewhere(lambda device: subject.encode(subject.make().to(device), inputs.to(device), lengths.to(device)))


def cuda(subject: EncoderSubject) -> None:
    """On a CUDA device it encodes the same."""
    inputs, lengths = subject.inputs(3), subject.lengths

    def run(device: torch.device) -> torch.Tensor:
        encoder = subject.encoder.to(device)
        return subject.encode(encoder, inputs.to(device), lengths.to(device))

    compare_devices(run, "the encoding", back=lambda: subject.encoder.to("cpu"))
