"""`read_midi`: a Standard MIDI File to a `NoteSequence`, note for note as note_seq and pretty_midi read it.

And `survey`: what a file is made of apart from its music, such as who plays on which channel.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from gen.errors import MidiError
from gen.midi.events import Events, Ints, Meta, find_tracks, read_events
from gen.midi.instruments import Instruments, form_instruments, pair_notes, part_of, programs_at, share_out
from gen.midi.tempo_map import TempoMap
from gen.notes.sequence import ControlChanges, KeySignatures, NoteSequence, PitchBends, Tempos, TimeSignatures
from gen.system.regular import read_bytes

_TRACK_NAME, _TEMPO, _TIME_SIGNATURE, _KEY_SIGNATURE = 0x03, 0x51, 0x58, 0x59
_Table = TypeVar("_Table", TimeSignatures, KeySignatures)


def read_midi(source: str | os.PathLike[str] | bytes, *, drum_channels: Collection[int] = ()) -> NoteSequence:
    """Read a MIDI file, from a path or its contents.

    Tempo, time and key signatures are those of the first track. Notes come instrument by instrument, in order of
    ending. ``docs/notes.md`` gives the rules for note-ons and note-offs that don't match one to one. Notes on
    ``drum_channels``, MIDI channels 1 to 16, are drums; those on channel 10 always are.

    Raises:
        ValueError: a drum channel is not from 1 to 16.
        MidiError: the file can't be opened, is damaged, or is timed by SMPTE frames; with the byte where reading
            stopped and what was expected there.
    """
    wrong = [channel for channel in drum_channels if not 1 <= channel <= 16]
    if wrong:
        raise ValueError(f"drum_channels are MIDI channels from 1 to 16, got {wrong[0]}")
    if isinstance(source, bytes):
        return _read(source, drum_channels)
    try:
        data = read_bytes(Path(source))
    except OSError as error:
        raise MidiError(f"can't read {os.fspath(source)}: {error.strerror or error}") from error
    try:
        return _read(data, drum_channels)
    except MidiError as error:
        located = MidiError(f"{os.fspath(source)}: {error}", code=error.code)
        located.offset = error.offset
        raise located from None


def _read(data: bytes, drum_channels: Collection[int]) -> NoteSequence:
    layout = find_tracks(data)
    events = read_events(data, layout.tracks)
    head = [meta for meta in events.metas if events.track[meta.event] == 0]
    clock = TempoMap(layout.ticks_per_quarter, _tempo_changes(head, events))
    pairs = pair_notes(events)
    instruments = form_instruments(events, pairs, drum_channels)

    order = np.argsort(instruments.of_note, kind="stable")
    on, off, owner = pairs.on[order], pairs.off[order], instruments.of_note[order]
    controls, bends = _controllers(events, instruments, clock)
    return NoteSequence(
        pitch=events.data1[on].astype(np.int64),
        velocity=events.data2[on].astype(np.int64),
        start=clock.seconds(events.tick[on]),
        end=clock.seconds(events.tick[off]),
        program=instruments.program[owner],
        is_drum=instruments.is_drum[owner],
        instrument=owner,
        tempos=Tempos(clock.time, clock.qpm),
        time_signatures=_time_signatures(head, events, clock),
        key_signatures=_key_signatures(head, events, clock),
        control_changes=controls,
        pitch_bends=bends,
        instrument_names=_names(events, instruments),
        ticks_per_quarter=layout.ticks_per_quarter,
    )


def _of_type(metas: list[Meta], kind: int, size: int, what: str) -> list[Meta]:
    chosen = [meta for meta in metas if meta.type == kind]
    for meta in chosen:
        if len(meta.content) < size:
            raise MidiError(f"expected {size} bytes of {what}, found {len(meta.content)}", offset=meta.offset)
    return chosen


def _tempo_changes(metas: list[Meta], events: Events) -> list[tuple[int, int]]:
    changes = []
    for meta in _of_type(metas, _TEMPO, 3, "tempo"):
        microseconds = int.from_bytes(meta.content[:3], "big")
        if microseconds == 0:
            raise MidiError("expected a tempo of 1 or more microseconds per quarter note, found 0", offset=meta.offset)
        changes.append((int(events.tick[meta.event]), microseconds))
    return changes


def _table(kind: type[_Table], rows: list[tuple[int, int, int]], events: Events, clock: TempoMap) -> _Table:
    """Of rows of an event and two values."""
    event, *values = np.array(rows, np.int64).reshape(-1, 3).T
    return kind(clock.seconds(events.tick[event]), *values)


def _time_signatures(metas: list[Meta], events: Events, clock: TempoMap) -> TimeSignatures:
    rows = []
    for meta in _of_type(metas, _TIME_SIGNATURE, 2, "time signature"):
        numerator, exponent = meta.content[:2]
        if numerator == 0:
            raise MidiError("expected a time signature with 1 or more beats in a bar, found 0", offset=meta.offset)
        if exponent > 30:  # beyond int32, where note_seq gives up too
            raise MidiError(f"time signature {numerator}/2^{exponent} is out of range", offset=meta.offset + 1)
        rows.append((meta.event, numerator, 1 << exponent))
    return _table(TimeSignatures, rows, events, clock)


def _key_signatures(metas: list[Meta], events: Events, clock: TempoMap) -> KeySignatures:
    rows = []
    for meta in _of_type(metas, _KEY_SIGNATURE, 2, "key signature"):
        sharps = int.from_bytes(meta.content[:1], "big", signed=True)  # negative: flats
        mode = meta.content[1]
        if abs(sharps) > 7:
            raise MidiError(f"expected a key of -7 to 7 sharps, found {sharps}", offset=meta.offset)
        if mode > 1:
            raise MidiError(f"expected key mode 0 (major) or 1 (minor), found {mode}", offset=meta.offset + 1)
        key = (7 * sharps + 9 * mode) % 12  # round the circle of fifths; A minor shares C major's signature
        rows.append((meta.event, key, mode))
    return _table(KeySignatures, rows, events, clock)


def _controllers(events: Events, instruments: Instruments, clock: TempoMap) -> tuple[ControlChanges, PitchBends]:
    rows, owner = share_out(events, instruments)
    if not len(rows):
        return ControlChanges(), PitchBends()
    time = clock.seconds(events.tick[rows])
    program, is_drum = instruments.program[owner], instruments.is_drum[owner]
    low, high = events.data1[rows].astype(np.int64), events.data2[rows].astype(np.int64)
    is_bend = events.status[rows] >= 0xE0
    c, b = np.flatnonzero(~is_bend), np.flatnonzero(is_bend)
    return (
        ControlChanges(time[c], low[c], high[c], owner[c], program[c], is_drum[c]),
        PitchBends(time[b], (low[b] | high[b] << 7) - 8192, owner[b], program[b], is_drum[b]),
    )


def _track_names(events: Events) -> dict[int, list[Meta]]:
    names: dict[int, list[Meta]] = {}
    for meta in events.metas:
        if meta.type == _TRACK_NAME:
            names.setdefault(int(events.track[meta.event]), []).append(meta)
    return names


def _names(events: Events, instruments: Instruments) -> tuple[tuple[int, str], ...]:
    """An instrument bears the name its track had when the first note ended."""
    names = _track_names(events)
    found = []
    for number, (part, since) in enumerate(zip(instruments.part.tolist(), instruments.since.tolist(), strict=True)):
        of_track = names.get(part >> 4, [])
        latest = bisect_left(of_track, since, key=lambda meta: meta.event)
        if latest and of_track[latest - 1].content:
            found.append((number, of_track[latest - 1].text))
    return tuple(found)


@dataclass(frozen=True, eq=False)
class Channel:
    """A channel, 1 to 16, on which notes are played.

    ``pitches`` are notes of each pitch, int64 ``[128]``; ``programs`` those of its notes, ascending; ``names`` those of
    the tracks that play on it; ``typical_length`` is the median of a note, in quarter notes.
    """

    number: int
    pitches: Ints
    programs: tuple[int, ...]
    names: tuple[str, ...]
    typical_length: float


@dataclass(frozen=True, eq=False)
class Survey:
    """A whole file: its channels with notes, ascending, and how many note-ons have velocity 0, which MIDI takes for
    note-offs. The format is 0 for one track of all channels, 1 for several; 2 with one track counts as one piece too.
    """

    format: int
    tracks: int
    ticks_per_quarter: int
    channels: tuple[Channel, ...]
    silent_onsets: int


def survey(data: bytes) -> Survey:
    """Look the contents of a file over."""
    layout = find_tracks(data)
    events = read_events(data, layout.tracks)
    pairs = pair_notes(events)
    channel = events.status[pairs.on] & 0x0F
    programs = programs_at(events, pairs.off, part_of(events, pairs.off))
    length = (events.tick[pairs.off] - events.tick[pairs.on]) / layout.ticks_per_quarter
    metas = _track_names(events)
    names = {track: [meta.text.strip() for meta in those if meta.content] for track, those in metas.items()}
    found = []
    for number in np.unique(channel).tolist():
        own = channel == number
        tracks = np.unique(events.track[pairs.on[own]]).tolist()
        found.append(
            Channel(
                number=number + 1,
                pitches=np.bincount(events.data1[pairs.on[own]], minlength=128).astype(np.int64),
                programs=tuple(np.unique(programs[own]).tolist()),
                names=tuple(dict.fromkeys(name for track in tracks for name in names.get(track, ()))),
                typical_length=float(np.median(length[own])),
            )
        )
    silent = int(np.count_nonzero(((events.status & 0xF0) == 0x90) & (events.data2 == 0)))
    return Survey(layout.format, len(layout.tracks), layout.ticks_per_quarter, tuple(found), silent)
