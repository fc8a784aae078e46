"""The bytes of tracks to columns of events (SMF 1.0).

A track can only be read from its start, since where an event ends depends on the event, and on the status byte before
it. Most events, though, are three-byte channel messages. For these the length of an event that *would* start at a byte
is computed for all bytes at once (`_regular_lengths`), and following the true starts is a loop of a few bytecodes;
everything else (programs, meta events, system exclusive, long delta times, ends of tracks, errors) is read in full by
`_Irregular`. Delta times, statuses and data bytes are then gathered in columns.

What a file takes in memory is bounded by its size: starts are marked in as many bytes as the file has, there are at
most `MOST_EVENTS`, and meta events, of which only some are ever asked for, are made when they are, `MOST_METAS` at
most.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from gen.errors import MidiError

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]

MOST_EVENTS = 1 << 19
"""Events of a file that gen reads; the longest of ten thousand that people made has 119,000."""

MOST_METAS = 1 << 15
"""Tempos, names and the like that gen reads of a file; none of those ten thousand has 4,000."""

TICK_LIMIT = 10_000_000_000  # note_seq's bound: two months at 120 qpm and 1,000 ticks a quarter note

_PADDING = b"\xff" * 8  # so that looking ahead never leaves the file; no regular event contains 0xff
_TAIL = 8  # longer than any regular event; this close to the end of a track, events are read with every check
_DATA, _TWO_DATA_BYTES, _OTHER = 0, 1, 2
_CLASS_OF_BYTE = bytes(
    _DATA if byte < 0x80 else _TWO_DATA_BYTES if byte < 0xC0 or 0xE0 <= byte < 0xF0 else _OTHER for byte in range(256)
)
_MAKERS = (b"\x41", b"\x43")  # Roland, Yamaha
_LONGEST_SETTING = 16  # bytes of a message that sets one thing
_SYSTEM_DATA_BYTES = {0xF1: 1, 0xF2: 2, 0xF3: 1, 0xF6: 0, 0xF8: 0, 0xFA: 0, 0xFB: 0, 0xFC: 0, 0xFE: 0}


_META, _EXCLUSIVE = 0xFF, 0xF0
_WORDS = {
    0x01: "texts",
    0x03: "track names",
    0x21: "MIDI ports",
    0x51: "tempos",
    0x58: "time signatures",
    0x59: "key signatures",
}


@dataclass(frozen=True)
class Meta:
    """A meta event or a maker's message: its row in the columns, type, contents, and the byte where these start."""

    event: int
    type: int
    content: bytes
    offset: int

    @property
    def text(self) -> str:
        """The contents of an event that holds text: UTF-8, or else Latin-1, which any bytes are."""
        try:
            return self.content.decode("utf-8")
        except UnicodeDecodeError:
            return self.content.decode("latin-1")


@dataclass(frozen=True, eq=False)
class Events:
    """Every event of a file, track after track."""

    tick: Ints  # [E], ticks from the start of the track
    track: Ints  # [E]
    status: Bytes  # [E], running status resolved; 0xF0 and above is not a channel message
    data1: Bytes  # [E], the data bytes; meaningless where the status has none
    data2: Bytes  # [E]
    start: Ints  # [E], the event's first byte, of its delta time
    body: Ints  # [E], the byte after that
    data: bytes  # the file

    def rows_of(self, kind: int) -> Ints:
        """The meta events of a type."""
        rows: Ints = self._special[(self.status[self._special] == _META) & (self.data1[self._special] == kind)]
        return rows

    def metas(self, *kinds: int) -> list[Meta]:
        """The meta events of some types, in file order; a `MidiError` where there are too many."""
        rows = np.sort(np.concatenate([self.rows_of(kind) for kind in kinds]))
        require_few(len(rows), ", ".join(_WORDS[kind] for kind in kinds))
        return [self._content(row, 2, int(self.data1[row])) for row in rows.tolist()]

    def exclusives(self) -> list[Meta]:
        """Short system exclusive messages of makers that say what channels are for, likewise."""
        rows = self._special[self.status[self._special] == _EXCLUSIVE]
        length, maker = self.data1[rows], self.data2[rows]
        padded = length == 0x80  # a length of two bytes, as some write it
        rows = rows[padded | (length > 0) & (length <= _LONGEST_SETTING) & np.isin(maker, [*map(ord, _MAKERS)])]
        require_few(len(rows), "messages of makers of synthesisers")
        found = (self._content(row, 1, _EXCLUSIVE) for row in rows.tolist())
        return [each for each in found if each.content[:1] in _MAKERS and len(each.content) <= _LONGEST_SETTING]

    @cached_property
    def _special(self) -> Ints:
        """What is no channel message."""
        rows: Ints = (self.status >= 0xF0).nonzero()[0]
        return rows

    def _content(self, row: int, before: int, kind: int) -> Meta:
        """What an event holds, whose length stands so many bytes after its status."""
        position, length = int(self.body[row]) + before, 0
        while (byte := self.data[position]) >= 0x80:
            length, position = (length | byte & 0x7F) << 7, position + 1
        start = position + 1
        return Meta(row, kind, self.data[start : start + (length | byte)], start)


def require_few(count: int, what: str, most: int = MOST_METAS) -> None:
    """Refuse so many of what takes far more bytes of memory than it has in the file."""
    if count > most:
        raise MidiError(f"it has {count:,} {what}, and gen reads up to {most:,} of a file", code="too-many")


def read_events(data: bytes, tracks: tuple[tuple[int, int], ...]) -> Events:
    """Read all events of the tracks, whose first bytes and ends are given."""
    padded = np.frombuffer(data + _PADDING, np.uint8)
    start = _event_starts(data, tracks)
    require_few(len(start), "events", MOST_EVENTS)
    first_of_track = np.searchsorted(start, [first for first, _ in tracks])

    delta: Ints
    delta, position = _delta_times(padded, start)
    lengths = np.diff(first_of_track, append=len(start))
    tick = np.cumsum(delta)
    first = first_of_track[lengths > 0]
    tick -= np.repeat(tick[first] - delta[first], lengths[lengths > 0])
    if tick.max(initial=0) >= TICK_LIMIT:
        late = int(np.argmax(tick >= TICK_LIMIT))
        raise MidiError(
            f"an event lies at tick {tick[late]:,}, and gen reads up to {TICK_LIMIT:,}",
            offset=int(start[late]),
            code="too-late",
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
        start=start,
        body=body,
        data=data,
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


def _event_starts(data: bytes, tracks: tuple[tuple[int, int], ...]) -> Ints:
    """First byte of every event."""
    lengths = _regular_lengths(data, tracks)
    marks = bytearray(len(data))
    irregular = _Irregular(data)
    for start, end in tracks:
        position = start
        irregular.end, irregular.running = end, 0
        while position < end:
            marks[position] = 1
            position = irregular.read(position)
            if irregular.running == 2:
                while length := lengths[position]:
                    marks[position] = 1
                    position += length
    starts: Ints = np.frombuffer(marks, np.bool_).nonzero()[0]
    return starts


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
        self.running = 0  # data bytes of the last channel message; 0: none is in force
        self._data = data
        self.end = 0  # of the track

    def read(self, start: int) -> int:
        """Check the event that starts at a byte, and return the byte after it."""
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
            self._byte(position, "the type of a meta event")
            length, content = self._variable_length(position + 1, "the length of a meta event")
            return self._skip(content, length, "a meta event")
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
