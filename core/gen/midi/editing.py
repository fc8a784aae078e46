"""Some events of a file changed, and every other byte as it was.

A track in which nothing changes is copied. In one in which something does, each event that stays keeps its bytes, down
to a delta time longer than it had to be and to running status, wherever those still mean the same.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from gen.midi.chunks import find_tracks
from gen.midi.events import Events, read_events
from gen.midi.messages import variable_length

FIRST, BEFORE, AFTER = -2, -1, 1
"""Where a new or moved event goes among those of its tick: note-offs come before what is there, note-ons after it."""

_END_OF_TRACK = b"\xff\x2f"


@dataclass(frozen=True)
class Added:
    """A new event: its track, its tick, where it goes among those of its tick, and its bytes with their status."""

    track: int
    tick: int
    rank: int
    message: bytes


def edit(
    data: bytes,
    *,
    ticks: Mapping[int, int] | None = None,
    velocities: Mapping[int, int] | None = None,
    removed: Collection[int] = (),
    added: Sequence[Added] = (),
) -> bytes:
    """The file with some of its events changed.

    Events are called by their rows in `read_events`. Those of ``ticks`` move within their track, note-ons and
    note-offs alone; those of ``velocities`` are note-ons. The end of a track moves where an event goes beyond it.

    Raises:
        MidiError: a file that can't be read, or an event too far from the one before it.
    """
    ticks, velocities, gone = ticks or {}, velocities or {}, frozenset(removed)
    tracks = find_tracks(data).tracks
    events = read_events(data, tracks)
    new: dict[int, list[Added]] = defaultdict(list)
    for each in added:
        new[each.track].append(each)
    touched = {int(events.track[row]) for row in (*ticks, *velocities, *gone)} | {*new}
    parts, done = [], 0
    for track in sorted(touched, key=lambda track: tracks[track]):
        start, end = tracks[track]
        body = _rewritten(data, events, track, end, ticks, velocities, gone, new[track])
        parts += [data[done : start - 4], struct.pack(">I", len(body)), body]
        done = end
    return _wrapped(b"".join([*parts, data[done:]]), data)


def _wrapped(edited: bytes, data: bytes) -> bytes:
    """A file whose RIFF wrapper, if it stands in one, says its new length."""
    if data[:4] != b"RIFF" or len(edited) == len(data):
        return edited
    made = bytearray(edited)
    for place in (4, data.index(b"MThd") - 4):
        (length,) = struct.unpack_from("<I", data, place)
        struct.pack_into("<I", made, place, length + len(edited) - len(data))
    return bytes(made)


def _rewritten(
    data: bytes,
    events: Events,
    track: int,
    end: int,
    ticks: Mapping[int, int],
    velocities: Mapping[int, int],
    gone: frozenset[int],
    added: Sequence[Added],
) -> bytes:
    """The events of a track that ends before a byte, as bytes."""
    first, last = (int(row) for row in events.track.searchsorted([track, track + 1]))
    ends = [*events.start[first + 1 : last].tolist(), end]
    entries: list[tuple[int, int, int, bytes]] = []  # tick, rank, row or the number of a new one, message
    for row, start, stop in zip(range(first, last), events.body[first:last].tolist(), ends, strict=True):
        if row in gone:
            continue
        message = data[start:stop]
        if row in velocities:
            message = message[:-1] + bytes((velocities[row],))
        tick = int(events.tick[row])
        to = ticks.get(row, tick)
        on = events.status[row] >= 0x90 and events.data2[row] > 0
        entries.append((to, 0 if to == tick else AFTER if on else BEFORE, row, message))
    closing = entries.pop() if entries and entries[-1][3].startswith(_END_OF_TRACK) else None
    entries += [(each.tick, each.rank, last + index, each.message) for index, each in enumerate(added)]
    entries.sort(key=lambda entry: entry[:3])
    if closing is not None:
        tick, *_, message = closing
        entries.append((max(tick, entries[-1][0] if entries else 0), 0, last - 1, message))
    return _written(data, events, first, last, entries)


def _written(
    data: bytes, events: Events, first: int, last: int, entries: Sequence[tuple[int, int, int, bytes]]
) -> bytes:
    """Entries in order, with the delta times and status bytes that they need, and those they had where these fit."""
    parts: list[bytes] = []
    now, running, before, plain = 0, -1, first - 1, False  # plain: the last one was a channel message
    for tick, _, row, message in entries:
        known = row < last
        was = int(events.tick[row] - (events.tick[row - 1] if row > first else 0)) if known else -1
        delta = tick - now
        parts.append(data[events.start[row] : events.body[row]] if delta == was else variable_length(delta))
        status = int(events.status[row]) if known else message[0]
        if message[0] < 0x80 and not (running == status and (plain or before == row - 1)):
            message = bytes((status,)) + message
        parts.append(message)
        now, before, plain = tick, row, status < 0xF0
        if status < 0xF0:
            running = status
        elif status != 0xFF:
            running = -1
    return b"".join(parts)
