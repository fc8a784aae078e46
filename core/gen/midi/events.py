"""Where the tracks of a file are (SMF 1.0, part 2), and their bytes to columns of events.

A track can only be read from its start, since where an event ends depends on the event, and on the status byte before
it. Most events, though, are three-byte channel messages. For these the length of an event that *would* start at a byte
is computed for all bytes at once (`_regular_lengths`), and following the true starts is a loop of a few bytecodes;
everything else (programs, meta events, system exclusive, long delta times, ends of tracks, errors) is read in full by
`_Irregular`. Delta times, statuses and data bytes are then gathered in columns.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gen.errors import MidiError

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]

TICK_LIMIT = 10_000_000_000  # note_seq's bound; a later event means a corrupt file

_CHUNK_HEADER = 8  # four letters and a 32-bit length
_PADDING = b"\xff" * 8  # so that looking ahead never leaves the file; no regular event contains 0xff
_TAIL = 8  # longer than any regular event; this close to the end of a track, events are read with every check
_DATA, _TWO_DATA_BYTES, _OTHER = 0, 1, 2
_CLASS_OF_BYTE = bytes(
    _DATA if byte < 0x80 else _TWO_DATA_BYTES if byte < 0xC0 or 0xE0 <= byte < 0xF0 else _OTHER for byte in range(256)
)
_SYSTEM_DATA_BYTES = {0xF1: 1, 0xF2: 2, 0xF3: 1, 0xF6: 0, 0xF8: 0, 0xFA: 0, 0xFB: 0, 0xFC: 0, 0xFE: 0}


@dataclass(frozen=True)
class Layout:
    """Where the tracks lie.

    ``format`` is 0, 1 or 2, ``ticks_per_quarter`` 1 to 32767; a track is its events' first byte and one past the last.
    """

    format: int
    ticks_per_quarter: int
    tracks: tuple[tuple[int, int], ...]


def find_tracks(data: bytes) -> Layout:
    """Read the header and find the tracks it announces; other chunks, and bytes after the last track, are skipped."""
    if data[:4] != b"MThd":
        wrapped = "; this is a RIFF wrapper, extract the MIDI file from it first" if data[:4] == b"RIFF" else ""
        raise MidiError(
            f"not a MIDI file: expected it to begin with 'MThd', found {data[:4]!r}{wrapped}", offset=0, code="not-midi"
        )
    if len(data) < 14:
        raise MidiError(f"truncated header: expected 14 bytes, found {len(data)}", offset=len(data), code="truncated")
    length, layout, count, division = struct.unpack(">4xIHHH", data[:14])
    if length < 6:
        raise MidiError(f"bad header: expected at least 6 bytes of it, its length says {length}", offset=4)
    if layout > 2:
        raise MidiError(f"bad header: expected format 0, 1 or 2, found {layout}", offset=8)
    if layout == 2 and count > 1:
        raise MidiError(
            f"format 2 holds {count} independent patterns, not one piece: save each pattern to a file of its own",
            offset=8,
            code="format-2",
        )
    if count == 0:
        raise MidiError("bad header: expected at least one track, it announces none", offset=10)
    if division & 0x8000:
        raise MidiError(
            "time is given in SMPTE frames, only ticks per quarter note are supported: save the file with musical time",
            offset=12,
            code="smpte",
        )
    if division == 0:
        raise MidiError("bad header: expected 1 or more ticks per quarter note, found 0", offset=12)
    return Layout(layout, division, _walk(data, _CHUNK_HEADER + length, count))


def _walk(data: bytes, position: int, count: int) -> tuple[tuple[int, int], ...]:
    tracks: list[tuple[int, int]] = []
    while len(tracks) < count:
        if position + _CHUNK_HEADER > len(data):
            raise MidiError(
                f"truncated file: the header announces {count} tracks, found {len(tracks)}",
                offset=min(position, len(data)),
                code="truncated",
            )
        name, length = struct.unpack_from(">4sI", data, position)
        start, end = position + _CHUNK_HEADER, position + _CHUNK_HEADER + length
        if end > len(data):
            kind = f"track {len(tracks)}" if name == b"MTrk" else f"chunk {name!r}"
            raise MidiError(
                f"truncated file: expected {length} bytes of {kind}, {len(data) - start} are left",
                offset=position,
                code="truncated",
            )
        if name == b"MTrk":
            tracks.append((start, end))
        position = end
    return tuple(tracks)


@dataclass(frozen=True)
class Meta:
    """A meta event: its row in the columns, type, contents, and the byte where the contents start."""

    event: int
    type: int
    content: bytes
    offset: int

    @property
    def text(self) -> str:
        """The contents of an event that holds text."""
        return self.content.decode("latin-1")


@dataclass(frozen=True, eq=False)
class Events:
    """Every event of a file, track after track."""

    tick: Ints  # [E], ticks from the start of the track
    track: Ints  # [E]
    status: Bytes  # [E], running status resolved; 0xF0 and above is not a channel message
    data1: Bytes  # [E], the data bytes; meaningless where the status has none
    data2: Bytes  # [E]
    metas: list[Meta]  # in file order
    start: Ints  # [E], the event's first byte, of its delta time
    body: Ints  # [E], the byte after that


def read_events(data: bytes, tracks: tuple[tuple[int, int], ...]) -> Events:
    """Read all events of the tracks, whose first bytes and ends are given."""
    padded = np.frombuffer(data + _PADDING, np.uint8)
    starts, first_of_track, metas = _event_starts(data, tracks)
    start: Ints = np.array(starts, np.int64)

    delta: Ints
    delta, position = _delta_times(padded, start)
    lengths = np.diff(np.array([*first_of_track, len(start)]))
    tick = np.cumsum(delta)
    first = np.array(first_of_track)[lengths > 0]
    tick -= np.repeat(tick[first] - delta[first], lengths[lengths > 0])
    if tick.max(initial=0) >= TICK_LIMIT:
        late = int(np.argmax(tick >= TICK_LIMIT))
        raise MidiError(
            f"the file is likely corrupt: an event lies at tick {tick[late]}, the limit is {TICK_LIMIT}",
            offset=int(start[late]),
        )

    byte = padded[position]
    explicit = byte >= 0x80
    sets_status = explicit & (byte < 0xF0)
    source = np.maximum.accumulate(np.where(sets_status, np.arange(len(byte)), 0))
    body = position
    position = position + explicit
    return Events(
        tick=tick,
        track=np.repeat(np.arange(len(tracks)), lengths),
        status=np.where(explicit, byte, byte[source]),
        data1=padded[position],
        data2=padded[position + 1],
        metas=metas,
        start=start,
        body=body,
    )


def _regular_lengths(data: bytes, tracks: tuple[tuple[int, int], ...]) -> bytes:
    """Length in bytes of the regular event that would start at each byte; 0 where none would.

    Regular: a delta time of one or two bytes, then a message with two data bytes, or just the data bytes of one.
    """
    kind = np.frombuffer((data + _PADDING).translate(_CLASS_OF_BYTE), np.uint8)
    is_data = kind == _DATA
    two = is_data[:-1] & is_data[1:]  # [n]: two data bytes start here
    message = two.view(np.uint8) * np.uint8(2)  # running status
    message[:-1] += ((kind[:-2] == _TWO_DATA_BYTES) & two[1:]).view(np.uint8) * np.uint8(3)
    message += message > 0  # and one byte of delta time, which stands before it
    one_byte = message[1:] * is_data[: len(message) - 1]
    two_bytes = (one_byte[1:] + (one_byte[1:] > 0)) * ~is_data[: len(one_byte) - 1]
    lengths: Bytes = one_byte[:-1] + two_bytes
    for start, end in tracks:
        lengths[max(start, end - _TAIL) : end + 1] = 0  # and nothing starts at the byte after the track
    return lengths.tobytes()


def _event_starts(data: bytes, tracks: tuple[tuple[int, int], ...]) -> tuple[list[int], list[int], list[Meta]]:
    """First byte of every event, which of them is the first of each track, and the meta events."""
    lengths = _regular_lengths(data, tracks)
    starts: list[int] = []
    append = starts.append
    first_of_track: list[int] = []
    irregular = _Irregular(data)
    for start, end in tracks:
        first_of_track.append(len(starts))
        position = start
        irregular.end, irregular.running = end, 0
        while position < end:
            append(position)
            position = irregular.read(position, len(starts) - 1)
            if irregular.running == 2:
                while length := lengths[position]:
                    append(position)
                    position += length
    return starts, first_of_track, irregular.metas


def _delta_times(padded: Bytes, start: Ints) -> tuple[Ints, Ints]:
    """Delta time of each event, and the byte after it."""
    byte = padded[start]
    delta = (byte & 0x7F).astype(np.int64)
    position = start + 1
    longer: npt.NDArray[Any] = np.flatnonzero(byte >= 0x80)
    while len(longer):
        byte = padded[position[longer]]
        delta[longer] = (delta[longer] << 7) | (byte & 0x7F)
        position[longer] += 1
        longer = longer[byte >= 0x80]
    return delta, position


class _Irregular:
    """Reads one event in full, with every check; keeps the number of data bytes that running status implies."""

    def __init__(self, data: bytes) -> None:
        self.metas: list[Meta] = []
        self.running = 0  # data bytes of the last channel message; 0: none is in force
        self._data = data
        self.end = 0  # of the track

    def read(self, start: int, event: int) -> int:
        """Check the event that starts at a byte, and return the byte after it."""
        data = self._data
        _, position = self._variable_length(start, "a delta time")
        status = self._byte(position, "a status byte")
        if status < 0x80:
            if not self.running:
                raise MidiError(f"expected a status byte, found data byte 0x{status:02x}", offset=position)
            return self._data_bytes(position, self.running)
        position += 1
        if status < 0xF0:
            self.running = 1 if 0xC0 <= status < 0xE0 else 2
            return self._data_bytes(position, self.running)
        if status == 0xFF:  # leaves running status in force, as most readers have it
            kind = self._byte(position, "the type of a meta event")
            length, content = self._variable_length(position + 1, "the length of a meta event")
            after = self._skip(content, length, "a meta event")
            self.metas.append(Meta(event, kind, data[content:after], content))
            return after
        self.running = 0
        if status in (0xF0, 0xF7):
            length, content = self._variable_length(position, "the length of a system exclusive message")
            return self._skip(content, length, "a system exclusive message")
        if status not in _SYSTEM_DATA_BYTES:
            raise MidiError(f"undefined status byte 0x{status:02x}", offset=position - 1)
        return self._data_bytes(position, _SYSTEM_DATA_BYTES[status])

    def _byte(self, position: int, what: str) -> int:
        if position >= self.end:
            raise MidiError(f"the track ends where {what} was expected", offset=position)
        return self._data[position]

    def _variable_length(self, position: int, what: str) -> tuple[int, int]:
        value = 0
        for index in range(position, position + 4):
            byte = self._byte(index, what)
            value = (value << 7) | (byte & 0x7F)
            if byte < 0x80:
                return value, index + 1
        raise MidiError(f"expected at most four bytes of {what}, found more", offset=position)

    def _data_bytes(self, position: int, count: int) -> int:
        for index in range(position, position + count):
            byte = self._byte(index, "a data byte")
            if byte >= 0x80:
                raise MidiError(f"expected a data byte below 0x80, found 0x{byte:02x}", offset=index)
        return position + count

    def _skip(self, position: int, length: int, what: str) -> int:
        if position + length > self.end:
            left = self.end - position
            raise MidiError(f"expected {length} bytes of {what}, {left} are left in the track", offset=position)
        return position + length
