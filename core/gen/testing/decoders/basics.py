"""It can be made; what comes out has the promised shapes, and draws from the generator alone."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from gen.interfaces.decoder import Decoder, DecoderOutput
from gen.testing.checks import Checks, failed
from gen.testing.decoders.subject import Batch, DecoderSubject
from gen.testing.modules import draws_only_from, is_finite, is_module, modes

CHECKS: Checks[DecoderSubject] = Checks()


@CHECKS.add("options that don't go together, or sizes that this decoder can't have")
def constructs(subject: DecoderSubject) -> None:
    """It can be made from its options and the sizes that gen gives, and has weights."""
    decoder = subject.make()
    is_module(decoder, Decoder)
    encoder = subject.given["encoder"]
    if encoder is not None and any(module is encoder for module in decoder.modules()):
        failed("the model's encoder is registered as a module of the decoder: its weights would be saved twice")


@CHECKS.add("a layout of [T, B, D], a sum over the wrong axis, or a division by a length of 0", needs=["constructs"])
def shapes(subject: DecoderSubject) -> None:
    """Everything that comes out has the promised shape and dtype and no NaN, for any batch and any lengths."""
    for examples in (1, 3):
        lengths = torch.arange(examples)
        for count in sorted({1, max(1, subject.steps - 1), subject.steps}):
            batch = subject.noise(examples).first(count)
            sampled = subject.sample(batch, steps=count)
            is_finite("sample()", sampled, (examples, count, subject.depth))
            batch = replace(batch, targets=sampled, lengths=lengths * count // max(examples - 1, 1))
            for feedback in (0.0, 1.0):
                output = subject.forward(batch, feedback=feedback)
                _expect(output, batch, f"of {examples} examples of {count} steps, feedback {feedback:g}")
                if feedback and output.samples is None:
                    failed("DecoderOutput.samples is None with feedback 1; it holds what the model itself said")
                if output.predictions is None:
                    failed("DecoderOutput.predictions is None in evaluation mode; it holds the likeliest steps")


def _expect(output: DecoderOutput, batch: Batch, where: str) -> None:
    examples, steps, depth = batch.targets.shape
    is_finite(f"loss {where}", output.loss, (examples,))
    if output.outputs.dim() != 3 or output.outputs.shape[:2] != (examples, steps):
        failed(f"outputs {where} are {list(output.outputs.shape)}, not [{examples}, {steps}, …]")
    is_finite(f"outputs {where}", output.outputs, output.outputs.shape)
    for name in ("samples", "predictions", "heard"):
        value = getattr(output, name)
        if value is not None:
            is_finite(f"{name} {where}", value, (examples, steps, depth))
    sums, counts = output.sums, output.counts
    if sums.keys() != counts.keys():
        failed(f"sums name {sorted(sums)}, and counts {sorted(counts)}: each metric needs both")
    for name, total in sums.items():
        if total.shape[:1] != (examples,) or counts[name].shape != total.shape:
            failed(
                f"metric {name!r} {where}: sums {list(total.shape)}, counts {list(counts[name].shape)}; "
                f"both are [{examples}] or [{examples}, …]"
            )


@CHECKS.add(
    "torch.rand, torch.multinomial or nn.Dropout without the generator, or numpy's and Python's own random numbers",
    needs=["shapes"],
)
def determinism(subject: DecoderSubject) -> None:
    """The same generator gives the same; nothing else is drawn from."""
    decoder, batch = subject.component, subject.batch

    def forward(generator: torch.Generator) -> Tensor:
        output: DecoderOutput = decoder(
            batch.targets, batch.lengths, batch.z, batch.heard, feedback=0.5, generator=generator
        )
        return torch.cat([output.loss, output.outputs.flatten()])

    for how in modes(decoder):
        draws_only_from(forward, f"forward() in {how} mode")
    draws_only_from(
        lambda generator: decoder.sample(batch.z, subject.steps, controls=batch.heard, generator=generator), "sample()"
    )


@CHECKS.add(
    "dropout that doesn't ask self.training (gen.nn.dropout doesn't; whoever calls it has to)", needs=["shapes"]
)
def evaluation(subject: DecoderSubject) -> None:
    """In evaluation mode, hearing targets, nothing is drawn."""
    one, other = (subject.forward(subject.batch, seed=seed) for seed in (1, 2))
    if not torch.equal(one.outputs, other.outputs) or not torch.equal(one.loss, other.loss):
        failed("in evaluation mode and without feedback the outputs change with the generator: dropout is still on")
