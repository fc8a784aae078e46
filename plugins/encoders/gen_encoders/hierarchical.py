"""The hierarchical encoder of MusicVAE (lstm_models.py, HierarchicalLstmEncoder).

Letters in shape comments: B batch, S segments of the bottom level, P pieces of a level, n steps of a piece.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor, nn

from gen import Encoder
from gen.interfaces import LevelEncoder, TensorflowPlace, tensorflow_places
from gen.nn import pad_steps, segment_lengths


class HierarchicalEncoder(LevelEncoder):
    """Encodes pieces of a sequence, then pieces of those encodings, up to one vector.

    Every level has an encoder of its own, shared by the pieces of that level, which form one larger batch.
    Nothing but encodings goes from piece to piece. Inputs shorter than the product of the levels are padded.

    Args:
        core: the encoder of each level; any encoder.
        level_lengths: steps of a piece, **bottom** level first: ``[16, 16]`` reads 16 pieces of 16 steps each, then
            their 16 encodings.
        input_size: depth of inputs and controls together.
        steps: of every example; the product of the levels.

    Raises:
        ValueError: levels that don't multiply to the steps of the data.
    """

    def __init__(
        self, core: Callable[..., Encoder], *, level_lengths: Sequence[int], input_size: int, steps: int | None
    ) -> None:
        super().__init__()
        if not level_lengths or min(level_lengths) < 1:
            raise ValueError(f"level_lengths must be one or more positive numbers of steps, not {list(level_lengths)}")
        self._input_size = input_size
        self._level_lengths = tuple(level_lengths)
        self.steps = math.prod(level_lengths)
        if steps is not None and steps != self.steps:
            raise ValueError(f"level_lengths multiply to {self.steps} steps, but the data has {steps}")
        self.levels = nn.ModuleList()
        sizes = [input_size]
        for length in level_lengths:
            level = core(input_size=sizes[-1], steps=length)
            self.levels.append(level)
            sizes.append(level.output_size)
        self._level_sizes = tuple(sizes[1:])

    @property
    def output_size(self) -> int:
        """The top encoder's."""
        return self._level_sizes[-1]

    @property
    def input_size(self) -> int:
        """Depth of inputs and controls together."""
        return self._input_size

    @property
    def level_lengths(self) -> tuple[int, ...]:
        """As in the recipe."""
        return self._level_lengths

    @property
    def level_sizes(self) -> tuple[int, ...]:
        """Of the encoder of each level."""
        return self._level_sizes

    def forward(self, inputs: Tensor, lengths: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
        """As `gen.Encoder.forward`; with ``lengths [B, S]`` each segment of the bottom level is padded on its own.

        Raises:
            ValueError: more steps than the levels read, or another number of segments.
        """
        x = pad_steps(inputs, self.steps)
        pieces = self.steps
        for number, length in enumerate(self.level_lengths):
            pieces //= length
            if number == 0:
                valid = segment_lengths(lengths, pieces, length).flatten()  # [B * S]
            else:
                valid = torch.full((len(x) * pieces,), length, device=x.device)  # [B * P]
            folded = x.reshape(-1, length, x.shape[-1])  # [B * P, n, I]
            encoded = self.encode_level(number, folded, valid, generator=generator)  # [B * P, E]
            x = encoded.reshape(len(inputs), pieces, -1)  # [B, P, E]
        return x[:, 0]

    def encode_level(
        self, level: int, pieces: Tensor, lengths: Tensor, *, generator: torch.Generator | None = None
    ) -> Tensor:
        """As `gen.interfaces.LevelEncoder.encode_level`."""
        encoded: Tensor = self.levels[level](pieces, lengths, generator=generator)
        return encoded

    def tensorflow_places(self) -> Iterator[TensorflowPlace]:
        """The original's names of its weights: each level's under its number."""
        for number, level in enumerate(self.levels):
            yield from tensorflow_places(level, scope=f"hierarchical_level_{number}", path=f"levels.{number}")
