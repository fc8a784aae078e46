"""How well decoded performances agree with their targets.

Sums are additive over examples, as in `gen_converters.common.event_scores`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from gen_converters.common.event_scores import Columns, ratio
from gen_converters.multitrack.playback import Reading, read
from gen_converters.multitrack.vocabulary import Vocabulary


def compare_performances(
    targets: npt.NDArray[np.int64],
    outputs: npt.NDArray[np.int64],
    lengths: npt.NDArray[np.int64],
    vocabulary: Vocabulary,
) -> Columns:
    """Counts by which performances are compared, one row an example.

    Args:
        targets, outputs: tokens ``[B, S, K]`` of S lists.
        lengths: tokens of each list of the targets, its end included, ``[B, S]``.
        vocabulary: the classes.

    Returns:
        Columns float64 ``[B]``: ``tokens``, ``tokens_right``; ``tracks``, ``programs_right``, of the lists that hold
        a track; ``onset_true_positives``, ``onset_false_positives``, ``onset_false_negatives``: an onset is right where
        the same list has one of the same pitch at the same step.
    """
    valid = np.arange(targets.shape[2]) < lengths[..., np.newaxis]
    expected, played = read(targets, vocabulary), read(outputs, vocabulary)
    tracks = lengths > 1
    onsets, heard = _onsets(expected, vocabulary), _onsets(played, vocabulary)
    owners, matched = _matched(onsets, heard)
    batch = len(targets)
    right = _sums(owners, batch, matched)
    return {
        "tokens": valid.sum(axis=(1, 2), dtype=np.float64),
        "tokens_right": ((targets == outputs) & valid).sum(axis=(1, 2), dtype=np.float64),
        "tracks": tracks.sum(axis=1, dtype=np.float64),
        "programs_right": ((expected.program == played.program) & tracks).sum(axis=1, dtype=np.float64),
        "onset_true_positives": right,
        "onset_false_positives": _sums(heard[0], batch) - right,
        "onset_false_negatives": _sums(onsets[0], batch) - right,
    }


def figures(sums: Mapping[str, float]) -> dict[str, float]:
    """Sums as figures; NaN where there is nothing to judge by.

    Returns:
        ``event_accuracy``, the share of tokens that are right, programs and ends included; ``program_accuracy``, the
        share of tracks that have the right one; ``onset_precision``, ``onset_recall`` and ``onset_f1``.
    """
    right = sums["onset_true_positives"]
    extra, missed = sums["onset_false_positives"], sums["onset_false_negatives"]
    return {
        "event_accuracy": ratio(sums["tokens_right"], sums["tokens"]),
        "program_accuracy": ratio(sums["programs_right"], sums["tracks"]),
        "onset_precision": ratio(right, right + extra),
        "onset_recall": ratio(right, right + missed),
        "onset_f1": ratio(2 * right, 2 * right + extra + missed),
    }


_Onsets = npt.NDArray[np.int64]


def _onsets(reading: Reading, vocabulary: Vocabulary) -> _Onsets:
    """Example, list, step and pitch of each note-on, int64 ``[4, N]``."""
    example, which, place = np.nonzero(reading.counts & (reading.token < vocabulary.note_off))
    where = (example, which, place)
    return np.stack([example, which, reading.step[where], reading.token[where]]).astype(np.int64)


def _matched(onsets: _Onsets, heard: _Onsets) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """The example of each different onset, and how often it is in both."""
    different, which = np.unique(np.concatenate([onsets, heard], axis=1), axis=1, return_inverse=True)
    expected, played = np.split(which.ravel(), [onsets.shape[1]])
    count = different.shape[1]
    both = np.minimum(np.bincount(expected, minlength=count), np.bincount(played, minlength=count))
    return different[0], both.astype(np.float64)


def _sums(
    owners: npt.NDArray[np.int64], batch: int, weights: npt.NDArray[np.float64] | None = None
) -> npt.NDArray[np.float64]:
    return np.bincount(owners, weights, minlength=batch).astype(np.float64)
