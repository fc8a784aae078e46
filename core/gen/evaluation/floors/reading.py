"""From real numbers to rows that a converter understands, by what its columns mean.

Letters in shape comments: B batch, T steps, D depth.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from gen.interfaces.rows import Field, Flags, FloatArray, OneHot

LIKELIEST = 0.5
_THRESHOLDS = np.arange(0.1, 0.91, 0.025)


@dataclass(frozen=True)
class Reader:
    """Reads estimates of rows: the likeliest class, flags above a threshold, real numbers within their range.

    Attributes:
        fields: what the columns mean.
        thresholds: of each field; only those of flags are used.
        ranges: least and greatest value of each field in the training examples.
    """

    fields: tuple[Field, ...]
    thresholds: tuple[float, ...]
    ranges: tuple[tuple[float, float], ...]

    @classmethod
    def of(cls, fields: Sequence[Field], targets: FloatArray, estimates: FloatArray | None = None) -> Reader:
        """The reader that says most flags right.

        Args:
            fields: what the columns mean.
            targets: training rows ``[B, T, D]``.
            estimates: of these rows; the thresholds with the best F1 on them are taken, one a field. Without them,
                a flag is read where it is likelier than not.
        """
        thresholds, ranges = [], []
        for field, columns in columns_of(fields):
            true = targets[..., columns]
            ranges.append((float(true.min()), float(true.max())))
            threshold = LIKELIEST
            if isinstance(field, Flags) and estimates is not None:
                scores = [_f1(true > 0.5, estimates[..., columns] > least) for least in _THRESHOLDS]
                threshold = float(_THRESHOLDS[np.argmax(scores)])
            thresholds.append(threshold)
        return cls(tuple(fields), tuple(thresholds), tuple(ranges))

    def read(self, estimates: FloatArray) -> FloatArray:
        """Rows ``[B, T, D]`` from estimates of their values."""
        rows = np.zeros_like(estimates, dtype=np.float32)
        parts = zip(columns_of(self.fields), self.thresholds, self.ranges, strict=True)
        for (field, columns), threshold, (least, most) in parts:
            part = estimates[..., columns]
            if isinstance(field, OneHot):
                np.put_along_axis(rows[..., columns], part.argmax(axis=-1)[..., None], 1.0, axis=-1)
            elif isinstance(field, Flags):
                rows[..., columns] = part > threshold
            else:
                rows[..., columns] = part.clip(least, most)
        return rows


def columns_of(fields: Sequence[Field]) -> Iterator[tuple[Field, slice]]:
    """Each field and its columns."""
    end = 0
    for field in fields:
        yield field, slice(end, end + field.width)
        end += field.width


def _f1(true: np.ndarray, said: np.ndarray) -> float:
    return float(2 * (true & said).sum() / max(int(true.sum()) + int(said.sum()), 1))
