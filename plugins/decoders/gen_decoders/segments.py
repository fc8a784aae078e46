"""Decoders inside decoders: sequences cut into segments, and what conductors hear of them.

Letters in shape comments: B batch, T steps, S segments, n steps of a segment or parts of a piece, D depth, C control
depth, H embedding, E encoding of a level, F what a conductor hears.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gen import Decoder, DecoderOutput, Encoder
from gen.interfaces import LevelEncoder, SegmentDecoder


def segment_decoder(core: Callable[..., Decoder], **sizes: int | None) -> SegmentDecoder:
    """Make a recipe's nested ``core``, of the sizes that gen gives; a ValueError if it can't go on from any step."""
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

    T is at most ``S * n``; the rest is dropped. The ending is that of the whole.
    """
    return DecoderOutput(
        loss=output.loss.reshape(batch, -1).sum(1),
        sums={name: value.reshape(batch, -1, *value.shape[1:]) for name, value in output.sums.items()},  # [B, S, …]
        counts={name: value.reshape(batch, -1, *value.shape[1:]) for name, value in output.counts.items()},
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


class Reencoder:
    """Encodes anew what was said, for conductors (lstm_models.py, HierarchicalLstmDecoder, hierarchical_encoder).

    Segments, and parts of a level, are read by the levels of the model's own encoder. It is no module: the weights are
    the encoder's, which the model trains and saves already.

    Raises:
        ValueError: an encoder that can't read what this decoder says, or controls: what is said has none with it.
    """

    def __init__(
        self, encoder: Encoder | None, *, level_lengths: Sequence[int], output_depth: int, control_depth: int
    ) -> None:
        if control_depth:
            raise ValueError("reencode reads nothing but what was said, and can't stand with controls")
        if not isinstance(encoder, LevelEncoder):
            what = "there is none" if encoder is None else f"{type(encoder).__name__} is none"
            raise ValueError(f"reencode needs a model whose encoder has levels, such as hierarchical; {what}")
        wanted, there = list(reversed(level_lengths)), list(encoder.level_lengths)
        if there != wanted:
            raise ValueError(f"reencode needs an encoder with the decoder's levels in reverse, {wanted}, not {there}")
        if encoder.input_size != output_depth:
            raise ValueError(
                f"reencode needs an encoder that reads what is said, {output_depth} wide, not {encoder.input_size}"
            )
        self.encoder = encoder

    def hears(self, level: int) -> int:
        """Width of what the conductor of a level hears; level 0 is the top."""
        return self.encoder.level_sizes[len(self.encoder.level_lengths) - 2 - level]

    def segment(self, steps: Tensor | None, lengths: Tensor, generator: torch.Generator | None) -> Tensor:
        """A segment ``[B, n, D]`` of ``lengths [B]`` to ``[B, E]``; a ValueError if the core tells none."""
        if steps is None:
            raise ValueError("reencode needs a core that fills DecoderOutput.heard")
        return self.encoder.encode_level(0, steps, lengths, generator=generator)

    def parts(self, level: int, encodings: Sequence[Tensor], generator: torch.Generator | None) -> Tensor:
        """Encodings ``[B, E]`` of all parts that the conductor of a level called for, to one."""
        stacked = torch.stack(list(encodings), dim=1)  # [B, n, E]
        lengths = torch.full((len(stacked),), stacked.shape[1], device=stacked.device)
        own = len(self.encoder.level_lengths) - 1 - level
        return self.encoder.encode_level(own, stacked, lengths, generator=generator)


@dataclass(eq=False)
class SegmentReader:
    """Says given segments one after another, with feedback between them, and keeps what the core said."""

    core: SegmentDecoder
    ending: bool  # whether each call returns how the segment ended
    reencoder: Reencoder | None  # if there is one, each call returns what it makes of the segment instead
    parts: Tensor  # [B * S, n, D], as `fold` gives them
    valid: Tensor  # [B, S], steps of each segment
    controls: Tensor | None  # [B * S, n, C]
    starts: Tensor  # [B, S, D], what the first step of each segment hears when it hears the truth
    feedback: float
    generator: torch.Generator | None

    def __post_init__(self) -> None:
        def cut(x: Tensor) -> tuple[Tensor, ...]:
            return x.reshape(*self.valid.shape, *x.shape[1:]).unbind(1)  # S times [B, n, …]

        told = [None] * self.valid.shape[1] if self.controls is None else cut(self.controls)
        self.segments = list(zip(cut(self.parts), self.valid.unbind(1), told, self.starts.unbind(1), strict=True))
        self.outputs: list[DecoderOutput] = []

    def __call__(self, embedding: Tensor) -> Tensor | None:
        """Say the next segment from its embedding ``[B, H]``; returns what a conductor hears of it, ``[B, F]``."""
        feedback, generator = self.feedback, self.generator
        part, lengths, control, start = self.segments[len(self.outputs)]
        if self.outputs and feedback > 0.0:
            own = torch.rand(len(start), 1, device=start.device, generator=generator) < feedback
            said = self.outputs[-1].samples
            assert said is not None
            start = torch.where(own, said[:, -1], start)
        output: DecoderOutput = self.core(
            part, lengths, embedding, control, feedback=feedback, generator=generator, start=start, ending=self.ending
        )
        self.outputs.append(output)
        if self.reencoder is not None:
            return self.reencoder.segment(part if feedback == 0.0 else output.heard, lengths, generator)
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
