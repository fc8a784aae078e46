"""Decoders inside decoders, and sequences cut into segments for them.

Letters in shape comments: B batch, T steps, S segments, n steps of a segment, D depth, C control depth, H embedding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from gen import Decoder, DecoderOutput
from gen.interfaces import SegmentDecoder
from gen_decoders.reencoding import Reencoder


def segment_decoder(core: Callable[..., Decoder], **sizes: int | None) -> SegmentDecoder:
    """Make a recipe's nested ``core``, of the sizes that gen gives to decoders.

    Raises:
        ValueError: it can't go on from any step.
    """
    decoder = core(**sizes)
    if not isinstance(decoder, SegmentDecoder):
        raise ValueError(
            f"core {type(decoder).__name__} can't go on from the middle of a sequence; "
            "a decoder inside another has to be a gen.interfaces.SegmentDecoder"
        )
    return decoder


def fold(x: Tensor, segments: int) -> Tensor:
    """Segments as further examples: ``[B, S * n, D]`` to ``[B * S, n, D]``."""
    return x.reshape(len(x) * segments, -1, x.shape[-1])


def unfold(output: DecoderOutput, batch: int, steps: int, *, ending: tuple[Tensor, ...] | None) -> DecoderOutput:
    """What a core said of ``B * S`` folded segments, as the output of B whole sequences of T steps.

    Args:
        output: the core's.
        batch: B.
        steps: T, up to ``S * n``; the rest is dropped.
        ending: of the whole.
    """
    return DecoderOutput(
        loss=output.loss.view(batch, -1).sum(1),
        sums={name: value.view(batch, -1, *value.shape[1:]) for name, value in output.sums.items()},  # [B, S, …]
        counts={name: value.view(batch, -1, *value.shape[1:]) for name, value in output.counts.items()},
        ending=ending,
        **joined([output], lambda x: x[0].reshape(batch, -1, x[0].shape[-1])[:, :steps]),  # [B, T, D]
    )


def joined(outputs: Sequence[DecoderOutput], join: Callable[[list[Tensor]], Tensor]) -> dict[str, Any]:
    """All that several outputs hold of single steps, each ``join``ed, for one output; None where one has none."""
    found = {}
    for name in ("outputs", "samples", "predictions", "heard"):
        there = [value for output in outputs if (value := getattr(output, name)) is not None]
        found[name] = join(there) if len(there) == len(outputs) else None
    return found


class SegmentReader:
    """Says given segments one after another, with feedback between them, and keeps what the core said.

    Args:
        core: says a segment.
        ending: whether each call returns how the segment ended.
        reencoder: if there is one, each call returns what it makes of the segment instead.
        parts: ``[B * S, n, D]``, as `fold` gives them.
        valid: steps of each segment, ``[B, S]``.
        controls: ``[B * S, n, C]``.
        starts: what the first step of each segment hears when it hears the truth, ``[B, S, D]``.
        feedback: probability of hearing the model's own sample.
        generator: source of every random draw.
    """

    def __init__(
        self,
        core: SegmentDecoder,
        ending: bool,
        reencoder: Reencoder | None,
        parts: Tensor,
        valid: Tensor,
        controls: Tensor | None,
        starts: Tensor,
        feedback: float,
        generator: torch.Generator | None,
    ) -> None:
        self.core, self.ending, self.reencoder = core, ending and reencoder is None, reencoder
        shape = valid.shape
        self.parts = parts.view(*shape, *parts.shape[1:]).unbind(1)  # S times [B, n, D]
        self.controls = None if controls is None else controls.view(*shape, *controls.shape[1:]).unbind(1)
        self.lengths, self.starts = valid.unbind(1), starts.unbind(1)
        self.feedback, self.generator = feedback, generator
        self.outputs: list[DecoderOutput] = []

    def __call__(self, embedding: Tensor) -> Tensor | None:
        """Say the next segment from its embedding ``[B, H]``; returns what a conductor hears of it, ``[B, F]``."""
        segment = len(self.outputs)
        start = self.starts[segment]  # [B, D]
        if segment and self.feedback > 0.0:
            own = torch.rand(len(start), 1, device=start.device, generator=self.generator) < self.feedback
            said = self.outputs[-1].samples
            assert said is not None
            start = torch.where(own, said[:, -1], start)
        output: DecoderOutput = self.core(
            self.parts[segment],
            self.lengths[segment],
            embedding,
            None if self.controls is None else self.controls[segment],
            feedback=self.feedback,
            generator=self.generator,
            start=start,
            ending=self.ending,
        )
        self.outputs.append(output)
        if self.reencoder is not None:
            heard = self.parts[segment] if self.feedback == 0.0 else output.heard
            return self.reencoder.segment(heard, self.lengths[segment], self.generator)
        return None if output.ending is None else torch.cat(output.ending, dim=-1)

    def said(self) -> DecoderOutput:
        """All segments as one batch, in the order of `fold`."""

        def stacked(values: list[Tensor]) -> Tensor:
            return torch.stack(values, dim=1).flatten(0, 1)

        said = self.outputs
        return DecoderOutput(
            loss=stacked([output.loss for output in said]),
            sums={name: stacked([output.sums[name] for output in said]) for name in said[0].sums},
            counts={name: stacked([output.counts[name] for output in said]) for name in said[0].counts},
            **joined(said, stacked),
        )
