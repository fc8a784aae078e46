"""One decoder a stream (lstm_models.py, SplitMultiOutLstmDecoder).

Letters in shape comments: B batch, T steps, D output depth of all streams together, K ratios of a metric.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, zip_longest
from typing import Any

import torch
from torch import Tensor, nn

from gen import Decoder, DecoderOutput
from gen.interfaces import SegmentDecoder, Stepwise, TensorflowPlace, tensorflow_places
from gen_decoders.fields import Field, require_fields_of, streams_of
from gen_decoders.heads import numbered
from gen_decoders.segments import joined, segment_decoder


class SplitDecoder(SegmentDecoder):
    """Says several streams side by side, each by a decoder of its own, independent of each other given z.

    Metrics are those of the streams, as ``accuracy/0`` and so on; one that all streams have is also there under its
    plain name, as the plain mean over the streams.

    Args:
        cores: the decoder of each stream; or a single one, made anew for every stream.
        depths: width of each stream; together they are a step.
        output_depth: width of a step.
        control_depth, latent_size: widths of the controls (0 for none) and of z, which every stream hears.
        steps: of every example, None where it varies.

    Raises:
        ValueError: depths that don't add up, or another number of cores than streams.
    """

    def __init__(
        self,
        cores: Sequence[Callable[..., Decoder]],
        *,
        depths: Sequence[int],
        output_depth: int,
        control_depth: int,
        latent_size: int,
        steps: int | None = None,
    ) -> None:
        super().__init__()
        if not depths or min(depths) < 1 or sum(depths) != output_depth:
            raise ValueError(f"depths must be positive and add up to the {output_depth} of a step, not {list(depths)}")
        if len(cores) not in (1, len(depths)):
            raise ValueError(f"cores must be one, or one for each of {len(depths)} streams, not {len(cores)}")
        self.depths = list(depths)
        factories = cores if len(cores) > 1 else [cores[0]] * len(depths)
        self.cores = nn.ModuleList(
            segment_decoder(core, output_depth=depth, control_depth=control_depth, latent_size=latent_size, steps=steps)
            for core, depth in zip(factories, depths, strict=True)
        )

    def require_fields(self, fields: Sequence[Field]) -> None:
        """As `gen.interfaces.SaysFields`: what the core of each stream can say."""
        for core, stream in zip(self.cores, streams_of(fields, self.depths), strict=True):
            require_fields_of(core, stream)

    @property
    def ending_size(self) -> int:
        """Of all streams together."""
        return sum(core.ending_size for core in self._decoders())

    def forward(
        self,
        targets: Tensor,
        lengths: Tensor,
        z: Tensor,
        controls: Tensor | None = None,
        *,
        start: Tensor | None = None,
        **options: Any,
    ) -> DecoderOutput:
        """As `gen.interfaces.SegmentDecoder.forward`; raw outputs side by side."""
        parts: list[DecoderOutput] = [
            core(target, lengths, z, controls, start=first, **options)
            for core, target, first in zip(
                self._decoders(), torch.split(targets, self.depths, dim=-1), self._split(start), strict=True
            )
        ]
        sums, counts = _metrics(parts)
        return DecoderOutput(
            loss=torch.stack([part.loss for part in parts]).sum(0),
            sums=sums,
            counts=counts,
            ending=_joined([part.ending for part in parts]),
            **joined(parts, lambda streams: torch.cat(streams, dim=-1)),
        )

    def sample(self, z: Tensor, steps: int, *, start: Tensor | None = None, **options: Any) -> Tensor:
        """As `gen.interfaces.SegmentDecoder.sample`; each stream on its own."""
        cores = zip(self._decoders(), self._split(start), strict=True)
        return torch.cat([core.sample(z, steps, start=first, **options) for core, first in cores], dim=-1)

    @property
    def state_sizes(self) -> tuple[int, ...]:
        """Those of every stream, one after another."""
        return tuple(size for core in self._stepwise() for size in core.state_sizes)

    def initial_states(self, z: Tensor) -> tuple[Tensor, ...]:
        """States of every stream before the first step, from ``z [B, latent_size]``."""
        return tuple(state for core in self._stepwise() for state in core.initial_states(z))

    def step(
        self, previous: Tensor, z: Tensor, control: Tensor | None, states: Sequence[Tensor]
    ) -> tuple[Tensor, Tensor, tuple[Tensor, ...]]:
        """Raw outputs, the likeliest step and the new states of all streams, side by side."""
        rest = iter(states)
        said = [
            core.step(heard, z, control, tuple(next(rest) for _ in core.state_sizes))
            for core, heard in zip(self._stepwise(), torch.split(previous, self.depths, dim=-1), strict=True)
        ]
        raws, steps, after = zip(*said, strict=True)
        return torch.cat(raws, dim=-1), torch.cat(steps, dim=-1), tuple(chain.from_iterable(after))

    def tensorflow_places(self) -> Iterator[TensorflowPlace]:
        """The original's names of its weights: each stream's under its number."""
        for number, core in enumerate(self.cores):
            yield from tensorflow_places(core, scope=f"core_decoder_{number}", path=f"cores.{number}")

    def _decoders(self) -> Iterator[SegmentDecoder]:
        for core in self.cores:
            assert isinstance(core, SegmentDecoder)
            yield core

    def _stepwise(self) -> Iterator[Stepwise]:
        for core in self.cores:
            if not isinstance(core, Stepwise):
                raise ValueError(
                    f"{type(core).__name__} says no single steps: it has no gen.interfaces.Stepwise methods"
                )
            yield core

    def _split(self, start: Tensor | None) -> Sequence[Tensor | None]:
        return [None] * len(self.depths) if start is None else torch.split(start, self.depths, dim=-1)


def _metrics(parts: Sequence[DecoderOutput]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Sums and counts of every stream under its own names, and of the mean over streams."""
    sums, counts = numbered([part.sums for part in parts]), numbered([part.counts for part in parts])
    shared = [name for name in parts[0].sums if all(name in part.sums for part in parts)]
    for name in shared:
        totals = [part.sums[name].reshape(len(part.loss), -1) for part in parts]  # [B, K] each
        width = sum(total.shape[1] for total in totals)
        # a metric is the plain mean of its ratios: weighted here so that streams count alike, not their classes
        weights = [width / (len(parts) * total.shape[1]) for total in totals]
        sums[name] = torch.cat([total * weight for total, weight in zip(totals, weights, strict=True)], dim=1)
        counts[name] = torch.cat([part.counts[name].reshape(len(part.loss), -1) for part in parts], dim=1)
    return sums, counts


def _joined(endings: Sequence[tuple[Tensor, ...] | None]) -> tuple[Tensor, ...] | None:
    """Piece by piece, each joined over the streams: the order in which the original's conductor reads them."""
    there = [ending for ending in endings if ending is not None]
    if not there:
        return None
    pieces = zip_longest(*there)
    return tuple(torch.cat([piece for piece in row if piece is not None], dim=-1) for row in pieces)
