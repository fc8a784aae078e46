"""It can be made; what comes out has the promised shapes."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from gen.interfaces.decoder import Decoder, DecoderOutput
from gen.testing.checks import failed
from gen.testing.decoders.subject import Batch, DecoderSubject
from gen.testing.weights import trained


def constructs(subject: DecoderSubject) -> None:
    """It can be made from its options and the sizes that gen gives, and has weights."""
    decoder = subject.make()
    if not isinstance(decoder, Decoder):
        failed(f"{type(decoder).__name__} is no gen.Decoder")
    if not trained(decoder):
        failed("it has no parameter to train")
    encoder = subject.maker.given["encoder"]
    if encoder is not None and any(module is encoder for module in decoder.modules()):
        failed("the model's encoder is registered as a module of the decoder: its weights would be saved twice")


def shapes(subject: DecoderSubject) -> None:
    """Everything that comes out has the promised shape and dtype and no NaN, for any batch and any lengths."""
    steps = subject.steps
    for examples in (1, 3):
        for count in sorted({1, max(1, steps - 1), steps}):
            sampled = subject.sample(subject.decoder, subject.noise(examples).first(count), steps=count)
            _expect("sample()", sampled, (examples, count, subject.depth))
            batch = subject.noise(examples).first(count)
            batch = Batch(sampled, torch.arange(examples) * count // max(examples - 1, 1), batch.z, batch.controls)
            for feedback in (0.0, 1.0):
                output = subject.forward(subject.decoder, batch, feedback=feedback)
                _expect_output(output, batch, f"of {examples} examples of {count} steps, feedback {feedback:g}")
                if feedback and output.samples is None:
                    failed("DecoderOutput.samples is None with feedback 1; it holds what the model itself said")
                if output.predictions is None:
                    failed("DecoderOutput.predictions is None in evaluation mode; it holds the likeliest steps")


def _expect_output(output: DecoderOutput, batch: Batch, where: str) -> None:
    examples, steps, depth = batch.targets.shape
    _expect(f"loss {where}", output.loss, (examples,))
    if output.outputs.dim() != 3 or output.outputs.shape[:2] != (examples, steps):
        failed(f"outputs {where} are {list(output.outputs.shape)}, not [{examples}, {steps}, …]")
    _expect(f"outputs {where}", output.outputs, output.outputs.shape)
    for name in ("samples", "predictions", "heard"):
        value = getattr(output, name)
        if value is not None:
            _expect(f"{name} {where}", value, (examples, steps, depth))
    _expect_metrics(output.sums, output.counts, examples, where)


def _expect_metrics(sums: Mapping[str, Tensor], counts: Mapping[str, Tensor], examples: int, where: str) -> None:
    if sums.keys() != counts.keys():
        failed(f"sums name {sorted(sums)}, and counts {sorted(counts)}: each metric needs both")
    for name, total in sums.items():
        if total.shape[:1] != (examples,) or counts[name].shape != total.shape:
            failed(
                f"metric {name!r} {where}: sums {list(total.shape)}, counts {list(counts[name].shape)}; "
                f"both are [{examples}] or [{examples}, …]"
            )


def _expect(what: str, value: Tensor, shape: tuple[int, ...] | torch.Size) -> None:
    if tuple(value.shape) != tuple(shape):
        failed(f"{what}: shape {list(value.shape)}, not {list(shape)}")
    if value.dtype != torch.float32:
        failed(f"{what}: {value.dtype}, not torch.float32")
    if not torch.isfinite(value).all():
        failed(f"{what}: not finite")
