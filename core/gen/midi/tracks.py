"""A sequence's instruments as MIDI tracks, and events as the bytes of a Standard MIDI File."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from itertools import count
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gen.errors import MidiError
from gen.midi.tempo_map import TempoMap
from gen.notes.sequence import ControlChanges, NoteSequence, PitchBends

_DRUM_CHANNEL = 9
_MELODIC_CHANNELS = tuple(channel for channel in range(16) if channel != _DRUM_CHANNEL)


class Rank(IntEnum):
    """Order of events at one tick: a note-off comes before the next note-on, settings before what they apply to."""

    NOTE_OFF = 0
    STATE = 1
    NOTE_ON = 2


class Event(NamedTuple):
    """A message at an absolute tick."""

    tick: int
    rank: Rank
    message: bytes


def meta(kind: int, content: bytes) -> bytes:
    """A meta event."""
    return bytes((0xFF, kind)) + variable_length(len(content)) + content


def variable_length(value: int) -> bytes:
    """A variable-length quantity: seven bits a byte, most significant first."""
    digits = [value & 0x7F]
    while value := value >> 7:
        digits.append(value & 0x7F | 0x80)
    return bytes(reversed(digits))


def track_chunk(events: Iterable[Event], *, end: int) -> bytes:
    """A track chunk that ends at a tick or later; events are in any order, those of equal tick and rank keep theirs."""
    content = bytearray()
    now = 0
    for event in sorted(events, key=lambda event: event[:2]):
        content += variable_length(event.tick - now) + event.message
        now = event.tick
    content += variable_length(max(0, end - now)) + meta(0x2F, b"")
    return b"MTrk" + struct.pack(">I", len(content)) + content


@dataclass(frozen=True)
class Part:
    """One track: what shares instrument number, program and drum flag."""

    instrument: int
    program: int
    is_drum: bool
    channel: int
    port: int
    name: str


def split_parts(notes: NoteSequence) -> list[Part]:
    """The tracks that a sequence needs, in order of instrument number."""
    tables = (notes, notes.control_changes, notes.pitch_bends)
    keys = {
        key
        for table in tables
        for key in zip(table.instrument.tolist(), table.program.tolist(), table.is_drum.tolist(), strict=True)
    }
    names = dict(notes.instrument_names)
    melodic = count()
    parts = []
    for instrument, program, is_drum in sorted(keys):
        if not 0 <= program < 128:
            raise MidiError(f"instrument {instrument}: program {program} is not within 0 to 127")
        port, slot = (0, 0) if is_drum else divmod(next(melodic), len(_MELODIC_CHANNELS))
        channel = _DRUM_CHANNEL if is_drum else _MELODIC_CHANNELS[slot]
        parts.append(Part(instrument, program, is_drum, channel, port % 128, names.get(instrument, "")))
    return parts


def part_events(notes: NoteSequence, part: Part, clock: TempoMap) -> list[Event]:
    """All events of one track, in no particular order of time."""
    events = []
    if part.name:
        events.append(Event(0, Rank.STATE, meta(0x03, part.name.encode("latin-1", "replace"))))
    if part.port:
        events.append(Event(0, Rank.STATE, meta(0x21, bytes((part.port,)))))
    events.append(Event(0, Rank.STATE, bytes((0xC0 | part.channel, part.program))))
    controls, bends = notes.control_changes, notes.pitch_bends
    for row, tick in _moments(controls, part, clock):
        number, value = int(controls.number[row]), int(controls.value[row])
        if not (0 <= number < 128 and 0 <= value < 128):
            raise MidiError(f"control change {row}: number {number} or value {value} is not within 0 to 127")
        events.append(Event(tick, Rank.STATE, bytes((0xB0 | part.channel, number, value))))
    for row, tick in _moments(bends, part, clock):
        bend = int(bends.bend[row]) + 8192
        if not 0 <= bend < 1 << 14:
            raise MidiError(f"pitch bend {row}: {bend - 8192} is not within -8192 to 8191")
        events.append(Event(tick, Rank.STATE, bytes((0xE0 | part.channel, bend & 0x7F, bend >> 7))))
    events += _note_events(notes, part, clock)
    return events


def _rows_of(table: NoteSequence | ControlChanges | PitchBends, part: Part) -> npt.NDArray[np.intp]:
    return np.flatnonzero(
        (table.instrument == part.instrument) & (table.program == part.program) & (table.is_drum == part.is_drum)
    )


def _moments(table: ControlChanges | PitchBends, part: Part, clock: TempoMap) -> Iterator[tuple[int, int]]:
    """A part's rows of a table, and their ticks."""
    rows = _rows_of(table, part)
    return zip(rows.tolist(), clock.ticks(table.time[rows]).tolist(), strict=True)


def _note_events(notes: NoteSequence, part: Part, clock: TempoMap) -> list[Event]:
    rows = _rows_of(notes, part)
    pitch, velocity = notes.pitch[rows], np.maximum(notes.velocity[rows], 1)
    start = clock.ticks(notes.start[rows])
    end = np.maximum(clock.ticks(notes.end[rows]), start + 1)
    order = np.lexsort((end, start, pitch))
    columns = [column[order].tolist() for column in (pitch, velocity, start, end)]
    _separate(pitch=columns[0], start=columns[2], end=columns[3])

    on, off = 0x90 | part.channel, 0x80 | part.channel
    events = []
    for key, loudness, begin, stop in zip(*columns, strict=True):
        events.append(Event(begin, Rank.NOTE_ON, bytes((on, key, loudness))))
        events.append(Event(stop, Rank.NOTE_OFF, bytes((off, key, 0))))
    return events


def _separate(*, pitch: list[int], start: list[int], end: list[int]) -> None:
    """Move ends such that a reader who ends all open notes of a pitch at each note-off finds every note.

    The notes are in order of pitch, then onset, then end; ``end`` is changed in place.
    """
    for row in range(len(pitch) - 2, -1, -1):
        after = row + 1
        overlap = pitch[row] == pitch[after] and end[row] > start[after]
        if overlap and end[row] != end[after]:
            end[row] = end[after] if start[row] == start[after] else start[after]
