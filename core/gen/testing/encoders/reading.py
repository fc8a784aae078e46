"""What an encoding depends on: all of an example, and nothing else."""

from __future__ import annotations

import torch

from gen.testing.checks import failed, skipped
from gen.testing.encoders.subject import EncoderSubject
from gen.testing.weights import differs, mode


def padding(subject: EncoderSubject) -> None:
    """Whatever stands past an example's length makes no difference, nor does how much of it there is."""
    inputs, lengths = subject.inputs(3), subject.lengths
    if subject.steps == 1:
        skipped("there is no room for padding in one step")
    noisy = inputs.clone()
    for row, length in enumerate(lengths.tolist()):
        noisy[row, length:] = 100.0
    encoded = subject.encode(subject.encoder, inputs, lengths)
    for row in differs(subject.encode(subject.encoder, noisy, lengths), encoded).any(1).nonzero().flatten().tolist():
        failed(f"example {row} of length {lengths[row]} changes with what stands after its last step")
    for row, length in enumerate(lengths.tolist()):
        one = slice(row, row + 1)
        padded, bare = (subject.encode(subject.encoder, x, lengths[one]) for x in (inputs[one], inputs[one, :length]))
        if differs(padded, bare).any():
            failed(f"example {row} of length {length} is another without the {subject.steps - length} steps of padding")


def batch_mates(subject: EncoderSubject) -> None:
    """An example is encoded alike with others and in another's place."""
    inputs, full = subject.inputs(3), torch.full((3,), subject.steps)
    for training in (False, True):
        with mode(subject.encoder, training):
            together = subject.encode(subject.encoder, inputs, full)
            others = torch.cat([inputs[:1], subject.inputs(3, seed=5)[1:]])
            changed = subject.encode(subject.encoder, others, full)
        if differs(together[0], changed[0]).any():
            name = "training" if training else "evaluation"
            failed(f"the encoding of an example changes with the other examples of its batch, in {name} mode")


def reads_everything(subject: EncoderSubject) -> None:
    """The first and the last valid step both matter, and those between."""
    inputs, full = subject.inputs(3), torch.full((3,), subject.steps)
    encoded = subject.encode(subject.encoder, inputs, full)
    for step in sorted({0, 1, subject.steps // 2, subject.steps - 2, subject.steps - 1} & set(range(subject.steps))):
        changed = inputs.clone()
        changed[:, step] = inputs[:, step].roll(1, dims=-1)
        if torch.equal(subject.encode(subject.encoder, changed, full), encoded):
            failed(f"step {step} of {subject.steps} makes no difference")
