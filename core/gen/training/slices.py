"""A batch in slices: what one process computes at a time, and where its draws come from.

The examples of a step, the slices they are cut into, and every draw in a slice are functions of the recipe and the
step alone. So memory is that of a slice; slices can be computed one after another or by several processes, with the
same result; and a resumed training draws what it would have drawn.
"""

from __future__ import annotations

import numpy as np
import torch

_DRAWS = 2  # a stream of its own: those of `gen.data.shuffle` have shorter keys


def cut(examples: int, slices: int) -> list[slice]:
    """Where each slice of a batch is; the first ones are longer by an example where it doesn't come out even."""
    least, longer = divmod(examples, slices)
    ends = np.cumsum([least + (number < longer) for number in range(slices)])
    return [slice(int(end) - least - (number < longer), int(end)) for number, end in enumerate(ends)]


def share(slices: int, *, rank: int, size: int) -> range:
    """The slices that one of ``size`` processes computes: neighbours, as evenly as they can be shared."""
    part = cut(slices, size)[rank]
    return range(part.start, part.stop)


def draw_from(generator: torch.Generator, seed: int, step: int, number: int) -> None:
    """Set a generator to the draws of one slice of one step."""
    words = np.random.SeedSequence([seed, step, number, _DRAWS]).generate_state(1, np.uint64)
    generator.manual_seed(int(words[0]))
