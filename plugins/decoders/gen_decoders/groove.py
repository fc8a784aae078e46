"""The GrooVAE decoder (Gillick et al. 2019, section 3; lstm_models.py, GrooveLstmDecoder)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from gen import Decoder, DecoderOutput
from gen_decoders.heads import GrooveHead
from gen_decoders.lstm import AutoregressiveLstm


class GrooveDecoder(Decoder):
    """A flat LSTM that says drum hits with their velocities and micro-timing.

    Args:
        sizes: units of each layer, bottom first.
        dropout: probability of dropping an input of any layer, in training (the original keeps 0.3: 0.7 here).
        output_depth: three times the number of drums: hits, velocities in [0, 1], offsets in [-1, 1] half steps.
        control_depth: width of the controls, 0 for none.
        latent_size: width of z.

    Raises:
        ValueError: the depth is not a multiple of three.
    """

    def __init__(
        self,
        sizes: Sequence[int] = (256, 256),
        *,
        dropout: float = 0.0,
        output_depth: int,
        control_depth: int,
        latent_size: int,
    ) -> None:
        super().__init__()
        if output_depth % 3:
            raise ValueError(f"a groove has hits, velocities and offsets: depth {output_depth} is no multiple of 3")
        self.core = AutoregressiveLstm(
            sizes,
            GrooveHead(),
            dropout=dropout,
            output_depth=output_depth,
            control_depth=control_depth,
            latent_size=latent_size,
        )

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
        """As `gen.Decoder.forward`; metrics ``hits_loss``, ``velocities_loss`` and ``offsets_loss`` a step."""
        output: DecoderOutput = self.core(targets, lengths, z, controls, feedback=feedback, generator=generator)
        return output

    def sample(
        self,
        z: Tensor,
        steps: int,
        *,
        controls: Tensor | None = None,
        temperature: float = 1.0,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """As `gen.Decoder.sample`; the temperature acts on the hits alone."""
        return self.core.sample(z, steps, controls=controls, temperature=temperature, generator=generator)
