"""Conductors that hear what was said, encoded anew (lstm_models.py, HierarchicalLstmDecoder, hierarchical_encoder).

Letters in shape comments: B batch, n steps or parts of a piece, D output depth, E encoding of a level.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from gen import Encoder
from gen.interfaces import LevelEncoder


class Reencoder:
    """Encodes segments, and parts of a level, by the levels of the model's own encoder.

    It is no module: the weights are the encoder's, which the model trains and saves already.

    Args:
        encoder: the model's.
        level_lengths: of the decoder, top level first.
        output_depth: D.
        control_depth: width of the controls, of which there can be none: what is said has none with it.

    Raises:
        ValueError: an encoder that can't read what this decoder says.
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
        """A segment ``[B, n, D]`` of ``lengths [B]`` to ``[B, E]``.

        Raises:
            ValueError: the core doesn't tell what it heard.
        """
        if steps is None:
            raise ValueError("reencode needs a core that fills DecoderOutput.heard")
        return self.encoder.encode_level(0, steps, lengths, generator=generator)

    def parts(self, level: int, encodings: Sequence[Tensor], generator: torch.Generator | None) -> Tensor:
        """Encodings ``[B, E]`` of all parts that the conductor of a level called for, to one."""
        stacked = torch.stack(list(encodings), dim=1)  # [B, n, E]
        lengths = torch.full((len(stacked),), stacked.shape[1], device=stacked.device)
        own = len(self.encoder.level_lengths) - 1 - level
        return self.encoder.encode_level(own, stacked, lengths, generator=generator)
