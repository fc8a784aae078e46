"""The order in which training sees examples."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_LUCK = 1  # a second stream of the same seed and epoch


class Shuffle:
    """Which examples make up the batch of a step: a function of (seed, step) alone, so a run resumes anywhere.

    Every epoch is a new permutation of all examples; a last, partial batch is left out. Where there are fewer
    examples than a batch holds, a batch repeats them.
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
