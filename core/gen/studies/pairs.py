"""Pairs of held-out examples."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gen.errors import UsageError


def draw_pairs(source: npt.NDArray[np.int64], count: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Pairs of different examples, every pair once, of different files where there are several.

    Args:
        source: which file each example came from, ``[N]``.
        count: how many pairs are wanted.
        rng: source of the draws.

    Returns:
        Numbers of examples, int64 ``[P, 2]``: the first and the second of each pair. All there are, in some order,
        where fewer are possible than were wanted.

    Raises:
        UsageError: fewer than two examples.
    """
    n = len(source)
    if n < 2:
        raise UsageError(f"a way leads from one example to another, and there is only {n} held-out example")
    alike = np.unique(source, return_counts=True)[1]
    apart = len(alike) > 1
    possible = n * n - int((alike * alike).sum()) if apart else n * (n - 1)
    wanted = min(count, possible)
    codes = np.zeros(0, np.int64)
    while len(codes) < wanted:
        drawn = rng.integers(n * n, size=4 * wanted)
        first, second = np.divmod(drawn, n)
        good = source[first] != source[second] if apart else first != second
        codes = np.concatenate([codes, drawn[good]])
        codes = codes[np.sort(np.unique(codes, return_index=True)[1])]  # each once, in the order drawn
    return np.stack(np.divmod(codes[:wanted], n), axis=1)
