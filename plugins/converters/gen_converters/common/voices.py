"""Decoded events as voices, and voices as note sequences.

Notes are on the grid. Source: note_seq, melodies_lib.py and drums_lib.py (to_sequence).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gen import NoteSequence
from gen.notes import Chord, KeySignatures, Tempos, TimeSignatures
from gen_converters.common.melody_lines import FIRST_NOTE

DRUM_INSTRUMENT = 9
_VELOCITY = 80


@dataclass(frozen=True, eq=False)
class Voice:
    """Notes of one instrument, on the grid.

    Attributes:
        pitch, onset, release: int64 ``[N]``; onset and release are steps.
        instrument, program, is_drum: the same for all notes.
        velocity: 1 to 127, of all notes or of each, ``[N]``.
    """

    pitch: npt.NDArray[np.int64]
    onset: npt.NDArray[np.int64]
    release: npt.NDArray[np.int64]
    instrument: int = 0
    program: int = 0
    is_drum: bool = False
    velocity: int | npt.NDArray[np.int64] = _VELOCITY


def melody_voice(events: npt.NDArray[np.integer], *, min_pitch: int, instrument: int = 0, program: int = 0) -> Voice:
    """The notes of a melody ``[T]``; one that is never ended sounds to the end."""
    happening = np.flatnonzero(events)
    until = np.append(happening[1:], len(events))
    notes = events[happening] >= FIRST_NOTE
    onset = happening[notes]
    pitch = events[onset].astype(np.int64) - FIRST_NOTE + min_pitch
    return Voice(pitch, onset, until[notes], instrument, program)


def drum_voice(hits: npt.NDArray[np.bool_], pitches: Sequence[int]) -> Voice:
    """The hits of drums, ``[T, C]``, each a step long and on the pitch of its class."""
    step, drum = np.nonzero(hits)
    pitch = np.asarray(pitches, np.int64)[drum]
    return Voice(pitch, step, step + 1, DRUM_INSTRUMENT, is_drum=True)


def play(
    voices: Sequence[Voice],
    *,
    steps: int | None,
    steps_per_quarter: int,
    quarters_per_bar: int = 4,
    qpm: float,
    chords: Sequence[tuple[int, str]] = (),
    keys: Sequence[tuple[int, int]] = (),
) -> NoteSequence:
    """Voices together as a sequence.

    Args:
        voices: one after another.
        steps: length of the sequence; None for that of its last note.
        steps_per_quarter: resolution.
        quarters_per_bar: its time signature, over 4.
        qpm: tempo, quarter notes a minute.
        chords: step and chord symbol of each change.
        keys: step and key (C = 0) of each change; major, as inferred ones are.

    Raises:
        ValueError: ``qpm`` isn't positive.
    """
    if not (math.isfinite(qpm) and qpm > 0):
        raise ValueError(f"qpm must be a positive number, got {qpm}")
    step = 60.0 / qpm / steps_per_quarter

    def column(name: str) -> npt.NDArray[np.int64]:
        return np.concatenate([np.broadcast_to(getattr(voice, name), len(voice.pitch)) for voice in voices])

    return NoteSequence(
        pitch=column("pitch"),
        velocity=column("velocity"),
        start=column("onset").astype(np.float64) * step,
        end=column("release").astype(np.float64) * step,
        program=column("program"),
        is_drum=column("is_drum").astype(np.bool_),
        instrument=column("instrument"),
        tempos=Tempos(time=np.zeros(1), qpm=np.array([qpm])),
        time_signatures=TimeSignatures(
            time=np.zeros(1), numerator=np.array([quarters_per_bar]), denominator=np.array([4])
        ),
        key_signatures=KeySignatures(
            time=np.array([at * step for at, _ in keys]),
            key=np.array([key for _, key in keys], np.int64),
            mode=np.array(0),
        ),
        chords=tuple(Chord(at * step, text) for at, text in chords),
        total_time=-1.0 if steps is None else steps * step,
    )
