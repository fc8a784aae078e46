"""What the decoders share that are one `AutoregressiveLstm` and differ only in its head."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from gen import DecoderOutput
from gen.interfaces import SegmentDecoder, TensorflowPlace, tensorflow_places
from gen_decoders.lstm import AutoregressiveLstm


class SingleLstmDecoder(SegmentDecoder):
    """Passes everything to ``core``; whoever derives from it makes one in the constructor."""

    core: AutoregressiveLstm

    @property
    def ending_size(self) -> int:
        """Cell and hidden state of every layer."""
        return self.core.ending_size

    def forward(
        self,
        targets: Tensor,
        lengths: Tensor,
        z: Tensor,
        controls: Tensor | None = None,
        *,
        feedback: float = 0.0,
        generator: torch.Generator | None = None,
        start: Tensor | None = None,
        ending: bool = False,
    ) -> DecoderOutput:
        """As `gen.interfaces.SegmentDecoder.forward`; the head's metrics."""
        output: DecoderOutput = self.core(
            targets, lengths, z, controls, feedback=feedback, generator=generator, start=start, ending=ending
        )
        return output

    def sample(
        self,
        z: Tensor,
        steps: int,
        *,
        controls: Tensor | None = None,
        temperature: float = 1.0,
        generator: torch.Generator | None = None,
        start: Tensor | None = None,
    ) -> Tensor:
        """As `gen.interfaces.SegmentDecoder.sample`."""
        return self.core.sample(z, steps, controls=controls, temperature=temperature, generator=generator, start=start)

    @property
    def state_sizes(self) -> tuple[int, ...]:
        """Width of each piece of state: cell before hidden, layer by layer."""
        return self.core.state_sizes

    def initial_states(self, z: Tensor) -> tuple[Tensor, ...]:
        """States before the first step, ``[B, size]`` each, from ``z [B, latent_size]``."""
        return self.core.initial_states(z)

    def step(
        self, previous: Tensor, z: Tensor, control: Tensor | None, states: Sequence[Tensor]
    ) -> tuple[Tensor, Tensor, tuple[Tensor, ...]]:
        """Raw outputs, the likeliest step and the new states; so whoever exports it can run the loop himself."""
        return self.core.step(previous, z, control, states)

    def tensorflow_places(self) -> Iterator[TensorflowPlace]:
        """The original's names of its weights: all under ``decoder``."""
        return tensorflow_places(self.core, scope="decoder", path="core")
