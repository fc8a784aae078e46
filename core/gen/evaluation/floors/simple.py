"""Floors that say the same of everything, or repeat what is there.

Letters in shape comments: N training examples, B examples, T steps, D depth.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np

from gen.evaluation.floors.reading import Reader
from gen.interfaces.rows import Field, FloatArray

_AT_ONCE = 256


def constant(fields: Sequence[Field], training: FloatArray) -> FloatArray:
    """The likeliest value of every column, the same at every step: ``[1, T, D]``.

    Of flags that are rarer than not this is silence; of a melody, that nothing happens.
    """
    means = np.broadcast_to(training.mean(axis=(0, 1), keepdims=True), (1, *training.shape[1:]))  # [1, T, D]
    return Reader.of(fields, training).read(means)


def constant_by_position(fields: Sequence[Field], training: FloatArray) -> FloatArray:
    """The likeliest row of every step: ``[1, T, D]``; flags by the threshold that says most of them right."""
    means = training.mean(axis=0, keepdims=True)  # [1, T, D]
    return Reader.of(fields, training, np.broadcast_to(means, training.shape)).read(means)


def previous_bar(targets: FloatArray, first: FloatArray, steps_per_bar: int) -> FloatArray:
    """Every bar as the true one before it, the first one as ``first [1, T, D]`` has it: ``[B, T, D]``."""
    said = np.empty_like(targets)
    said[:, :steps_per_bar] = first[:, :steps_per_bar]
    said[:, steps_per_bar:] = targets[:, :-steps_per_bar]
    return said


class Nearest:
    """The training example that is least far away, in squared differences; it costs log2 N bits to name.

    Args:
        seen: what is compared, ``[N, T, C]``: training rows, or what an encoder reads of them.
    """

    def __init__(self, seen: FloatArray) -> None:
        self._seen = seen.reshape(len(seen), -1)  # [N, T * C]
        self._squares = np.einsum("ij,ij->i", self._seen, self._seen)  # [N]

    @property
    def bits(self) -> float:
        """What it costs to say which."""
        return math.log2(len(self._seen))

    def find(self, asked: FloatArray) -> np.ndarray:
        """Numbers of the nearest examples, ``[B]``, to ``asked [B, T, C]``; the first of equally near ones."""
        rows = asked.reshape(len(asked), -1)
        found = [
            (self._squares - 2 * rows[start : start + _AT_ONCE] @ self._seen.T).argmin(axis=1)
            for start in range(0, len(rows), _AT_ONCE)
        ]
        return np.concatenate(found)


def nearest_in_pieces(seen: FloatArray, known: FloatArray, asked: FloatArray, bits: float) -> tuple[FloatArray, float]:
    """Examples said piece by piece, each as the nearest piece at that place of any training example: ``[B, T, D]``.

    A piece costs log2 N bits, so there are as many of them, about equally long, as together cost ``bits`` or a little
    more: what a folder's own clips say at a model's bits. What they cost comes second.

    Args:
        seen: what is compared of the training examples, ``[N, T, C]``.
        known: what is said of them, ``[N, T, D]``.
        asked: what is compared of the examples, ``[B, T, C]``.
        bits: at least so many are spent, unless there are too few steps.
    """
    each = math.log2(max(len(seen), 2))
    pieces = min(max(math.ceil(bits / each - 1e-9), 1), seen.shape[1])
    edges = np.linspace(0, seen.shape[1], pieces + 1).round().astype(np.int64).tolist()
    said = np.empty((len(asked), *known.shape[1:]), np.float32)
    for begin, end in itertools.pairwise(edges):
        said[:, begin:end] = known[Nearest(seen[:, begin:end]).find(asked[:, begin:end]), begin:end]
    return said, pieces * each
