"""A feed-forward decoder: all steps of a clip at once from z, and a straight way round the layers.

Letters in shape comments: B batch, T steps, D output depth, P raw outputs of a step, C control depth, Z latent size.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gen import Decoder, DecoderOutput
from gen.nn import dropout, linear, pad_steps, valid_steps
from gen_decoders.fields import Field, require_fields_of
from gen_decoders.heads import Head
from gen_decoders.outputs import head_of
from gen_decoders.struck import Errors, StruckHead

_CERTAIN = 10.0  # logit of a hit that is given, before anything is learnt

Outputs = Literal["groove", "categorical", "multi", "boolean"]


class FeedForwardDecoder(Decoder):
    """Says every step from z alone, none of them hearing another: a clip is what z tells of it.

    One pass of GELU layers and, beside them, one linear map, added up; so it begins as a linear code of the clip. As no
    step hears another, the likeliest clip is the likeliest value of every step, and there is nothing to drift away in
    free running; a draw at temperature 1 draws each step by itself, given z.

    Args:
        sizes: units of each layer, bottom first.
        outputs: what a step says: ``groove`` hits with velocities and offsets, ``categorical`` one class, ``multi`` one
            class of each of several streams, ``boolean`` one bit.
        depths: ``multi`` only: classes of each stream.
        velocity_weight, offset_weight: ``groove`` only: price of an error of a struck drum's velocity, from 0 to 1, and
            offset, from -1 to 1, where a nat of its hits costs 1.
        errors, spread, f1: ``groove`` only: how errors count, what it costs to play more alike than the targets, and
            how much of the price of hits is by F1; see `gen_decoders.struck.StruckHead`.
        quantiles: ``groove`` only: how much of the way, from 0 to 1, velocities and offsets go from what is likeliest
            to the quantiles of those that were played at that position of the beat. A map is fitted to training clips
            whenever the model is saved; it costs no training, and losses don't know of it.
        threshold: ``groove`` only: probability from which on a hit sounds at temperature 0. Where F of the hits is as
            good as can be, it is half of that F (Lipton et al. 2014).
        given_hits: ``groove`` only: whether the controls begin with the hits, as those of ``hits_as_controls`` do. They
            are then said again to begin with, and needn't be learnt.
        straight: whether there is a linear map beside the layers.
        dropout: probability of dropping a unit of any layer, in training.
        output_depth: width of a step.
        control_depth: width of the controls, which all steps hear of all steps; 0 for none.
        latent_size: width of z.
        steps: of every example.

    Raises:
        ValueError: options that don't go together, or examples that vary in length.
    """

    def __init__(
        self,
        sizes: Sequence[int] = (1024,),
        *,
        outputs: Outputs = "groove",
        depths: Sequence[int] | None = None,
        velocity_weight: float = 1.0,
        offset_weight: float = 1.0,
        errors: Errors = "squared",
        spread: float = 0.0,
        f1: float = 0.0,
        threshold: float = 0.4,
        quantiles: float = 0.0,
        given_hits: bool = False,
        straight: bool = True,
        dropout: float = 0.0,
        output_depth: int,
        control_depth: int,
        latent_size: int,
        steps: int | None,
    ) -> None:
        super().__init__()
        if not sizes or min(sizes) < 1:
            raise ValueError(f"sizes must be one or more positive numbers, not {list(sizes)}")
        if steps is None:
            raise ValueError("feedforward says clips of one length; this converter's vary: set split_bars or its like")
        if (depths is None) == (outputs == "multi"):
            raise ValueError(f"depths are the streams of outputs: multi, which needs them; outputs is {outputs}")
        self.head: Head
        if outputs == "groove":
            self.head = StruckHead(
                output_depth,
                velocity_weight=velocity_weight,
                offset_weight=offset_weight,
                errors=errors,
                spread=spread,
                f1=f1,
                threshold=threshold,
                quantiles=quantiles,
            )
        else:
            self.head = head_of(outputs, depths, output_depth)
        self.given = output_depth // 3 if given_hits else 0
        if self.given and (outputs != "groove" or control_depth < self.given):
            raise ValueError(
                f"given_hits needs outputs: groove and a control for each of {self.given} drums, not {control_depth}: "
                "set hits_as_controls"
            )
        self.steps = steps
        self.rate = dropout
        self.width = self.head.width(output_depth)
        widths = [latent_size + steps * control_depth, *sizes]
        self.layers = nn.ModuleList(linear(below, above) for below, above in itertools.pairwise(widths))
        self.projection = linear(sizes[-1], steps * self.width, stddev=0.01)
        self.straight = linear(widths[0], steps * self.width, stddev=0.1) if straight else None
        if isinstance(self.head, StruckHead):
            with torch.no_grad():
                self.projection.bias.view(steps, self.width).copy_(self.head.silence(output_depth))

    def require_fields(self, fields: Sequence[Field]) -> None:
        """As `gen.interfaces.SaysFields`: what its head can say."""
        require_fields_of(self.head, fields)

    def forward(
        self,
        targets: Tensor,
        lengths: Tensor,
        z: Tensor,
        controls: Tensor | None = None,
        *,
        feedback: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> DecoderOutput:
        """As `gen.Decoder.forward`; the head's metrics."""
        steps = targets.shape[1]
        valid = valid_steps(lengths, steps)  # [B, T]
        raw = self._raw(z, steps, _within(controls, valid), generator)  # [B, T, P]
        score = self.head.score(raw, targets, valid)
        return DecoderOutput(
            # where, not a product: a step past the end may hold anything, even infinity
            loss=torch.where(valid, score.nats, score.nats.new_zeros(())).sum(1),
            outputs=raw,
            samples=self.head.sample(raw.detach(), self.head.feedback_temperature, generator) if feedback else None,
            predictions=None if self.training else self.head.sample(raw, 0.0, None),
            sums=score.sums,
            counts=score.counts,
        )

    def sample(
        self,
        z: Tensor,
        steps: int,
        *,
        controls: Tensor | None = None,
        temperature: float = 1.0,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """As `gen.Decoder.sample`, of at most as many steps as the data has."""
        return self.head.sample(self._raw(z, steps, controls, generator), temperature, generator)

    @property
    def to_be_fitted(self) -> bool:
        """As `gen.interfaces.FitsToExamples`: with ``quantiles``."""
        return isinstance(self.head, StruckHead) and self.head.velocities is not None

    def fit_to(self, batches: Callable[[], Iterator[tuple[Tensor, Tensor, Tensor, Tensor | None]]]) -> None:
        """As `gen.interfaces.FitsToExamples.fit_to`."""
        assert isinstance(self.head, StruckHead)
        self.head.fit(self._said(*batch) for batch in batches())

    def _said(
        self, targets: Tensor, lengths: Tensor, z: Tensor, controls: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor]:
        valid = valid_steps(lengths, targets.shape[1])  # [B, T]
        return self._raw(z, targets.shape[1], _within(controls, valid), None), targets, valid

    def _raw(self, z: Tensor, steps: int, controls: Tensor | None, generator: torch.Generator | None) -> Tensor:
        if steps > self.steps:
            raise ValueError(f"this decoder says {self.steps} steps at once, not {steps}")
        x = z if controls is None else torch.cat([z, pad_steps(controls, self.steps).flatten(1)], dim=-1)
        hidden = x
        for layer in self.layers:
            hidden = F.gelu(layer(hidden))
            if self.training:
                hidden = dropout(hidden, self.rate, generator=generator)
        raw: Tensor = self.projection(hidden)
        if self.straight is not None:
            raw = raw + self.straight(x)
        raw = raw.float().reshape(len(z), self.steps, self.width)[:, :steps]  # [B, T, P]
        if self.given and controls is not None:
            certain = _CERTAIN * (2.0 * controls[..., : self.given] - 1.0)  # [B, T, K]
            raw = torch.cat([raw[..., : self.given] + certain, raw[..., self.given :]], dim=-1)
        return raw


def _within(controls: Tensor | None, valid: Tensor) -> Tensor | None:
    """Controls with zeros past each example's length."""
    return None if controls is None else torch.where(valid[..., None], controls, controls.new_zeros(()))
