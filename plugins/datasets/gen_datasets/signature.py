"""A number for a piece of music that stays when the piece is transposed, sped up, or played by another hand.

Method: a min-hash of what is played. Onsets are put on a grid of sixteenth notes by the file's own tempo, which drops
tempo, velocity, note lengths and most of the micro-timing. Each grid step with notes becomes one *event*: the distance
from the event before it in steps; for pitched notes the interval between the lowest notes of the two, and the shape of
the chord above the lowest note; for drums the set of pitches. Every run of a few events is hashed, and the smallest of
these hashes is the signature. Pitched notes and drums are separate streams whose runs are thrown together.

Two pieces that share a part J of their distinct runs (Jaccard similarity) have the same signature with probability J: a
transposed, renamed, re-timed or re-voiced copy always, a copy with a few changed notes, a cut, or an added ending
mostly, different music almost never. It depends on the piece alone, so nothing changes when files come or go.

Source: Broder, "On the resemblance and containment of documents", 1997.
"""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

from gen import NoteSequence

Hashes = npt.NDArray[np.uint64]

_RUN = 8  # events; long enough that unrelated tunes rarely share one, short enough to survive edits
_STEPS_PER_QUARTER = 4
_BOUNDARY = 0.48  # of a step; not a half, where a thirty-second note would fall to either side by a rounding error
_DEFAULT_QPM = 120.0
_PRIME = np.uint64(0x100000001B3)


def signature(notes: NoteSequence) -> int | None:
    """The signature, 64 bits; None for a piece without notes."""
    runs = [
        _runs(notes.select(rows), drums=drums)
        for drums, rows in ((False, np.flatnonzero(~notes.is_drum)), (True, np.flatnonzero(notes.is_drum)))
        if len(rows)
    ]
    return int(np.concatenate(runs).min()) if runs else None


def signature_of_bytes(data: bytes) -> int:
    """The same kind of number for what can't be read as music: equal bytes, equal number."""
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big")


def fraction(number: int) -> float:
    """A number spread evenly over [0, 1); signatures themselves are the smallest of many, and so all small."""
    digest = hashlib.blake2b(number.to_bytes(8, "big"), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2.0**64


def _runs(notes: NoteSequence, *, drums: bool) -> Hashes:
    """One hash for every run of events ``[events - run + 1]``; a single one for a shorter piece."""
    step = np.floor(_quarters(notes) * _STEPS_PER_QUARTER + 1.0 - _BOUNDARY).astype(np.int64)
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


def _quarters(notes: NoteSequence) -> npt.NDArray[np.float64]:
    """Onsets in quarter notes from the start of the piece, through its tempo changes."""
    order = np.argsort(notes.tempos.time, kind="stable")
    time, qpm = notes.tempos.time[order], notes.tempos.qpm[order]
    if not len(time) or time[0] > 0:
        time, qpm = np.insert(time, 0, 0.0), np.insert(qpm, 0, _DEFAULT_QPM)
    at = np.concatenate([[0.0], np.cumsum(np.diff(time) * qpm[:-1] / 60.0)])
    index = np.maximum(np.searchsorted(time, notes.start, side="right") - 1, 0)
    return at[index] + (notes.start - time[index]) * qpm[index] / 60.0


def _mix(values: npt.NDArray[np.int64], *, salt: int) -> Hashes:
    """Scatter integers over 64 bits (the finaliser of SplitMix64: Steele, Lea and Flood 2014)."""
    z: Hashes = values.astype(np.uint64) + np.uint64(salt * 0x9E3779B97F4A7C15 % 2**64)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return z
