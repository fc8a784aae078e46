"""Damaged checkpoints are read or refused; nothing else happens. (benchmarks/fuzz_importers.py tries ten thousand.)"""

from __future__ import annotations

import tracemalloc
from collections import Counter

import numpy as np
from checkpoint_mutations import Originals, read_all

FILES = 300


def test_damaged_checkpoints_are_read_or_refused_in_little_memory(tmp_path):
    rng = np.random.default_rng(0)
    variables = {f"part/{i}/kernel": rng.normal(size=(7, 10)).astype(np.float32) for i in range(10)}
    originals = Originals(tmp_path, {**variables, "global_step": np.int32(5)})
    assert all(read_all(tmp_path / name)[0] == "read" for name in ("tf", "exact", "small"))

    ends: Counter[str] = Counter()
    tracemalloc.start()
    try:
        for _ in range(FILES):
            kind, path = originals.damaged(rng)
            tracemalloc.reset_peak()
            end, size = read_all(path)
            assert tracemalloc.get_traced_memory()[1] < 12 << 20, (kind, end)
            assert size <= 4 * 50_000
            ends[end] += 1
    finally:
        tracemalloc.stop()

    assert sum(ends.values()) == FILES
    assert min(ends["read"], ends["refused"]) > FILES // 20
