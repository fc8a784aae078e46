"""How well decoded events agree with their targets, stream by stream.

Sums are additive over examples, so figures over a data set are over all its steps, not means of means. Every column's
name begins with the stream's, such as ``bass_``, or with nothing where there is one stream.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from gen_converters.common.melody_lines import FIRST_NOTE

Columns = dict[str, npt.NDArray[np.float64]]
_Flags = npt.NDArray[np.bool_]


def valid_steps(lengths: npt.NDArray[np.int64], steps: int) -> _Flags:
    """Which steps belong to an example, boolean ``[B, T]``."""
    return np.arange(steps) < np.asarray(lengths)[:, np.newaxis]


def compare_melodies(
    targets: npt.NDArray[np.integer], outputs: npt.NDArray[np.integer], valid: _Flags, *, notes: int, stream: str = ""
) -> Columns:
    """Counts by which melodies are compared, one row an example.

    Args:
        targets, outputs: classes ``[B, T]``.
        valid: which steps count, boolean ``[B, T]``.
        notes: how many classes are notes; any above them is an end token.
        stream: prefix of the names.

    Returns:
        Columns float64 ``[B]``: ``steps``, ``steps_right``; ``onset_true_positives``, ``onset_false_positives``,
        ``onset_false_negatives``; ``pitches_right``, among the true positives.
    """
    expected, played = _onsets(targets, notes) & valid, _onsets(outputs, notes) & valid
    return {
        f"{stream}steps": _count(valid),
        f"{stream}steps_right": _count((targets == outputs) & valid),
        f"{stream}onset_true_positives": _count(expected & played),
        f"{stream}onset_false_positives": _count(played & ~expected),
        f"{stream}onset_false_negatives": _count(expected & ~played),
        f"{stream}pitches_right": _count(expected & played & (targets == outputs)),
    }


def compare_drums(targets: _Flags, outputs: _Flags, same: _Flags, valid: _Flags, *, stream: str = "") -> Columns:
    """Counts by which drums are compared, one row an example.

    Args:
        targets, outputs: hits ``[B, T, C]``.
        same: at which steps all is right, boolean ``[B, T]``.
        valid: which steps count, boolean ``[B, T]``.
        stream: prefix of the names.

    Returns:
        Columns float64 ``[B]``: ``steps``, ``steps_right``; ``onset_true_positives``, ``onset_false_positives``,
        ``onset_false_negatives`` over the hits of all drums.
    """
    expected, played = targets & valid[..., np.newaxis], outputs & valid[..., np.newaxis]
    return {
        f"{stream}steps": _count(valid),
        f"{stream}steps_right": _count(same & valid),
        f"{stream}onset_true_positives": _count(expected & played),
        f"{stream}onset_false_positives": _count(played & ~expected),
        f"{stream}onset_false_negatives": _count(expected & ~played),
    }


def figures(sums: Mapping[str, float], *, stream: str = "") -> dict[str, float]:
    """Sums of one stream as figures; NaN where there is nothing to judge by.

    Returns:
        ``step_accuracy``, the share of steps that are all right; ``onset_precision``, ``onset_recall``,
        ``onset_f1``; and for a melody ``pitch_accuracy``, the share of matched onsets with the right pitch.
    """
    right = sums[f"{stream}onset_true_positives"]
    extra, missed = sums[f"{stream}onset_false_positives"], sums[f"{stream}onset_false_negatives"]
    found = {
        f"{stream}step_accuracy": ratio(sums[f"{stream}steps_right"], sums[f"{stream}steps"]),
        f"{stream}onset_precision": ratio(right, right + extra),
        f"{stream}onset_recall": ratio(right, right + missed),
        f"{stream}onset_f1": ratio(2 * right, 2 * right + extra + missed),
    }
    if f"{stream}pitches_right" in sums:
        found[f"{stream}pitch_accuracy"] = ratio(sums[f"{stream}pitches_right"], right)
    return found


def _onsets(classes: npt.NDArray[np.integer], notes: int) -> _Flags:
    return (classes >= FIRST_NOTE) & (classes < FIRST_NOTE + notes)


def _count(flags: _Flags) -> npt.NDArray[np.float64]:
    total: npt.NDArray[np.float64] = flags.sum(axis=tuple(range(1, flags.ndim)), dtype=np.float64)
    return total


def ratio(numerator: float, denominator: float) -> float:
    """A share; NaN of nothing."""
    return float(numerator) / float(denominator) if denominator else float("nan")
