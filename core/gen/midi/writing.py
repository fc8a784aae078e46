"""`write_midi`: a `NoteSequence` to a Standard MIDI File that reads back as the same notes.

Resolution is 2,000 ticks per quarter note or more, so rounding to a tick moves a note by at most 1/1000 of a sixteenth.
Every instrument has a track of its own; a track before them holds tempo, metre, key and, by its end, the length.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path

import numpy as np

from gen.errors import MidiError
from gen.midi.events import Ints
from gen.midi.tempo_map import DEFAULT_MICROSECONDS, TempoMap
from gen.midi.tracks import Event, Rank, meta, part_events, split_parts, track_chunk
from gen.notes.sequence import FloatColumn, NoteSequence
from gen.system.files import write_atomically

_LEAST_RESOLUTION = 2000  # ticks per quarter note
_DEFAULT_RESOLUTION = 2400  # a multiple of the usual 96, 120, 240 and 480
_LARGEST_TICK = (1 << 28) - 1  # of one delta time
_MAJOR_SHARPS = (0, -5, 2, -3, 4, -1, 6, 1, -4, 3, -2, 5)  # signature of each major key, C first; negative: flats


def write_midi(notes: NoteSequence, path: str | os.PathLike[str]) -> None:
    """Write a MIDI file, whole or not at all: a file of that name is replaced only by a complete one.

    Raises:
        MidiError: the sequence can't be a MIDI file (see `midi_bytes`), or the file can't be written.
    """
    data = midi_bytes(notes)
    try:
        write_atomically(Path(path), data)
    except OSError as error:
        raise MidiError(f"can't write {path}: {error.strerror or error}") from error


def midi_bytes(notes: NoteSequence) -> bytes:
    """The contents of a MIDI file (format 1).

    Reading them gives the same notes, up to half a tick in time, with these exceptions, which the format imposes:

    * a negative onset becomes 0, and a note shorter than a tick lasts a tick;
    * velocity 0, which would mean a note-off, becomes 1;
    * of two overlapping notes of one pitch and instrument, the first ends where the second begins, unless both end
      together; if they begin together, both end with the longer one. No note is lost;
    * instruments are renumbered from 0 without gaps, and names are reduced to Latin-1;
    * tempos are rounded to whole microseconds per quarter note (times in seconds are kept, not positions in beats);
    * chord symbols are not written.

    Drums are on channel 10. Beyond fifteen melodic instruments, channels are used again on the next MIDI port.

    Raises:
        MidiError: a time is not finite or too late, or a tempo, signature, controller or bend has no place in MIDI.
    """
    _check_times(notes)
    resolution = _resolution(notes.ticks_per_quarter)
    changes = _tempo_changes(notes, resolution)
    clock = TempoMap(resolution, changes)
    tracks = [part_events(notes, part, clock) for part in split_parts(notes)]
    end = int(clock.ticks(np.float64(notes.total_time)))
    latest = max([end, *(event.tick for events in tracks for event in events)])
    if latest > _LARGEST_TICK:
        raise MidiError(f"the sequence is too long for MIDI: it ends at tick {latest}, the limit is {_LARGEST_TICK}")
    chunks = [track_chunk(_conductor(notes, changes, clock), end=end), *(track_chunk(t, end=end) for t in tracks)]
    header = struct.pack(">4sIHHH", b"MThd", 6, 1, len(chunks), resolution)  # of format 1
    return b"".join([header, *chunks])


def _resolution(ticks_per_quarter: int) -> int:
    """The smallest sufficient multiple of the sequence's own resolution, so that its own ticks are kept exactly."""
    if not 0 < ticks_per_quarter < 1 << 15:
        return _DEFAULT_RESOLUTION
    return ticks_per_quarter * -(-_LEAST_RESOLUTION // ticks_per_quarter)


def _check_times(notes: NoteSequence) -> None:
    columns: dict[str, FloatColumn] = {
        "note onset": notes.start,
        "note end": notes.end,
        "total_time": np.array([notes.total_time]),
        "tempo change": notes.tempos.time,
        "time signature": notes.time_signatures.time,
        "key signature": notes.key_signatures.time,
        "control change": notes.control_changes.time,
        "pitch bend": notes.pitch_bends.time,
    }
    for name, times in columns.items():
        bad = np.flatnonzero(~(np.abs(times) < 1e9))
        if len(bad):
            raise MidiError(f"{name} {bad[0]} lies at {times[bad[0]]} s, which has no place in a MIDI file")


def _tempo_changes(notes: NoteSequence, resolution: int) -> list[tuple[int, int]]:
    """Tempo changes in ticks and whole microseconds per quarter note, the first of them at tick 0.

    Each change is rounded to a tick of the tempo before it, as stored, so that what follows is timed by what a reader
    will find.
    """
    order = np.argsort(notes.tempos.time, kind="stable")
    stored = {0: DEFAULT_MICROSECONDS}
    tick, second = 0, 0.0
    for time, qpm in zip(notes.tempos.time[order].tolist(), notes.tempos.qpm[order].tolist(), strict=True):
        microseconds = round(6e7 / qpm) if qpm > 0 else 0
        if not 0 < microseconds < 1 << 24:
            raise MidiError(
                f"a tempo of {qpm:g} qpm at {time:.3f} s can't be stored: MIDI holds 3.58 to 60,000,000 qpm"
            )
        seconds_per_tick = stored[tick] * 1e-6 / resolution
        ticks = max(0, round((time - second) / seconds_per_tick))
        tick, second = tick + ticks, second + ticks * seconds_per_tick
        stored[tick] = microseconds  # of several changes at one tick, the last holds
    return list(stored.items())


def _conductor(notes: NoteSequence, changes: list[tuple[int, int]], clock: TempoMap) -> list[Event]:
    """Tempos, time signatures and key signatures."""
    events = [Event(tick, Rank.STATE, meta(0x51, microseconds.to_bytes(3, "big"))) for tick, microseconds in changes]
    signatures = notes.time_signatures
    for tick, numerator, denominator in _rows(
        clock.ticks(signatures.time), signatures.numerator, signatures.denominator
    ):
        exponent = denominator.bit_length() - 1
        if not 0 < numerator < 256 or denominator < 1 or denominator != 1 << exponent or exponent > 30:
            raise MidiError(
                f"time signature {numerator}/{denominator} can't be stored: "
                "MIDI holds 1 to 255 beats of a power of two to the whole note"
            )
        clocks, notated_32nds = 24, 8  # per metronome click; per quarter note
        events.append(Event(tick, Rank.STATE, meta(0x58, bytes((numerator, exponent, clocks, notated_32nds)))))
    keys = notes.key_signatures
    for tick, key, mode in _rows(clock.ticks(keys.time), keys.key, keys.mode):
        if not 0 <= key < 12 or mode not in (0, 1):
            raise MidiError(f"key {key} in mode {mode} can't be stored: expected keys 0 to 11 in mode 0 or 1")
        sharps = _MAJOR_SHARPS[(key + 3 * mode) % 12]  # a minor key has the signature of the major three above
        events.append(Event(tick, Rank.STATE, meta(0x59, bytes((sharps & 0xFF, mode)))))
    return events


def _rows(*columns: Ints) -> list[tuple[int, ...]]:
    return list(zip(*(column.tolist() for column in columns), strict=True))
