"""The bridge to pretty_midi, the ecosystem's container for MIDI. Seconds are passed on untouched."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gen.errors import MidiError
from gen.midi.writing import midi_bytes
from gen.notes.sequence import ControlChanges, KeySignatures, NoteSequence, PitchBends, Tempos, TimeSignatures

if TYPE_CHECKING:
    from pretty_midi import PrettyMIDI


def from_pretty_midi(midi: PrettyMIDI) -> NoteSequence:
    """Take over what a ``pretty_midi.PrettyMIDI`` holds, its order of instruments too; lyrics and text are left behind.

    A value out of MIDI's range is a `MidiError`.
    """
    notes, controls, bends, names = [], [], [], []
    for number, instrument in enumerate(midi.instruments):
        owner = (number, int(instrument.program), bool(instrument.is_drum))
        notes += [(note.pitch, note.velocity, note.start, note.end, *owner) for note in instrument.notes]
        controls += [(change.time, change.number, change.value, *owner) for change in instrument.control_changes]
        bends += [(bend.time, bend.pitch, *owner) for bend in instrument.pitch_bends]
        if instrument.name:
            names.append((number, str(instrument.name)))
    pitch, velocity, start, end, owner_column, program, is_drum = _columns(notes, 7)
    try:
        return NoteSequence(
            pitch=pitch,
            velocity=velocity,
            start=start,
            end=end,
            program=program,
            is_drum=is_drum,
            instrument=owner_column,
            tempos=Tempos(*midi.get_tempo_changes()),
            time_signatures=TimeSignatures(
                *_columns([(s.time, s.numerator, s.denominator) for s in midi.time_signature_changes], 3)
            ),
            key_signatures=KeySignatures(
                *_columns([(s.time, s.key_number % 12, s.key_number // 12) for s in midi.key_signature_changes], 3)
            ),
            control_changes=ControlChanges(*_columns(controls, 6)),
            pitch_bends=PitchBends(*_columns(bends, 5)),
            instrument_names=tuple(names),
            ticks_per_quarter=int(midi.resolution),
        )
    except ValueError as error:
        raise MidiError(f"the PrettyMIDI object holds what MIDI can't: {error}") from error


def to_pretty_midi(notes: NoteSequence) -> PrettyMIDI:
    """Make a ``pretty_midi.PrettyMIDI`` with one instrument per instrument number, program and drum flag.

    Times of notes, controls and bends are exact; tempo and signature changes are rounded to ticks, tempos to whole
    microseconds per quarter note; chord symbols are left behind. What MIDI can't hold is a `MidiError`.
    """
    import pretty_midi

    # pretty_midi takes a tempo map from nothing but a file: give it one that holds only that.
    nothing = np.zeros(0, np.int64)
    conductor = replace(
        notes.select(nothing), control_changes=ControlChanges(), pitch_bends=PitchBends(), total_time=0.0
    )
    try:
        midi = pretty_midi.PrettyMIDI(io.BytesIO(midi_bytes(conductor)))
    except ValueError as error:
        raise MidiError(f"pretty_midi can't hold this sequence: {error}") from error
    names = dict(notes.instrument_names)
    instruments: dict[tuple[int, int, bool], Any] = {}

    def instrument(number: int, program: int, is_drum: bool) -> Any:
        key = (number, program, is_drum)
        if key not in instruments:
            instruments[key] = pretty_midi.Instrument(program, is_drum, names.get(number, ""))
        return instruments[key]

    for note in notes:
        made = pretty_midi.Note(note.velocity, note.pitch, note.start, note.end)
        instrument(note.instrument, note.program, note.is_drum).notes.append(made)
    for time, number, value, *owner in notes.control_changes._tuples():
        instrument(*owner).control_changes.append(pretty_midi.ControlChange(number, value, time))
    for time, bend, *owner in notes.pitch_bends._tuples():
        instrument(*owner).pitch_bends.append(pretty_midi.PitchBend(bend, time))
    midi.instruments = [instruments[key] for key in sorted(instruments)]
    return midi


def _columns(rows: list[tuple[Any, ...]], width: int) -> list[npt.NDArray[Any]]:
    return [np.array(column) for column in zip(*rows, strict=True)] if rows else [np.zeros(0)] * width
