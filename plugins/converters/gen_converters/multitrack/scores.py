"""How well decoded performances agree with their targets.

Sums are additive over examples, as in `gen_converters.common.event_scores`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gen_converters.common.arrays import Columns, Ints, Reals
from gen_converters.common.event_scores import count, detection, ratio
from gen_converters.multitrack.playback import Reading, read
from gen_converters.multitrack.vocabulary import Vocabulary


def compare_performances(targets: Ints, outputs: Ints, lengths: Ints, vocabulary: Vocabulary) -> Columns:
    """Counts by which performances are compared, one row an example.

    An onset is right where the same list has one of the same pitch at the same step; programs are those of the lists
    that hold a track.

    Args:
        targets, outputs: tokens ``[B, S, K]`` of S lists.
        lengths: tokens of each list of the targets, its end included, ``[B, S]``.
    """
    valid = np.arange(targets.shape[2]) < lengths[..., np.newaxis]
    expected, played = read(targets, vocabulary), read(outputs, vocabulary)
    tracks = lengths > 1
    onsets, heard = _onsets(expected, vocabulary), _onsets(played, vocabulary)
    different, which = np.unique(np.concatenate([onsets, heard], axis=1), axis=1, return_inverse=True)
    # How often each different onset is in either.
    wanted, said = (
        np.bincount(found, minlength=different.shape[1]) for found in np.split(which.ravel(), [onsets.shape[1]])
    )
    batch = len(targets)

    def by_example(counts: Ints) -> Reals:
        return np.bincount(different[0], counts, minlength=batch).astype(np.float64)

    return {
        "tokens": count(valid),
        "tokens_right": count((targets == outputs) & valid),
        "tracks": count(tracks),
        "programs_right": count((expected.program == played.program) & tracks),
        "onset_true_positives": by_example(np.minimum(wanted, said)),
        "onset_false_positives": by_example(np.maximum(said - wanted, 0)),
        "onset_false_negatives": by_example(np.maximum(wanted - said, 0)),
    }


def figures(sums: Mapping[str, float]) -> dict[str, float]:
    """Sums as figures, NaN where there is nothing to judge by; events are all tokens, programs and ends included."""
    return {
        "event_accuracy": ratio(sums["tokens_right"], sums["tokens"]),
        "program_accuracy": ratio(sums["programs_right"], sums["tracks"]),
        **detection(sums, "onset_", "onset"),
    }


def _onsets(reading: Reading, vocabulary: Vocabulary) -> Ints:
    """Example, list, step and pitch of each note-on, int64 ``[4, N]``."""
    example, which, place = np.nonzero(reading.counts & (reading.token < vocabulary.note_off))
    where = (example, which, place)
    return np.stack([example, which, reading.step[where], reading.token[where]]).astype(np.int64)
