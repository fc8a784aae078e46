"""How well decoded events agree with their targets, stream by stream.

Sums are additive over examples, so figures over a data set are over all its steps, not means of means. Every column's
name begins with the stream's, such as ``bass_``, or with nothing where there is one stream.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gen_converters.common.arrays import Bools, Columns, Ints, Reals
from gen_converters.common.melody_lines import FIRST_NOTE


def valid_steps(lengths: Ints, steps: int) -> Bools:
    """Which steps belong to an example, boolean ``[B, T]``."""
    valid: Bools = np.arange(steps) < np.asarray(lengths)[:, np.newaxis]
    return valid


def compare_melodies(targets: Ints, outputs: Ints, lengths: Ints, *, notes: int, stream: str = "") -> Columns:
    """The columns of `compare_hits` of melodies, classes ``[B, T]``, and ``pitches_right`` among the true positives.

    Classes above ``notes`` are an end token.
    """
    expected, played = ((classes >= FIRST_NOTE) & (classes < FIRST_NOTE + notes) for classes in (targets, outputs))
    same, valid = targets == outputs, valid_steps(lengths, targets.shape[1])
    columns = compare_hits(expected, played, same, lengths, stream=stream)
    return columns | {f"{stream}pitches_right": count(expected & played & same & valid)}


def compare_hits(targets: Bools, outputs: Bools, same: Bools, lengths: Ints, *, stream: str = "") -> Columns:
    """Counts by which onsets are compared, one row an example.

    Args:
        targets, outputs: where something begins, ``[B, T]`` or, of C drums, ``[B, T, C]``.
        same: at which steps all is right, ``[B, T]``.
        lengths: how many steps count, ``[B]``.
        stream: prefix of the names.
    """
    valid = valid_steps(lengths, same.shape[1])
    inside = valid.reshape(*valid.shape, *[1] * (targets.ndim - 2))
    return {
        f"{stream}steps": count(valid),
        f"{stream}steps_right": count(same & valid),
        f"{stream}onset_true_positives": count(targets & outputs & inside),
        f"{stream}onset_false_positives": count(outputs & ~targets & inside),
        f"{stream}onset_false_negatives": count(targets & ~outputs & inside),
    }


def figures(sums: Mapping[str, float], *, stream: str = "") -> dict[str, float]:
    """Sums of one stream as figures, NaN where there is nothing to judge by; pitches are those of matched onsets."""
    found = {f"{stream}step_accuracy": ratio(sums[f"{stream}steps_right"], sums[f"{stream}steps"])}
    found |= detection(sums, f"{stream}onset_", f"{stream}onset")
    if f"{stream}pitches_right" in sums:
        right = sums[f"{stream}onset_true_positives"]
        found[f"{stream}pitch_accuracy"] = ratio(sums[f"{stream}pitches_right"], right)
    return found


def detection(sums: Mapping[str, float], column: str, name: str) -> dict[str, float]:
    """Precision, recall and F1 of a name, from the true and false positives and false negatives of a column."""
    right, extra = sums[f"{column}true_positives"], sums[f"{column}false_positives"]
    missed = sums[f"{column}false_negatives"]
    return {
        f"{name}_precision": ratio(right, right + extra),
        f"{name}_recall": ratio(right, right + missed),
        f"{name}_f1": ratio(2 * right, 2 * right + extra + missed),
    }


def count(flags: Bools) -> Reals:
    """How many are set of each example, ``[B]`` from ``[B, ...]``."""
    total: Reals = flags.sum(axis=tuple(range(1, flags.ndim)), dtype=np.float64)
    return total


def ratio(numerator: float, denominator: float) -> float:
    """A share; NaN of nothing."""
    return float(numerator) / float(denominator) if denominator else float("nan")
