"""Rows of the groove converter by chance, for whatever judges them: hits are sparse, values reach past their range."""

from __future__ import annotations

from typing import Any

import numpy as np

from gen_converters.groove.converter import GrooveConverter

OPTIONS: list[dict[str, Any]] = [
    {},
    {"steps_per_quarter": 6},
    {"split_instruments": True},
    {"num_velocity_bins": 8, "num_offset_bins": 8},
    {"pitch_classes": [[36], [38]]},
]


def random_rows(converter: GrooveConverter, options: dict[str, Any], rng: np.random.Generator) -> np.ndarray:
    """Five examples of twenty steps, ``[5, T, depth]``."""
    drums = 2 if "pitch_classes" in options else 9
    steps = 20 * (drums if options.get("split_instruments") else 1)
    rows = rng.uniform(-1.2, 1.2, (5, steps, converter.output_depth))
    hits = 1 if options.get("split_instruments") else drums
    rows[..., :hits] = rng.random((5, steps, hits)) < 0.3
    return rows
