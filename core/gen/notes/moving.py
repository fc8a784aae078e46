"""Music at another time, tempo or pitch."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from gen.notes.chords.symbols import ChordError, transpose_chord
from gen.notes.sequence import DEFAULT_QPM, Chord, FloatColumn, NoteSequence, Tempos

_TIMED = ("time_signatures", "key_signatures", "control_changes", "pitch_bends")


def stretch(notes: NoteSequence, factor: float) -> NoteSequence:
    """Play a sequence slower (factor above 1) or faster: every time is multiplied, every tempo divided.

    Where it states no tempo, the implied one is written down. A factor that is not above 0 is a `ValueError`.
    """
    if not factor > 0:
        raise ValueError(f"a stretch factor must be above 0, not {factor}")

    tables = {name: getattr(notes, name) for name in _TIMED}
    scaled: dict[str, Any] = {name: table._with(time=table.time * factor) for name, table in tables.items()}
    tempos = notes.tempos if len(notes.tempos) else Tempos(time=[0.0], qpm=[DEFAULT_QPM])  # type: ignore[arg-type]
    return replace(
        notes,
        start=notes.start * factor,
        end=notes.end * factor,
        tempos=Tempos(tempos.time * factor, tempos.qpm / factor),
        **scaled,
        chords=tuple(replace(chord, time=chord.time * factor) for chord in notes.chords),
        total_time=notes.total_time * factor,
    )


def at_tempo(notes: NoteSequence, qpm: float) -> NoteSequence:
    """Play a sequence so that its first tempo becomes ``qpm`` quarter notes a minute."""
    first = notes.tempos.first
    return notes if first == qpm else stretch(notes, first / qpm)


def quarters_at(notes: NoteSequence, seconds: FloatColumn) -> FloatColumn:
    """Times in quarter notes from the start of a piece, through its tempo changes; before the first, 120 a minute."""
    time, qpm, at = _tempo_changes(notes)
    index = np.maximum(np.searchsorted(time, seconds, side="right") - 1, 0)
    quarters: FloatColumn = at[index] + (seconds - time[index]) * qpm[index] / 60.0
    return quarters


def seconds_at(notes: NoteSequence, quarters: FloatColumn) -> FloatColumn:
    """The times at which so many quarter notes have gone by: the inverse of `quarters_at`."""
    time, qpm, at = _tempo_changes(notes)
    index = np.maximum(np.searchsorted(at, quarters, side="right") - 1, 0)
    seconds: FloatColumn = time[index] + (quarters - at[index]) * 60.0 / qpm[index]
    return seconds


def _tempo_changes(notes: NoteSequence) -> tuple[FloatColumn, FloatColumn, FloatColumn]:
    """Of each change of tempo, the first at zero: seconds, quarter notes a minute, and quarter notes from the start."""
    order = np.argsort(notes.tempos.time, kind="stable")
    time, qpm = notes.tempos.time[order], notes.tempos.qpm[order]
    if not len(time) or time[0] > 0:
        time, qpm = np.insert(time, 0, 0.0), np.insert(qpm, 0, DEFAULT_QPM)
    at = np.concatenate([[0.0], np.cumsum(np.diff(time) * qpm[:-1] / 60.0)])
    return time, qpm, at


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
