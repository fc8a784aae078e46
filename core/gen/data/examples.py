"""Examples of one split, stacked, and the order in which training sees them.

Letters in shape comments: N examples, T steps, D depth.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gen.interfaces.converter import Example
from gen.interfaces.rows import FloatArray


@dataclass(frozen=True, eq=False)
class Examples:
    """Many examples, padded with zeros to the longest.

    Attributes:
        inputs: float32 ``[N, T, input_depth]``.
        outputs: float32 ``[N, T, output_depth]``; the same array as ``inputs`` where the converter says so.
        controls: float32 ``[N, T, control_depth]``, or None.
        lengths: int64 ``[N]`` or ``[N, segments]``.
        qpm: float64 ``[N]``, tempo of the source.
        source: int64 ``[N]``, which item of the data set an example came from.
    """

    inputs: FloatArray
    outputs: FloatArray
    controls: FloatArray | None
    lengths: npt.NDArray[np.int64]
    qpm: npt.NDArray[np.float64]
    source: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.lengths)

    def take(self, rows: npt.NDArray[np.int64] | slice) -> Examples:
        """The examples at ``rows``."""
        inputs = self.inputs[rows]
        return Examples(
            inputs=inputs,
            outputs=inputs if self.outputs is self.inputs else self.outputs[rows],
            controls=None if self.controls is None else self.controls[rows],
            lengths=self.lengths[rows],
            qpm=self.qpm[rows],
            source=self.source[rows],
        )

    def batches(self, size: int) -> Iterator[Examples]:
        """In order, the last batch as small as it comes."""
        for start in range(0, len(self), size):
            yield self.take(slice(start, start + size))


def stack(examples: Sequence[Example], source: Sequence[int]) -> Examples:
    """Stack examples; ``source[n]`` says which item example n came from. At least one example is needed."""
    steps = max(len(example.outputs) for example in examples)
    outputs = _pad([example.outputs for example in examples], steps)
    same = all(example.inputs is example.outputs for example in examples)
    controls = [example.controls for example in examples if example.controls is not None]
    return Examples(
        inputs=outputs if same else _pad([example.inputs for example in examples], steps),
        outputs=outputs,
        controls=_pad(controls, steps) if controls else None,
        lengths=np.array([example.length for example in examples], dtype=np.int64),
        qpm=np.array([example.qpm for example in examples], dtype=np.float64),
        source=np.array(source, dtype=np.int64),
    )


def _pad(arrays: Sequence[FloatArray], steps: int) -> FloatArray:
    out = np.zeros((len(arrays), steps, arrays[0].shape[1]), np.float32)  # [N, T, D]
    for row, array in zip(out, arrays, strict=True):
        row[: len(array)] = array
    return out


class Shuffle:
    """Which examples make up the batch of a step: a function of (seed, step) alone, so a run resumes anywhere.

    Every epoch is a new permutation of all examples; a last, partial batch is left out. Where there are fewer
    examples than a batch holds, a batch repeats them.

    Args:
        examples: how many there are.
        batch_size: how many a batch holds.
        seed: of the permutations.
    """

    def __init__(self, examples: int, batch_size: int, seed: int) -> None:
        self.examples = examples
        self.batch_size = batch_size
        self.seed = seed
        self.steps_per_epoch = max(1, examples // batch_size)
        self._epoch = -1
        self._order: npt.NDArray[np.int64] = np.zeros(0, np.int64)

    def rows(self, step: int) -> npt.NDArray[np.int64]:
        """Row numbers ``[batch_size]`` of the batch of ``step``, counted from 0."""
        epoch, place = divmod(step, self.steps_per_epoch)
        if epoch != self._epoch:
            order = np.random.default_rng([self.seed, epoch]).permutation(self.examples)
            self._order = np.resize(order, max(self.examples, self.batch_size))
            self._epoch = epoch
        return self._order[place * self.batch_size : (place + 1) * self.batch_size]
