"""Hits as the rows a model sees, and back: one class a combination, or a bit a drum.

C drums. Class of a combination: the sum of 2^i over the drums i that are struck, so the kick is 1 and silence 0; an
end token is class 2^C. A roll has a bit for each drum, then one for the end where there is an end token, then, in
inputs only, one that says that nothing else is set. Source: magenta, music_vae/data.py: DrumsConverter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gen.interfaces import Flags, OneHot, Rows
from gen_converters.common.arrays import Bools, Decoded, Ints, checked_rows, until_end

_MOST_ONE_HOT = 12  # 4,096 classes


@dataclass(frozen=True)
class DrumRows:
    """How hits are written as rows; a ValueError where there are too many drums for one class a combination."""

    drums: int  # C
    roll_input: bool  # bits instead of one class a combination
    roll_output: bool
    end_token: bool

    def __post_init__(self) -> None:
        if self.drums > _MOST_ONE_HOT and not (self.roll_input and self.roll_output):
            raise ValueError(
                f"pitch_classes: {self.drums} classes make 2^{self.drums} combinations; one-hot rows are for up to "
                f"{_MOST_ONE_HOT} classes, so set roll_input and roll_output"
            )

    @property
    def input_fields(self) -> tuple[OneHot | Flags]:
        """What the columns of an input row mean: one field."""
        return (Flags(self.drums + self.end_token + 1) if self.roll_input else self._classes,)

    @property
    def output_fields(self) -> tuple[OneHot | Flags]:
        """What the columns of an output row mean: one field."""
        return (Flags(self.drums + self.end_token) if self.roll_output else self._classes,)

    @property
    def _classes(self) -> OneHot:
        return OneHot(2**self.drums + self.end_token)

    def encode(self, hits: Bools, ends: Ints | None = None) -> tuple[Rows, Rows]:
        """Write hits ``[L, C]`` as input and output rows ``[L]``, the same object where they are written alike.

        ``ends`` are steps that are ends, where nothing is struck.
        """
        if not (self.roll_input or self.roll_output):
            rows = Rows(self.output_fields, [self._combinations(hits, ends)])
            return rows, rows
        roll = np.zeros((len(hits), self.drums + self.end_token + 1), np.bool_)
        roll[:, : self.drums] = hits
        if ends is not None:
            roll[ends, self.drums] = True
        roll[:, -1] = ~roll.any(axis=1)

        def rows_of(field: OneHot | Flags, bits: Bools) -> Rows:
            return Rows([field], [field.store(bits) if isinstance(field, Flags) else self._combinations(hits, ends)])

        return rows_of(*self.input_fields, roll), rows_of(*self.output_fields, roll[:, :-1])

    def _combinations(self, hits: Bools, ends: Ints | None) -> Ints:
        classes: Ints = hits @ (1 << np.arange(self.drums))
        if ends is not None:
            classes[ends] = 2**self.drums
        return classes

    def read(self, outputs: Decoded) -> tuple[Bools, Bools]:
        """Read output rows ``[B, T, depth]``: hits ``[B, T, C]``, and which steps are an end ``[B, T]``."""
        rows = checked_rows(outputs, self.output_fields[0].width)
        if self.roll_output:
            end = rows[..., self.drums] > 0.5 if self.end_token else np.zeros(rows.shape[:2], np.bool_)
            return rows[..., : self.drums] > 0.5, end
        classes = rows.argmax(axis=2)
        return (classes[..., np.newaxis] >> np.arange(self.drums)) & 1 > 0, classes == 2**self.drums

    def decode(self, outputs: Decoded) -> list[Bools]:
        """The hits of each example up to an end token, boolean ``[T, C]``."""
        hits, end = self.read(outputs)
        stop = 1 if self.end_token else None
        return [drums[: until_end(ends, stop)] for drums, ends in zip(hits, end, strict=True)]
