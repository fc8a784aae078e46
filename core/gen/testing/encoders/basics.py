"""It can be made; what comes out has the promised shape."""

from __future__ import annotations

import torch

from gen.interfaces.encoder import Encoder
from gen.testing.checks import failed
from gen.testing.encoders.subject import EncoderSubject
from gen.testing.weights import trained


def constructs(subject: EncoderSubject) -> None:
    """It can be made from its options and the sizes that gen gives, and has weights."""
    encoder = subject.make()
    if not isinstance(encoder, Encoder):
        failed(f"{type(encoder).__name__} is no gen.Encoder")
    if not trained(encoder):
        failed("it has no parameter to train")


def shapes(subject: EncoderSubject) -> None:
    """``[B, output_size]``, float32 and finite, for one example and several, of any length from 0 on."""
    size = subject.encoder.output_size
    steps = subject.steps
    for examples in (1, 4):
        for count in sorted({1, max(1, steps - 1), steps}):
            for lengths in (torch.full((examples,), count), torch.arange(examples) * count // 4):
                where = f"of lengths {lengths.tolist()}, {count} steps"
                encoded = subject.encode(subject.encoder, subject.inputs(examples)[:, :count], lengths)
                if encoded.shape != (examples, size):
                    failed(f"encoding {where}: shape {list(encoded.shape)}, not [{examples}, output_size={size}]")
                if encoded.dtype != torch.float32:
                    failed(f"encoding {where}: {encoded.dtype}, not torch.float32")
                if not torch.isfinite(encoded).all():
                    failed(f"encoding {where}: not finite")
