"""What must make a difference: z, and controls where there are any."""

from __future__ import annotations

from dataclasses import replace

import torch

from gen.testing.checks import failed, skipped
from gen.testing.decoders.subject import DecoderSubject


def uses_z(subject: DecoderSubject) -> None:
    """The loss and the outputs of the first and the last step change with z."""
    batch = subject.batch.whole()
    one = subject.forward(subject.decoder, batch)
    other = subject.forward(subject.decoder, replace(batch, z=batch.z.roll(1, 0)))
    for row in (one.loss == other.loss).nonzero().flatten().tolist():
        failed(f"the loss of example {row} is the same for another z")
    for step in (0, subject.steps - 1):
        if torch.equal(one.outputs[:, step], other.outputs[:, step]):
            failed(f"the outputs of step {step} are the same for another z")


def uses_controls(subject: DecoderSubject) -> None:
    """The outputs of a step change with the control of that step."""
    batch = subject.batch.whole()
    if batch.controls is None:
        skipped("this decoder was made without controls; give it control_depth to check them")
    before = subject.forward(subject.decoder, batch).outputs
    for step in subject.probes():
        controls = batch.controls.clone()
        controls[:, step] += 1.0
        after = subject.forward(subject.decoder, replace(batch, controls=controls)).outputs
        if torch.equal(before[:, step], after[:, step]):
            failed(f"the outputs of step {step} are the same for another control of that step")
