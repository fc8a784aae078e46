"""Hits as the rows a model sees, and back: one class a combination, or a bit a drum.

C drums. Class of a combination: the sum of 2^i over the drums i that are struck, so the kick is 1 and silence 0; an
end token is class 2^C. A roll has a bit for each drum, then one for the end where there is an end token, then, in
inputs only, one that says that nothing else is set. Source: magenta, music_vae/data.py: DrumsConverter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gen_converters.one_hot import checked_rows, one_hot, until_end

_MOST_ONE_HOT = 12  # 4,096 classes

Rows = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class DrumRows:
    """How hits are written as rows.

    Attributes:
        drums: C.
        roll_input, roll_output: bits instead of one class a combination.
        end_token: whether there is one.

    Raises:
        ValueError: too many drums for one class a combination.
    """

    drums: int
    roll_input: bool
    roll_output: bool
    end_token: bool

    def __post_init__(self) -> None:
        if self.drums > _MOST_ONE_HOT and not (self.roll_input and self.roll_output):
            raise ValueError(
                f"pitch_classes: {self.drums} classes make 2^{self.drums} combinations; one-hot rows are for up to "
                f"{_MOST_ONE_HOT} classes, so set roll_input and roll_output"
            )

    @property
    def input_depth(self) -> int:
        """Width of an input row."""
        return self._width(self.roll_input) + self.roll_input

    @property
    def output_depth(self) -> int:
        """Width of an output row."""
        return self._width(self.roll_output)

    def _width(self, roll: bool) -> int:
        return (self.drums if roll else 2**self.drums) + self.end_token

    def encode(self, hits: Flags) -> tuple[Rows, Rows]:
        """Hits ``[B, T, C]`` as input and output rows ``[B, T, depth]`` (with an end token one more step); the same
        array where they are written alike.
        """
        inputs = self._roll(hits) if self.roll_input else self._one_hot(hits)
        if self.roll_output:
            return inputs, np.ascontiguousarray(self._roll(hits)[..., :-1])
        return inputs, self._one_hot(hits) if self.roll_input else inputs

    def _roll(self, hits: Flags) -> Rows:
        batch, steps, _ = hits.shape
        roll = np.zeros((batch, steps + self.end_token, self.drums + self.end_token + 1), np.float32)
        roll[:, :steps, : self.drums] = hits
        if self.end_token:
            roll[:, -1, self.drums] = 1.0
        roll[..., -1] = ~roll.any(axis=2)
        return roll

    def _one_hot(self, hits: Flags) -> Rows:
        classes = hits @ (1 << np.arange(self.drums))
        if self.end_token:
            classes = np.pad(classes, [(0, 0), (0, 1)], constant_values=2**self.drums)
        return one_hot(classes, self._width(roll=False))

    def read(self, outputs: npt.NDArray[np.floating]) -> tuple[Flags, Flags]:
        """Read output rows ``[B, T, depth]``: hits ``[B, T, C]``, and which steps are an end ``[B, T]``.

        Raises:
            ValueError: the array has another shape.
        """
        rows = checked_rows(outputs, self.output_depth)
        if self.roll_output:
            end = rows[..., self.drums] > 0.5 if self.end_token else np.zeros(rows.shape[:2], np.bool_)
            return rows[..., : self.drums] > 0.5, end
        classes = rows.argmax(axis=2)
        return (classes[..., np.newaxis] >> np.arange(self.drums)) & 1 > 0, classes == 2**self.drums

    def decode(self, outputs: npt.NDArray[np.floating]) -> list[Flags]:
        """The hits of each example up to an end token, boolean ``[T, C]``."""
        hits, end = self.read(outputs)
        stop = 1 if self.end_token else None
        return [drums[: until_end(ends, stop)] for drums, ends in zip(hits, end, strict=True)]
