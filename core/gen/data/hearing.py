"""From a file's bytes to what a converter hears of it."""

from __future__ import annotations

from gen.midi.reading import read_midi
from gen.notes.sequence import NoteSequence
from gen.recipes.sections import DataSection


def heard(content: bytes, data: DataSection) -> NoteSequence:
    """Read a MIDI file as a recipe wants it: with its drum channels, and its drum map applied.

    Args:
        content: the file's bytes.
        data: the recipe's section.

    Raises:
        MidiError: as `gen.read_midi`.
    """
    notes = read_midi(content, drum_channels=data.drum_channels)
    return notes if data.drum_map is None else data.drum_map.apply(notes)
