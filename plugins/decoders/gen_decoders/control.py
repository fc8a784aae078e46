"""Controls read in both directions before a decoder hears them (BidirectionalLstmControlPreprocessingDecoder).

Letters in shape comments: B batch, T steps, C control depth, H units a direction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from gen import Decoder, DecoderOutput
from gen.interfaces import SegmentDecoder, TensorflowPlace, tensorflow_places
from gen.nn import bidirectional_layers, bidirectional_places, run_bidirectional
from gen_decoders.fields import Field, require_fields_of
from gen_decoders.segments import segment_decoder


class ControlDecoder(SegmentDecoder):
    """Gives a core decoder, in place of the controls, what a bidirectional LSTM makes of them step by step.

    So each step knows of controls to come. The encoder still reads the controls themselves.

    Args:
        core: the decoder; any that is a `gen.interfaces.SegmentDecoder`.
        sizes: units per direction of each layer, bottom first.
        dropout, residual: of that LSTM; its residual layers add their projected input.
        output_depth, control_depth, latent_size, steps: as of every decoder.

    Raises:
        ValueError: the data has no controls.
    """

    def __init__(
        self,
        core: Callable[..., Decoder],
        sizes: Sequence[int] = (256,),
        *,
        dropout: float = 0.0,
        residual: bool = False,
        output_depth: int,
        control_depth: int,
        latent_size: int,
        steps: int | None = None,
    ) -> None:
        super().__init__()
        if control_depth < 1:
            raise ValueError("bidirectional_control reads controls, and this converter gives none")
        self.forwards, self.backwards = bidirectional_layers(control_depth, sizes, dropout=dropout, residual=residual)
        self.core = segment_decoder(
            core, output_depth=output_depth, control_depth=2 * sizes[-1], latent_size=latent_size, steps=steps
        )

    def require_fields(self, fields: Sequence[Field]) -> None:
        """As `gen.interfaces.SaysFields`: what its core can say."""
        require_fields_of(self.core, fields)

    @property
    def ending_size(self) -> int:
        """The core's."""
        return self.core.ending_size

    def forward(
        self,
        targets: Tensor,
        lengths: Tensor,
        z: Tensor,
        controls: Tensor | None = None,
        *,
        generator: torch.Generator | None = None,
        **options: Any,
    ) -> DecoderOutput:
        """As `gen.interfaces.SegmentDecoder.forward`, of ``lengths [B]``; a ValueError where there are no controls."""
        read = self._read(controls, lengths, generator)
        output: DecoderOutput = self.core(targets, lengths, z, read, generator=generator, **options)
        return output

    def sample(
        self,
        z: Tensor,
        steps: int,
        *,
        controls: Tensor | None = None,
        generator: torch.Generator | None = None,
        **options: Any,
    ) -> Tensor:
        """As `gen.interfaces.SegmentDecoder.sample`."""
        read = self._read(controls, torch.full((len(z),), steps, device=z.device), generator)
        return self.core.sample(z, steps, controls=read, generator=generator, **options)

    def tensorflow_places(self) -> Iterator[TensorflowPlace]:
        """The original's names of its weights: the core's keep theirs."""
        yield from bidirectional_places(self.forwards, self.backwards, scope="control_preprocessing")
        yield from tensorflow_places(self.core, path="core")

    def _read(self, controls: Tensor | None, lengths: Tensor, generator: torch.Generator | None) -> Tensor:
        """``[B, T, C]`` to ``[B, T, 2H]``."""
        if controls is None:
            raise ValueError("this decoder needs controls")
        if lengths.dim() != 1:
            raise ValueError(
                "bidirectional_control reads a sequence from end to end and can't skip the padding of segments; "
                "put it inside the hierarchy, as its core"
            )
        x = controls.transpose(0, 1)  # [T, B, C]
        outputs, _ = run_bidirectional(self.forwards, self.backwards, x, lengths, generator=generator)
        return outputs.transpose(0, 1)
