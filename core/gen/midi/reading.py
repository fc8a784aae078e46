"""`read_midi`: a Standard MIDI File to a `NoteSequence`, note for note as note_seq and pretty_midi read it, or better.

And `survey`: what a file is made of apart from its music, such as who plays on which channel.
"""

from __future__ import annotations

import os
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np

from gen.errors import MidiError
from gen.midi import oddities
from gen.midi.chunks import find_tracks
from gen.midi.events import Events, Ints, Meta, read_events
from gen.midi.instruments import Instruments, form_instruments, lost_onsets, pair_notes, share_out, strokes
from gen.midi.oddities import Oddity
from gen.midi.programs import Programs, part_of
from gen.midi.rhythm import rhythm_of
from gen.midi.tempo_map import DEFAULT_MICROSECONDS, TempoMap
from gen.notes.drum_maps import Voice
from gen.notes.sequence import ControlChanges, KeySignatures, NoteSequence, PitchBends, Tempos, TimeSignatures
from gen.system.regular import read_bytes

_TRACK_NAME, _END_OF_TRACK, _TEMPO, _TIME_SIGNATURE, _KEY_SIGNATURE = 0x03, 0x2F, 0x51, 0x58, 0x59
_Table = TypeVar("_Table", TimeSignatures, KeySignatures)
_DEFAULT_TEMPO, _DEFAULT_METRE = (DEFAULT_MICROSECONDS,), (4, 4)
_Rows = list[tuple[int, ...]]  # a tick, and what holds from there on
_Bad = list[tuple[Meta, str]]


def read_midi(
    source: str | os.PathLike[str] | bytes, *, drum_channels: Collection[int] = (), original: bool = False
) -> NoteSequence:
    """Read a MIDI file, from a path or its contents.

    Notes come instrument by instrument, in order of ending. ``docs/notes.md`` gives the rules for note-ons and
    note-offs that don't match one to one. Notes on ``drum_channels``, MIDI channels 1 to 16, are drums; so are those on
    channel 10 and on channels that the file itself makes a rhythm part.

    With ``original``, everything is as note_seq and pretty_midi have it: drum strokes without a length are lost, tempo
    and metre outside the first track aren't heeded, nor programs on another track than their notes, rhythm parts, or
    the length up to the end of the tracks.

    Raises:
        ValueError: a drum channel is not from 1 to 16.
        MidiError: the file can't be opened, is damaged, or is timed by SMPTE frames; with the byte where reading
            stopped and what was expected there.
    """
    if isinstance(source, bytes):
        return read(source, drum_channels, original=original).notes
    _check_channels(drum_channels)
    try:
        data = read_bytes(Path(source))
    except OSError as error:
        raise MidiError(f"can't read {os.fspath(source)}: {error.strerror or error}") from error
    try:
        return read(data, drum_channels, original=original).notes
    except MidiError as error:
        located = MidiError(f"{os.fspath(source)}: {error}", code=error.code)
        located.offset = error.offset
        raise located from None


class Reading(NamedTuple):
    """The music of a file, and what is odd about the file."""

    notes: NoteSequence
    oddities: tuple[Oddity, ...]


