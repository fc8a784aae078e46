"""Decoded events as voices, and voices as note sequences.

Notes are on the grid. Source: note_seq, melodies_lib.py and drums_lib.py (to_sequence).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gen import NoteSequence
from gen.notes import Chord, KeySignatures, Tempos, TimeSignatures
from gen_converters.common.arrays import Bools, Ints
from gen_converters.common.conditioning import Changes
from gen_converters.common.melody_lines import FIRST_NOTE

DRUM_INSTRUMENT = 9
_VELOCITY = 80


@dataclass(frozen=True, eq=False)
class Voice:
    """Notes of one instrument, on the grid: ``[N]``, or the same for all notes."""

    pitch: Ints
    onset: Ints  # steps, like the release
    release: Ints
    instrument: int = 0
    program: int = 0
    is_drum: bool = False
    velocity: int | Ints = _VELOCITY  # 1 to 127


def melody_voice(events: Ints, *, min_pitch: int, instrument: int = 0, program: int = 0) -> Voice:
    """The notes of a melody ``[T]``; one that is never ended sounds to the end."""
    happening = np.flatnonzero(events)
    until = np.append(happening[1:], len(events))
    notes = events[happening] >= FIRST_NOTE
    onset = happening[notes]
    pitch = events[onset].astype(np.int64) - FIRST_NOTE + min_pitch
    return Voice(pitch, onset, until[notes], instrument, program)


def drum_voice(hits: Bools, pitches: Sequence[int]) -> Voice:
    """The hits of drums, ``[T, C]``, each a step long and on the pitch of its class."""
    step, drum = np.nonzero(hits)
    pitch = np.asarray(pitches, np.int64)[drum]
    return Voice(pitch, step, step + 1, DRUM_INSTRUMENT, is_drum=True)


def timing(quarters_per_bar: int, qpm: float) -> tuple[Tempos, TimeSignatures]:
    """So many quarter notes a minute and a bar, as a `NoteSequence` takes them."""
    signatures = TimeSignatures(time=np.zeros(1), numerator=np.array([quarters_per_bar]), denominator=np.array([4]))
    return Tempos(time=np.zeros(1), qpm=np.array([qpm])), signatures


def play(
    voices: Sequence[Voice],
    *,
    steps: int | None,
    steps_per_quarter: int,
    quarters_per_bar: int = 4,
    qpm: float,
    changes: Changes,
) -> NoteSequence:
    """Voices together as a sequence of so many steps, or None for as many as its last note needs.

    Keys are major, as inferred ones are.
    """
    step = 60.0 / qpm / steps_per_quarter
    tempos, signatures = timing(quarters_per_bar, qpm)

    def column(name: str) -> Ints:
        return np.concatenate([np.broadcast_to(getattr(voice, name), len(voice.pitch)) for voice in voices])

    return NoteSequence(
        pitch=column("pitch"),
        velocity=column("velocity"),
        start=column("onset").astype(np.float64) * step,
        end=column("release").astype(np.float64) * step,
        program=column("program"),
        is_drum=column("is_drum").astype(np.bool_),
        instrument=column("instrument"),
        tempos=tempos,
        time_signatures=signatures,
        key_signatures=KeySignatures(
            time=np.array([at * step for at, _ in changes.keys]),
            key=np.array([key for _, key in changes.keys], np.int64),
            mode=np.array(0),
        ),
        chords=tuple(Chord(at * step, text) for at, text in changes.chords),
        total_time=-1.0 if steps is None else steps * step,
    )
