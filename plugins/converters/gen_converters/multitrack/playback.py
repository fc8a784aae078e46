"""Performances as notes: what lists of tokens say, however badly formed.

Letters in shape comments: B clips, C chunks, S slots (places for tracks), K tokens, E events.
Source: note_seq, performance_lib.py (to_sequence); magenta, music_vae/data_hierarchical.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gen_converters.common.arrays import Bools, Ints
from gen_converters.common.voices import Voice
from gen_converters.multitrack.events import ends_of
from gen_converters.multitrack.vocabulary import Vocabulary

_DEFAULT_VELOCITY = 100


@dataclass(frozen=True, eq=False)
class Reading:
    """What lists of tokens ``[..., K]`` say."""

    token: Ints
    counts: Bools  # which of them are events: those before the end that aren't programs
    step: Ints  # where each stands, in steps from the start of its list
    program: Ints  # [...], class of each list's program or drums; the first of several, program 0 without any


def read(token: Ints, vocabulary: Vocabulary) -> Reading:
    """Read lists of tokens, ``[..., K]``; what stands behind an end is left aside."""
    within = ~np.logical_or.accumulate(token == vocabulary.end, axis=-1)
    programs = within & (token >= vocabulary.program)
    counts = within & (token < vocabulary.program)
    shifts = counts & (token >= vocabulary.shift) & (token < vocabulary.velocity)
    shift = np.where(shifts, token - vocabulary.shift + 1, 0)
    first = np.take_along_axis(token, programs.argmax(axis=-1)[..., np.newaxis], axis=-1)[..., 0]
    program = np.where(programs.any(axis=-1), first, vocabulary.program)
    return Reading(token, counts, np.cumsum(shift, axis=-1) - shift, program)


def voices_of(reading: Reading, vocabulary: Vocabulary, *, steps: int, first_program: bool) -> list[list[Voice]]:
    """The notes of each track, clip by clip.

    A note-off ends the oldest note of its pitch; a note that nothing ends sounds to the end, and one without length
    isn't heard. What stands past the end of its chunk is left out, and so are voices without notes.

    Of tokens ``[B, C, S, K]`` the chunks of a slot, whose number is its voice's instrument, follow one another and have
    so many ``steps``. With ``first_program`` a track's program is that of its first chunk, even one without notes.
    """
    batch, chunks, slots, length = reading.token.shape
    token, counts, step = (
        values.swapaxes(1, 2) for values in (reading.token, reading.counts, reading.step)
    )  # [B, S, C, K]
    heard = np.flatnonzero((counts & (step <= steps)).ravel())
    token = token.ravel()[heard]  # [E], as all below
    track, place = np.divmod(heard, chunks * length)
    at = place // length * steps + step.ravel()[heard]
    velocity = _velocities(token, track, vocabulary)

    events = np.flatnonzero(token < vocabulary.shift)
    is_on = token[events] < vocabulary.note_off
    pitch = token[events] % vocabulary.note_off + vocabulary.min_pitch
    ends = ends_of(track[events] * 128 + pitch, is_on)
    release = np.where(ends < 0, chunks * steps, at[events][ends])
    notes = np.flatnonzero(is_on & (release > at[events]))
    rows = events[notes]

    program = reading.program.swapaxes(1, 2).reshape(batch * slots, chunks)
    played = np.zeros((batch * slots, chunks), np.bool_)
    played[track[rows], place[rows] // length] = True
    which = np.zeros(batch * slots, np.int64) if first_program else played.argmax(axis=1)
    chosen = program[np.arange(batch * slots), which]

    clips: list[list[Voice]] = [[] for _ in range(batch)]
    bounds = np.searchsorted(track[rows], np.arange(batch * slots + 1))
    for number in np.flatnonzero(np.diff(bounds)):
        own = slice(bounds[number], bounds[number + 1])
        clip, slot = divmod(int(number), slots)
        drums = chosen[number] == vocabulary.drums
        clips[clip].append(
            Voice(
                pitch[notes[own]],
                at[rows[own]],
                release[notes[own]],
                instrument=slot,
                program=0 if drums else int(chosen[number] - vocabulary.program),
                is_drum=bool(drums),
                velocity=velocity[rows[own]],
            )
        )
    return clips


def chord_changes(reading: Reading, chords: Ints, *, steps: int) -> list[list[tuple[int, int]]]:
    """Where the chords of each clip change, as (step, class), from that at each token ``[B, C, S, K]``.

    Where tracks disagree the first one counts. A chunk has so many ``steps``.
    """
    found = []
    starts = steps * np.arange(reading.step.shape[1])[:, np.newaxis, np.newaxis]
    for counts, step, chord in zip(reading.counts & (reading.step < steps), reading.step + starts, chords, strict=True):
        at, first = np.unique(step[counts], return_index=True)
        said = chord[counts][first]
        changes = np.flatnonzero(np.diff(said, prepend=-1))
        found.append([(int(at[index]), int(said[index])) for index in changes])
    return found


def _velocities(token: Ints, track: Ints, vocabulary: Vocabulary) -> Ints:
    """The velocity that holds at each event of each track, ``[E]``."""
    spoken = (token >= vocabulary.velocity) & (token < vocabulary.program)
    if not spoken.any():
        return np.full(len(token), _DEFAULT_VELOCITY)
    latest = np.maximum.accumulate(np.where(spoken, np.arange(len(token)), -1))
    known = (latest >= 0) & (track[latest] == track)
    return np.where(known, vocabulary.velocity_of(token[latest] - vocabulary.velocity), _DEFAULT_VELOCITY)
