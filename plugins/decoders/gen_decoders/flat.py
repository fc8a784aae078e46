"""The flat decoder of MusicVAE (Roberts et al. 2018, section 3; lstm_models.py, CategoricalLstmDecoder)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from gen import Decoder, DecoderOutput
from gen_decoders.heads import CategoricalHead
from gen_decoders.lstm import AutoregressiveLstm


class FlatDecoder(Decoder):
    """A stacked LSTM that says one of ``output_depth`` classes a step.

    Args:
        sizes: units of each layer, bottom first.
        dropout: probability of dropping an input of any layer, in training.
        output_depth: number of classes.
        control_depth: width of the controls, 0 for none.
        latent_size: width of z.
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
        self.core = AutoregressiveLstm(
            sizes,
            CategoricalHead(),
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
        """As `gen.Decoder.forward`; metric ``accuracy``, the share of steps whose likeliest class is right."""
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
        """As `gen.Decoder.sample`: one-hot steps."""
        return self.core.sample(z, steps, controls=controls, temperature=temperature, generator=generator)