def read(
    data: bytes, drum_channels: Collection[int] = (), voices: Sequence[Voice] = (), *, original: bool = False
) -> Reading:
    """The contents of a file as `read_midi` reads them, and what is to be said of them; ``voices`` are drums too."""
    _check_channels(drum_channels)
    layout = find_tracks(data, original=original)
    events = read_events(data, layout.tracks)
    bad: _Bad = []
    ignored: _Bad = []
    metas = events.metas(_TEMPO, _TIME_SIGNATURE, _KEY_SIGNATURE)
    head = [meta for meta in metas if events.track[meta.event] == 0]
    others = [meta for meta in metas if events.track[meta.event] != 0]
    changes, metres, keys = (say(head, events, bad) for say in (_tempo_changes, _time_signatures, _key_signatures))
    tempos, metres_too, keys_too = (
        say(others, events, ignored) for say in (_tempo_changes, _time_signatures, _key_signatures)
    )
    elsewhere = _new_in(changes, tempos, _DEFAULT_TEMPO), _new_in(metres, metres_too, _DEFAULT_METRE)
    if not original:
        bad += ignored
        changes, metres, keys = _merged(changes, tempos), _merged(metres, metres_too), keys or _merged(keys_too[::-1])
    clock = TempoMap(layout.ticks_per_quarter, changes)

    rhythm = rhythm_of(events, len(layout.tracks), drum_channels, voices, original=original)
    programs = Programs(events, original=original)
    pairs = pair_notes(events)
    lost = lost_onsets(events, pairs)
    struck = rhythm.percussive[part_of(events, lost.on)]
    if not original:
        pairs = strokes(events, pairs, lost.of(struck), ticks=layout.ticks_per_quarter // 4)
    instruments = form_instruments(events, pairs, programs, rhythm.percussive)

    order = np.argsort(instruments.of_note, kind="stable")
    on, owner = pairs.on[order], instruments.of_note[order]
    voice = rhythm.voice[part_of(events, on)]
    controls, bends = _controllers(events, instruments, programs, clock)
    end = clock.seconds(pairs.end[order])
    length = -1.0 if original else max(float(end.max(initial=0.0)), _end_of_tracks(events, clock))
    notes = NoteSequence(
        pitch=np.where(voice < 0, events.data1[on], voice).astype(np.int64),
        velocity=events.data2[on].astype(np.int64),
        start=clock.seconds(events.tick[on]),
        end=end,
        program=instruments.program[owner],
        is_drum=instruments.is_drum[owner],
        instrument=owner,
        tempos=Tempos(clock.time, clock.qpm),
        time_signatures=_table(TimeSignatures, metres, clock),
        key_signatures=_table(KeySignatures, keys, clock),
        control_changes=controls,
        pitch_bends=bends,
        instrument_names=_names(events, instruments),
        total_time=length,
        ticks_per_quarter=layout.ticks_per_quarter,
    )
    return Reading(
        notes,
        (
            *oddities.of_layout(layout, data),
            *oddities.of_onsets(lost.of(struck), lost.of(~struck), events, kept=not original),
            *oddities.of_elsewhere(*elsewhere, heeded=not original),
            *oddities.of_programs(() if original else programs.borrowed(pairs.on), rhythm),
            *oddities.of_rhythm(rhythm),
            *oddities.of_bad_metas(sorted(bad, key=lambda each: each[0].offset), events),
        ),
    )


def _check_channels(drum_channels: Collection[int]) -> None:
    wrong = [channel for channel in drum_channels if not 1 <= channel <= 16]
    if wrong:
        raise ValueError(f"drum_channels are MIDI channels from 1 to 16, got {wrong[0]}")


def _end_of_tracks(events: Events, clock: TempoMap) -> float:
    """When the last track says that it ends, in seconds; 0 where none does."""
    return float(clock.seconds(events.tick[events.rows_of(_END_OF_TRACK)]).max(initial=0.0))


def _merged(*rows: _Rows) -> _Rows:
    """What tracks played together say, in order of time; of several things at one tick the last one holds."""
    together = [row for each in rows for row in each]
    return list({row[0]: row for row in sorted(together, key=lambda row: row[0])}.values())


def _new_in(head: _Rows, others: _Rows, default: tuple[int, ...]) -> int:
    """How much of what other tracks say doesn't hold already."""
    ticks = [row[0] for row in head]
    values = [default, *(row[1:] for row in head)]
    return len({row for row in others if values[bisect_right(ticks, row[0])] != row[1:]})


def _of_type(metas: list[Meta], kind: int, size: int, what: str, bad: _Bad) -> list[Meta]:
    chosen = [meta for meta in metas if meta.type == kind]
    bad += [(meta, f"a {what} of {len(meta.content)} bytes, not {size}") for meta in chosen if len(meta.content) < size]
    return [meta for meta in chosen if len(meta.content) >= size]


def _tempo_changes(metas: list[Meta], events: Events, bad: _Bad) -> _Rows:
    changes: _Rows = []
    for meta in _of_type(metas, _TEMPO, 3, "tempo", bad):
        microseconds = int.from_bytes(meta.content[:3], "big")
        if microseconds == 0:
            bad.append((meta, "a tempo of 0 microseconds a quarter note"))
        else:
            changes.append((int(events.tick[meta.event]), microseconds))
    return changes


def _table(kind: type[_Table], rows: _Rows, clock: TempoMap) -> _Table:
    """Of rows of a tick and two values."""
    tick, *values = np.array(rows, np.int64).reshape(-1, 3).T
    return kind(clock.seconds(tick), *values)


def _time_signatures(metas: list[Meta], events: Events, bad: _Bad) -> _Rows:
    rows: _Rows = []
    for meta in _of_type(metas, _TIME_SIGNATURE, 2, "time signature", bad):
        numerator, exponent = meta.content[:2]
        if numerator == 0:
            bad.append((meta, "a time signature of 0 beats in a bar"))
        elif exponent > 30:  # beyond int32, where note_seq gives up too
            bad.append((meta, f"a time signature of {numerator}/2^{exponent}"))
        else:
            rows.append((int(events.tick[meta.event]), numerator, 1 << exponent))
    return rows


def _key_signatures(metas: list[Meta], events: Events, bad: _Bad) -> _Rows:
    rows: _Rows = []
    for meta in _of_type(metas, _KEY_SIGNATURE, 2, "key signature", bad):
        sharps = int.from_bytes(meta.content[:1], "big", signed=True)  # negative: flats
        mode = meta.content[1]
        if abs(sharps) > 7:
            bad.append((meta, f"a key of {abs(sharps)} {'sharps' if sharps > 0 else 'flats'}"))
        elif mode > 1:
            bad.append((meta, f"a key in mode {mode}, neither major (0) nor minor (1)"))
        else:
            key = (7 * sharps + 9 * mode) % 12  # round the circle of fifths; A minor shares C major's signature
            rows.append((int(events.tick[meta.event]), key, mode))
    return rows


def _controllers(
    events: Events, instruments: Instruments, programs: Programs, clock: TempoMap
) -> tuple[ControlChanges, PitchBends]:
    rows, owner = share_out(events, instruments, programs)
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
    for meta in events.metas(_TRACK_NAME):
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

    ``pitches`` are onsets of each pitch, int64 ``[128]``, those without a length or an end too; ``programs`` those of
    its notes, ascending; ``names`` those of the tracks that play on it; ``typical_length`` is the median of a note, in
    quarter notes, 0 where none has a length.
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
    on = np.sort(np.concatenate([pairs.on, lost_onsets(events, pairs).on]))
    channel, paired = events.status[on] & 0x0F, events.status[pairs.on] & 0x0F
    programs = Programs(events).of_notes(on, on)
    length = (pairs.end - events.tick[pairs.on]) / layout.ticks_per_quarter
    metas = _track_names(events)
    names = {track: [meta.text.strip() for meta in those if meta.content] for track, those in metas.items()}
    found = []
    for number in np.unique(channel).tolist():
        own = channel == number
        tracks = np.unique(events.track[on[own]]).tolist()
        lengths = length[paired == number]
        found.append(
            Channel(
                number=number + 1,
                pitches=np.bincount(events.data1[on[own]], minlength=128).astype(np.int64),
                programs=tuple(np.unique(programs[own]).tolist()),
                names=tuple(dict.fromkeys(name for track in tracks for name in names.get(track, ()))),
                typical_length=float(np.median(lengths)) if len(lengths) else 0.0,
            )
        )
    silent = int(np.count_nonzero(((events.status & 0xF0) == 0x90) & (events.data2 == 0)))
    return Survey(layout.format, len(layout.tracks), layout.ticks_per_quarter, tuple(found), silent)
