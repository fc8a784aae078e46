"""How well decoded grooves agree with their targets, cell by cell: hits, loudness, micro-timing.

A hit is a cell above one half. Velocity and timing are compared where both have a hit. Sums are additive over
examples, so figures over a data set are over all its cells, not means of means. How the loudness and timing of all
hits are distributed is another question: see `gen_converters.groove.distributions`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gen_converters.common.arrays import Bools, Columns, Reals
from gen_converters.common.event_scores import count, detection, ratio
from gen_converters.groove.rows import Cells


def compare(targets: Cells, outputs: Cells, valid: Bools, *, qpm: Reals, steps_per_quarter: int) -> Columns:
    """Counts and sums, one row an example.

    Args:
        targets, outputs: ``[B, T, C]`` each.
        valid: boolean ``[B, T]``, which steps belong to the example.
        qpm: tempo of each example, ``[B]``, to turn steps into milliseconds.
    """
    inside = valid[:, :, np.newaxis]  # [B, T, 1]
    expected, played = targets.hit > 0.5, outputs.hit > 0.5
    both = expected & played & inside
    velocity = 127.0 * np.abs(outputs.velocity.clip(0, 1) - targets.velocity.clip(0, 1))
    late = np.abs(outputs.offset.clip(-1, 1) - targets.offset.clip(-1, 1)) / 2.0  # steps
    step_ms = 60000.0 / np.asarray(qpm, np.float64) / steps_per_quarter  # [B]
    return {
        "true_positives": count(both),
        "false_positives": count(~expected & played & inside),
        "false_negatives": count(expected & ~played & inside),
        "true_negatives": count(~expected & ~played & inside),
        "steps": count(valid),
        "steps_right": count((expected == played).all(axis=2) & valid),
        "velocity_error": np.where(both, velocity, 0.0).sum(axis=(1, 2)),
        "timing_error_ms": np.where(both, late, 0.0).sum(axis=(1, 2)) * step_ms,
        "timing_error_16ths_squared": np.where(both, (late * 4.0 / steps_per_quarter) ** 2, 0.0).sum(axis=(1, 2)),
    }


def figures(sums: Mapping[str, float]) -> dict[str, float]:
    """Summed `compare` columns as the figures of docs/groove_figures.md; NaN where there is nothing to judge by."""
    right, extra, missed = sums["true_positives"], sums["false_positives"], sums["false_negatives"]
    empty = sums["true_negatives"]
    return {
        **detection(sums, "", "hit"),
        "hit_accuracy": ratio(right + empty, right + empty + extra + missed),
        "step_accuracy": ratio(sums["steps_right"], sums["steps"]),
        "velocity_mae": ratio(sums["velocity_error"], right),
        "timing_mae_ms": ratio(sums["timing_error_ms"], right),
        "timing_mse_16ths": ratio(sums["timing_error_16ths_squared"], right),
    }
