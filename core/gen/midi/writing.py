"""`write_midi`: a `NoteSequence` to a Standard MIDI File that reads back as the same notes.

Resolution is 2,000 ticks per quarter note or more, so rounding to a tick moves a note by at most 1/1000 of a sixteenth.
Every instrument has a track of its own; a track before them holds tempo, metre, key and, by its end, the length.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gen.errors import MidiError
from gen.midi.tempo_map import DEFAULT_MICROSECONDS, TempoMap
from gen.notes.sequence import ControlChanges, FloatColumn, NoteSequence, PitchBends
from gen.system.files import write_atomically

_LEAST_RESOLUTION = 2000  # ticks per quarter note
_DEFAULT_RESOLUTION = 2400  # a multiple of the usual 96, 120, 240 and 480
_LARGEST_TICK = (1 << 28) - 1  # of one delta time
_MAJOR_SHARPS = (0, -5, 2, -3, 4, -1, 6, 1, -4, 3, -2, 5)  # signature of each major key, C first; negative: flats
# Order of events at one tick: a note-off comes before the next note-on, settings before what they apply to.
_NOTE_OFF, _STATE, _NOTE_ON = range(3)
_DRUM_CHANNEL = 9
_MELODIC_CHANNELS = tuple(channel for channel in range(16) if channel != _DRUM_CHANNEL)


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
    * instruments are renumbered from 0 without gaps;
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
    tracks = [_part_events(notes, part, clock) for part in _split_parts(notes)]
    end = int(clock.ticks(np.float64(notes.total_time)))
    latest = max([end, *(event.tick for events in tracks for event in events)])
    if latest > _LARGEST_TICK:
        raise MidiError(f"the sequence is too long for MIDI: it ends at tick {latest}, the limit is {_LARGEST_TICK}")
    chunks = [_track_chunk(_conductor(notes, changes, clock), end=end), *(_track_chunk(t, end=end) for t in tracks)]
    header = struct.pack(">4sIHHH", b"MThd", 6, 1, len(chunks), resolution)  # of format 1
    return b"".join([header, *chunks])


def _resolution(ticks_per_quarter: int) -> int:
    """The smallest sufficient multiple of the sequence's own resolution, so that its own ticks are kept exactly."""
    if not 0 < ticks_per_quarter < 1 << 15:
        return _DEFAULT_RESOLUTION
    return ticks_per_quarter * -(-_LEAST_RESOLUTION // ticks_per_quarter)


def _check_times(notes: NoteSequence) -> None:
    columns: dict[str, FloatColumn] = {
        "note onset": notes.start, "note end": notes.end, "total_time": np.array([notes.total_time]),
        "tempo change": notes.tempos.time, "time signature": notes.time_signatures.time,
        "key signature": notes.key_signatures.time, "control change": notes.control_changes.time,
        "pitch bend": notes.pitch_bends.time,
    }  # fmt: skip
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


def _conductor(notes: NoteSequence, changes: list[tuple[int, int]], clock: TempoMap) -> list[_Event]:
    """Tempos, time signatures and key signatures."""
    events = [_Event(tick, _STATE, _meta(0x51, microseconds.to_bytes(3, "big"))) for tick, microseconds in changes]
    metres, keys = notes.time_signatures, notes.key_signatures
    for tick, (_, numerator, denominator) in zip(clock.ticks(metres.time).tolist(), metres._tuples(), strict=True):
        exponent = denominator.bit_length() - 1
        if not 0 < numerator < 256 or denominator < 1 or denominator != 1 << exponent or exponent > 30:
            raise MidiError(
                f"time signature {numerator}/{denominator} can't be stored: "
                "MIDI holds 1 to 255 beats of a power of two to the whole note"
            )
        clocks, notated_32nds = 24, 8  # per metronome click; per quarter note
        events.append(_Event(tick, _STATE, _meta(0x58, bytes((numerator, exponent, clocks, notated_32nds)))))
    for tick, (_, key, mode) in zip(clock.ticks(keys.time).tolist(), keys._tuples(), strict=True):
        if not 0 <= key < 12 or mode not in (0, 1):
            raise MidiError(f"key {key} in mode {mode} can't be stored: expected keys 0 to 11 in mode 0 or 1")
        sharps = _MAJOR_SHARPS[(key + 3 * mode) % 12]  # a minor key has the signature of the major three above
        events.append(_Event(tick, _STATE, _meta(0x59, bytes((sharps & 0xFF, mode)))))
    return events


class _Event(NamedTuple):
    """A message at an absolute tick."""

    tick: int
    rank: int
    message: bytes


def _meta(kind: int, content: bytes) -> bytes:
    """A meta event."""
    return bytes((0xFF, kind)) + _variable_length(len(content)) + content


def _text(text: str) -> bytes:
    """Latin-1, which every program reads, where it can be nothing else; or else UTF-8."""
    with suppress(UnicodeError):
        content = text.encode("latin-1")
        if content.isascii() or not _is_utf8(content):
            return content
    return text.encode("utf-8", "replace")


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _variable_length(value: int) -> bytes:
    """A variable-length quantity: seven bits a byte, most significant first."""
    digits = [value & 0x7F]
    while value := value >> 7:
        digits.append(value & 0x7F | 0x80)
    return bytes(reversed(digits))


def _track_chunk(events: Iterable[_Event], *, end: int) -> bytes:
    """A track chunk that ends at a tick or later; events are in any order, those of equal tick and rank keep theirs."""
    content = bytearray()
    now = 0
    for event in sorted(events, key=lambda event: event[:2]):
        content += _variable_length(event.tick - now) + event.message
        now = event.tick
    content += _variable_length(max(0, end - now)) + _meta(0x2F, b"")
    return b"MTrk" + struct.pack(">I", len(content)) + content


@dataclass(frozen=True)
class _Part:
    """One track: what shares instrument number, program and drum flag."""

    instrument: int
    program: int
    is_drum: bool
    channel: int
    port: int
    name: str


def _split_parts(notes: NoteSequence) -> list[_Part]:
    """The tracks that a sequence needs, in order of instrument number."""
    keys: set[tuple[int, int, bool]] = set()
    for table in (notes, notes.control_changes, notes.pitch_bends):
        keys.update(zip(table.instrument.tolist(), table.program.tolist(), table.is_drum.tolist(), strict=True))
    names = dict(notes.instrument_names)
    melodic = count()
    parts = []
    for instrument, program, is_drum in sorted(keys):
        if not 0 <= program < 128:
            raise MidiError(f"instrument {instrument}: program {program} is not within 0 to 127")
        port, slot = (0, 0) if is_drum else divmod(next(melodic), len(_MELODIC_CHANNELS))
        channel = _DRUM_CHANNEL if is_drum else _MELODIC_CHANNELS[slot]
        parts.append(_Part(instrument, program, is_drum, channel, port % 128, names.get(instrument, "")))
    return parts


def _part_events(notes: NoteSequence, part: _Part, clock: TempoMap) -> list[_Event]:
    """All events of one track, in no particular order of time."""
    events = []
    if part.name:
        events.append(_Event(0, _STATE, _meta(0x03, _text(part.name))))
    if part.port:
        events.append(_Event(0, _STATE, _meta(0x21, bytes((part.port,)))))
    events.append(_Event(0, _STATE, bytes((0xC0 | part.channel, part.program))))
    controls, bends = notes.control_changes, notes.pitch_bends
    for row, tick in _moments(controls, part, clock):
        number, value = int(controls.number[row]), int(controls.value[row])
        if not (0 <= number < 128 and 0 <= value < 128):
            raise MidiError(f"control change {row}: number {number} or value {value} is not within 0 to 127")
        events.append(_Event(tick, _STATE, bytes((0xB0 | part.channel, number, value))))
    for row, tick in _moments(bends, part, clock):
        bend = int(bends.bend[row]) + 8192
        if not 0 <= bend < 1 << 14:
            raise MidiError(f"pitch bend {row}: {bend - 8192} is not within -8192 to 8191")
        events.append(_Event(tick, _STATE, bytes((0xE0 | part.channel, bend & 0x7F, bend >> 7))))
    events += _note_events(notes, part, clock)
    return events


def _rows_of(table: NoteSequence | ControlChanges | PitchBends, part: _Part) -> npt.NDArray[np.intp]:
    return np.flatnonzero(
        (table.instrument == part.instrument) & (table.program == part.program) & (table.is_drum == part.is_drum)
    )


def _moments(table: ControlChanges | PitchBends, part: _Part, clock: TempoMap) -> Iterator[tuple[int, int]]:
    """A part's rows of a table, and their ticks."""
    rows = _rows_of(table, part)
    return zip(rows.tolist(), clock.ticks(table.time[rows]).tolist(), strict=True)


def _note_events(notes: NoteSequence, part: _Part, clock: TempoMap) -> list[_Event]:
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
        events.append(_Event(begin, _NOTE_ON, bytes((on, key, loudness))))
        events.append(_Event(stop, _NOTE_OFF, bytes((off, key, 0))))
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
