"""Moving music to another pitch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gen.notes.chords.symbols import ChordError, transpose_chord
from gen.notes.sequence import Chord, NoteSequence


def transpose(notes: NoteSequence, semitones: int) -> NoteSequence:
    """Play a sequence some half steps higher or lower, with its key signatures and chord symbols.

    Drums stay as they are. Notes that leave MIDI's pitches are left out. What remains sets ``total_time``: the latest
    end of a note. A chord symbol that can't be read stays as it is; no encoding of chords takes it, before or after.
    Source: note_seq, sequences_lib.py (transpose_note_sequence, augment_note_sequence).
    """
    if not semitones:
        return notes
    pitch = np.where(notes.is_drum, notes.pitch, notes.pitch + semitones)
    kept = np.flatnonzero((pitch >= 0) & (pitch <= 127))
    signatures = notes.key_signatures
    return replace(
        notes.select(kept),
        pitch=pitch[kept],
        key_signatures=replace(signatures, key=(signatures.key + semitones) % 12),
        chords=tuple(_moved(chord, semitones) for chord in notes.chords),
        total_time=-1.0,
    )


def _moved(chord: Chord, semitones: int) -> Chord:
    try:
        return replace(chord, text=transpose_chord(chord.text, semitones))
    except ChordError:
        return chord
