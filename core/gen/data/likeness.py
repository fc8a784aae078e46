"""A number for a piece of music that stays when the piece is transposed, sped up, or played by another hand.

Method: a min-hash (Broder, "On the resemblance and containment of documents", 1997). Onsets are put on a grid of
sixteenth notes by the file's own tempo. Each grid step with notes becomes one *event*: the distance from the event
before it in steps; for pitched notes the interval between the lowest notes of the two, and the shape of the chord above
the lowest note; for drums the set of pitches. Every run of a few events is hashed, and the smallest of these hashes is
the signature. Pitched notes and drums are separate streams whose runs are thrown together.

Two pieces that share a part J of their distinct runs have the same signature with probability J: a transposed or
re-timed copy always, one with a few changed notes, a cut, or an added ending mostly, different music almost never.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gen.notes.moving import quarters_at
from gen.notes.sequence import NoteSequence

Hashes = npt.NDArray[np.uint64]

_RUN = 8  # events; long enough that unrelated tunes rarely share one, short enough to survive edits
_STEPS_PER_QUARTER = 4
_BOUNDARY = 0.48  # of a step; not a half, where a thirty-second note would fall to either side by a rounding error
_PRIME = np.uint64(0x100000001B3)


def signature(notes: NoteSequence) -> int | None:
    """The signature, 64 bits; None for a piece without notes."""
    found = sketch(notes, 1)
    return int(found[0]) if len(found) else None


def sketch(notes: NoteSequence, size: int) -> Hashes:
    """The smallest hashes of a piece's runs, ascending, each once: at most ``size``, for `resemblance`."""
    streams = ((False, ~notes.is_drum), (True, notes.is_drum))
    runs = [_runs(notes.select(own), drums=drums) for drums, own in streams if own.any()]
    return np.unique(np.concatenate(runs))[:size] if runs else np.zeros(0, np.uint64)


def resemblance(one: Hashes, other: Hashes, size: int) -> float:
    """The part of their distinct runs that two pieces share, estimated from their sketches of at most ``size`` hashes.

    Exact where both pieces have fewer runs than that; else within about ``1 / sqrt(size)`` (Broder 1997, section 4).
    """
    union = np.union1d(one, other)[:size]
    return len(np.intersect1d(np.intersect1d(one, other), union)) / len(union) if len(union) else 0.0


def _runs(notes: NoteSequence, *, drums: bool) -> Hashes:
    """One hash for every run of events ``[events - run + 1]``; a single one for a shorter piece."""
    step = np.floor(quarters_at(notes, notes.start) * _STEPS_PER_QUARTER + 1.0 - _BOUNDARY).astype(np.int64)
    unique = np.unique(np.stack([step, notes.pitch]), axis=1)  # in order of step, then pitch
    step, pitch = unique[0], unique[1]
    first = np.flatnonzero(np.diff(step, prepend=step[0] - 1))  # the lowest note of each event
    lowest = pitch[first]
    distance = np.diff(step[first])  # [events - 1]
    if drums:
        interval = np.zeros_like(distance)
        above = pitch
    else:
        interval = np.diff(lowest)
        above = pitch - np.repeat(lowest, np.diff(np.append(first, len(pitch))))
    shape = np.add.reduceat(_mix(above, salt=1 + drums), first)  # [events]; a sum takes notes in any order
    event = shape.copy()
    event[1:] += _mix(distance, salt=3) ^ _mix(interval, salt=4)
    # The first event of a piece has no distance before it. So that a piece found inside another gives the same runs,
    # runs begin at the second event, unless there is nothing else.
    event = event[1:] if len(event) > 1 else event
    run = min(_RUN, len(event))
    total = np.zeros(len(event) - run + 1, np.uint64)
    for index in range(run):
        total = total * _PRIME + event[index : index + len(total)]  # wraps around on purpose
    return _mix(total.view(np.int64), salt=5)


def _mix(values: npt.NDArray[np.int64], *, salt: int) -> Hashes:
    """Scatter integers over 64 bits (the finaliser of SplitMix64: Steele, Lea and Flood 2014)."""
    z: Hashes = values.astype(np.uint64) + np.uint64(salt * 0x9E3779B97F4A7C15 % 2**64)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return z
