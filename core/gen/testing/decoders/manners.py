"""What a decoder leaves as it found it; asked first, since a fault of this kind shows everywhere."""

from __future__ import annotations

import torch
from torch import Tensor

from gen.interfaces.decoder import Decoder
from gen.testing import manners
from gen.testing.checks import Checks, failed
from gen.testing.decoders.subject import Batch, DecoderSubject
from gen.testing.modules import enliven, is_module

CHECKS: Checks[DecoderSubject] = Checks()


@CHECKS.add("options that don't go together, or sizes that this decoder can't have")
def constructs(subject: DecoderSubject) -> None:
    """It can be made from its options and the sizes that gen gives, and has weights."""
    decoder = subject.make()
    is_module(decoder, Decoder)
    encoder = subject.given["encoder"]
    if encoder is not None and any(module is encoder for module in decoder.modules()):
        failed("the model's encoder is registered as a module of the decoder: its weights would be saved twice")


@CHECKS.add(manners.IN_PLACE, needs=["constructs"])
def inputs_untouched(subject: DecoderSubject) -> None:
    """Targets, lengths, z and controls are as they were, in training and in evaluation."""
    batch = _some(subject, 0)
    given = {"lengths": batch.lengths, "z": batch.z, "controls": batch.heard}
    decoder = subject.make()
    manners.leaves_inputs(
        decoder, lambda: subject.forward(batch, decoder, feedback=0.5), "forward()", targets=batch.targets, **given
    )
    manners.leaves_inputs(decoder, lambda: subject.sample(batch, decoder), "sample()", **given)


@CHECKS.add(manners.MODE, needs=["constructs"])
def mode(subject: DecoderSubject) -> None:
    """It stays in training or in evaluation mode, and gradients stay on."""
    batch, decoder = _some(subject, 0), subject.make()  # sample() as it is: that of the subject is without gradients
    manners.leaves_modes(decoder, lambda: subject.forward(batch, decoder, feedback=0.5), "forward()")
    manners.leaves_modes(decoder, lambda: decoder.sample(batch.z, subject.steps, controls=batch.heard), "sample()")


@CHECKS.add(manners.STATE, needs=["inputs-untouched", "mode"])
def forgets(subject: DecoderSubject) -> None:
    """What it says doesn't hang on what it was asked before, of other examples or of more."""

    def make() -> Decoder:
        decoder = subject.make()
        enliven(decoder, 1.0)
        return decoder

    def forward(decoder: Decoder, which: int) -> Tensor:
        output = subject.forward(_some(subject, which), decoder, feedback=0.5)
        return torch.cat([output.outputs.flatten(), output.loss.flatten()])

    manners.forgets(make, forward, "forward()")
    manners.forgets(make, lambda decoder, which: subject.sample(_some(subject, which), decoder), "sample()")


def _some(subject: DecoderSubject, which: int) -> Batch:
    """Three examples, or four others; the targets are what nobody said."""
    batch = subject.noise(3 + which % 2, seed=8 + which)
    generator = torch.Generator().manual_seed(which)
    return Batch(torch.rand(batch.targets.shape, generator=generator), batch.lengths, batch.z, batch.controls)
