"""What an encoder hears of a groove: the options that make a task of it, such as humanisation or tapping."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gen_converters.groove.matrix import OFFSET, VELOCITY, Matrix, drop_notes, tap


@dataclass(frozen=True)
class Hearing:
    """What is taken from a groove before the encoder hears it; what the decoder must say stays whole.

    Options of `GrooveConverter`; ``drops`` says whether notes are dropped now, and not only in another mode.
    """

    humanize: bool = False
    tapify: bool = False
    silenced: tuple[int, ...] = ()
    fixed_velocities: bool = False
    max_dropout: float = 0.0
    drops: bool = False

    @property
    def draws(self) -> bool:
        """Whether `heard` needs a generator."""
        return self.drops and self.max_dropout > 0

    @property
    def is_score(self) -> bool:
        """Whether it hears every hit, in every mode, and no more: how it is played is for the decoder to say."""
        return self.humanize and not (self.tapify or self.silenced or self.max_dropout)

    def heard(self, outputs: Matrix, rng: np.random.Generator | None) -> Matrix:
        """What is heard of ``outputs [T, 3, C]``; the same array where nothing is taken away."""
        inputs = outputs
        if self.draws and rng is not None:
            inputs = drop_notes(inputs, self.max_dropout, rng)
        if self.tapify:
            inputs = tap(outputs, inputs)
        if inputs is outputs and (self.humanize or self.fixed_velocities or self.silenced):
            inputs = outputs.copy()
        if self.humanize:
            inputs[:, [VELOCITY, OFFSET]] = 0.0
        if self.fixed_velocities:
            inputs[:, VELOCITY] = 0.0
        if self.silenced:
            inputs[:, :, list(self.silenced)] = 0.0
        return inputs
