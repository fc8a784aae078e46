"""How a model lets itself be taken apart, for whoever runs it elsewhere; optional, and only exporting asks for it.

Letters in shape comments: B batch, S segments, D output depth, P raw outputs, C control depth, Z latent size.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from torch import Tensor

from gen.interfaces.decoder import Decoder


@runtime_checkable
class Stepwise(Protocol):
    """A decoder that says one step after another, with its states in the caller's hands."""

    @property
    def state_sizes(self) -> tuple[int, ...]:
        """Width of each piece of state."""

    def initial_states(self, z: Tensor) -> tuple[Tensor, ...]:
        """States before the first step, from ``z [B, Z]``: ``[B, size]`` each."""

    def step(
        self, previous: Tensor, z: Tensor, control: Tensor | None, states: tuple[Tensor, ...]
    ) -> tuple[Tensor, Tensor, tuple[Tensor, ...]]:
        """One step: raw outputs ``[B, P]``, the likeliest step ``[B, D]`` and the new states.

        Args:
            previous: ``[B, D]``, the step before; zeros before the first.
            z: ``[B, Z]``.
            control: ``[B, C]``, of the step being said, where the model has controls.
            states: as `initial_states` or the step before gave them.
        """


@runtime_checkable
class Levelled(Protocol):
    """An encoder of pieces, then of their encodings; its lengths are those of the pieces of the bottom level."""

    @property
    def level_lengths(self) -> tuple[int, ...]:
        """Steps of a piece of each level, bottom level first."""


@runtime_checkable
class Segmented(Protocol):
    """A decoder that says segments, each by a core that takes an embedding for its z.

    The core starts anew in every segment, and hears the last step of the segment before.
    """

    @property
    def core(self) -> Decoder:
        """Says a segment."""

    @property
    def segments(self) -> int:
        """S."""

    @property
    def segment_steps(self) -> int:
        """Steps of a segment."""

    def embeddings(self, z: Tensor) -> Tensor:
        """The embedding of every segment, ``[B, S, E]``, from ``z [B, Z]``.

        Raises:
            ValueError: they can't be known beforehand, because they depend on what is said.
        """
