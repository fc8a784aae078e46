"""Examples of one split, from wherever they lie: read as arrays, or taken a few at a time.

Letters in shape comments: N examples, T steps, D depth, S segments.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from gen.data.table import PARTS, Part, Table
from gen.interfaces.converter import Example
from gen.interfaces.rows import FloatArray, Layout, Rows


class Examples:
    """Some examples of one or more tables. Taking examples copies nothing; reading arrays makes them.

    Args:
        tables: of one layout; at least one.
        rows: numbers of examples, counted through all tables; all of them in order where None.
    """

    def __init__(self, tables: Sequence[Table], rows: npt.NDArray[np.int64] | None = None) -> None:
        self.tables = tuple(tables)
        self._ends = np.cumsum([len(table) for table in self.tables])
        self.rows = np.arange(self._ends[-1]) if rows is None else rows

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def layout(self) -> Layout:
        """What the columns mean."""
        return self.tables[0].layout

    def take(self, rows: npt.NDArray[np.int64] | slice) -> Examples:
        """The examples at ``rows``."""
        return Examples(self.tables, self.rows[rows])

    def evenly(self, most: int) -> Examples:
        """So many examples at the most, evenly over all."""
        return self if len(self) <= most else self.take(np.linspace(0, len(self) - 1, most).astype(np.int64))

    def batches(self, size: int) -> Iterator[Examples]:
        """In order, the last batch as small as it comes."""
        for start in range(0, len(self), size):
            yield self.take(slice(start, start + size))

    @cached_property
    def _places(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Table and row within it of each example, ``[N]`` each."""
        tables = np.searchsorted(self._ends, self.rows, side="right")
        starts = np.concatenate([[0], self._ends[:-1]])
        return tables, self.rows - starts[tables]

    def _column(self, name: str) -> npt.NDArray[Any]:
        tables, rows = self._places
        first = self.tables[0].arrays[name]
        found = np.empty((len(self), *first.shape[1:]), first.dtype)
        for index in np.unique(tables):
            mine = tables == index
            found[mine] = self.tables[index].arrays[name][rows[mine]]
        return found

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """Valid steps, int64 ``[N]`` or ``[N, S]``."""
        return self._column("lengths")

    @property
    def qpm(self) -> npt.NDArray[np.float64]:
        """Tempo of the source in quarter notes a minute, float64 ``[N]``."""
        return self._column("qpm")

    @property
    def source(self) -> npt.NDArray[np.int64]:
        """Which item of the data set an example came from, int64 ``[N]``."""
        return self._column("source")

    @property
    def steps(self) -> int:
        """T: steps of the longest example."""
        return int(self._column("steps").max(initial=0))

    @property
    def nbytes(self) -> int:
        """Size of the tables in stored form."""
        return sum(array.nbytes for table in self.tables for array in table.arrays.values())

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts that have rows of their own: inputs that are all outputs have none."""
        return tuple(part for part in PARTS if any(table.has(part) for table in self.tables))

    def stored(self, part: Part) -> Rows:
        """One of `parts` of all examples in stored form, padded with empty rows: ``[N, T]``."""
        tables, rows = self._places
        steps = self.steps
        if len(self.tables) == 1:
            return self.tables[0].gather(part, rows, steps)
        fields = self.tables[0].fields(part)
        found = [np.empty((len(self), steps, *field.trailing), field.dtype) for field in fields]
        for index in np.unique(tables):
            mine = tables == index
            gathered = self.tables[index].gather(part, rows[mine], steps)
            for target, values in zip(found, gathered.stored, strict=True):
                target[mine] = values
        return Rows(fields, found)

    @cached_property
    def outputs(self) -> FloatArray:
        """What the decoder must say, float32 ``[N, T, output_depth]``, padded with zeros."""
        return self.stored("outputs").dense()

    @cached_property
    def inputs(self) -> FloatArray:
        """What the encoder reads, float32 ``[N, T, input_depth]``; the same array as `outputs` where they are one."""
        return self.stored("inputs").dense() if "inputs" in self.parts else self.outputs

    @cached_property
    def controls(self) -> FloatArray | None:
        """What is known at each step, float32 ``[N, T, control_depth]``; None for converters without controls."""
        return self.stored("controls").dense() if "controls" in self.parts else None


def stack(examples: Sequence[Example], source: Sequence[int], layout: Layout) -> Examples:
    """Examples in memory; ``source[n]`` says which item example n came from. At least one example is needed."""
    return Examples([Table.of(examples, source, layout)])


_LUCK = 1  # a second stream of the same seed and epoch


class Shuffle:
    """Which examples make up the batch of a step: a function of (seed, step) alone, so a run resumes anywhere.

    Every epoch is a new permutation without a last, partial batch; of too few examples, a batch repeats some.
    """

    def __init__(self, examples: int, batch_size: int, seed: int) -> None:
        self.examples = examples
        self.batch_size = batch_size
        self.seed = seed
        self.steps_per_epoch = max(1, examples // batch_size)
        self._epoch = -1
        self._order: npt.NDArray[np.int64] = np.zeros(0, np.int64)
        self._luck: npt.NDArray[np.float64] = np.zeros(0)

    def rows(self, step: int) -> npt.NDArray[np.int64]:
        """Row numbers ``[batch_size]`` of the batch of ``step``, counted from 0."""
        place = self._place(step)
        return self._order[place]

    def luck(self, step: int) -> npt.NDArray[np.float64]:
        """A number from 0 up to 1 for each example of that batch, drawn anew in every epoch: ``[batch_size]``."""
        place = self._place(step)
        return self._luck[place]

    def _place(self, step: int) -> slice:
        """Where in its epoch a step's batch is; makes that epoch's order."""
        epoch, place = divmod(step, self.steps_per_epoch)
        if epoch != self._epoch:
            size = max(self.examples, self.batch_size)
            order = np.random.default_rng([self.seed, epoch]).permutation(self.examples)
            self._order = np.resize(order, size)
            self._luck = np.random.default_rng([self.seed, epoch, _LUCK]).random(size)
            self._epoch = epoch
        return slice(place * self.batch_size, (place + 1) * self.batch_size)
