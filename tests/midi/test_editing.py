"""Changing some events of a file, and no other byte."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gen.errors import MidiError
from gen.midi.chunks import find_tracks
from gen.midi.editing import AFTER, BEFORE, FIRST, Added, edit
from gen.midi.events import read_events
from gen.midi.messages import meta, variable_length


def file_of(*tracks: bytes) -> bytes:
    chunks = [b"MTrk" + struct.pack(">I", len(track)) + track for track in tracks]
    return b"".join([struct.pack(">4sIHHH", b"MThd", 6, 1, len(tracks), 96), *chunks])


# running status, a delta time longer than it has to be, a meta event amid running status, then system exclusive
ODD = bytes.fromhex(
    "00 90 24 40 8018 24 00 18 26 50 00 ff 01 01 41 18 26 00 00 f0 02 01 f7 00 99 2a 30 30 89 2a 00 00 ff2f00"
)
OTHER = bytes.fromhex("00 c1 05 00 91 3c 40 60 3c 00 00 ff2f00")
FILE = file_of(OTHER, ODD)


def events_of(data: bytes) -> list[tuple[int, int, int, int, int]]:
    events = read_events(data, find_tracks(data).tracks)
    columns = (events.track, events.tick, events.status, events.data1, events.data2)
    return [tuple(row) for row in np.stack(columns, axis=1).tolist()]


def channel_events(data: bytes) -> list[tuple[int, ...]]:
    return sorted(row[:4] if 0xC0 <= row[2] < 0xE0 else row for row in events_of(data) if row[2] < 0xF0)


def test_nothing_changed_is_the_same_file():
    assert edit(FILE) == FILE
    rows = range(len(events_of(FILE)))
    same = {row: event[1] for row, event in enumerate(events_of(FILE))}
    assert edit(FILE, ticks=same) == FILE
    onsets = [row for row in rows if 0x90 <= events_of(FILE)[row][2] < 0xA0 and events_of(FILE)[row][4]]
    assert edit(FILE, velocities={row: events_of(FILE)[row][4] for row in onsets}) == FILE


def test_a_velocity_is_one_byte():
    row = next(row for row, event in enumerate(events_of(FILE)) if event[2:4] == (0x90, 0x26))
    changed = edit(FILE, velocities={row: 99})
    assert [a for a, b in zip(changed, FILE, strict=True) if a != b] == [99]


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.integers(4, 12), st.integers(0, 400), max_size=6), st.sets(st.integers(4, 12), max_size=4))
def test_whatever_moves_or_goes_the_rest_is_as_it_was(ticks, removed):
    before = events_of(FILE)
    notes = {row for row, event in enumerate(before) if event[0] == 1 and event[2] < 0xA0}
    ticks = {row: tick for row, tick in ticks.items() if row in notes}
    removed &= notes
    after = edit(FILE, ticks=ticks, removed=removed)
    expected = [
        (event[0], ticks.get(row, event[1]), *event[2:]) for row, event in enumerate(before) if row not in removed
    ]
    wanted = sorted(row[:4] if 0xC0 <= row[2] < 0xE0 else row for row in expected if row[2] < 0xF0)
    assert channel_events(after) == wanted
    assert after[: 14 + 8 + len(OTHER)] == FILE[: 14 + 8 + len(OTHER)]
    assert after.endswith(b"\xff\x2f\x00")


def test_new_events_stand_where_they_are_told_to_and_before_the_end():
    added = [
        Added(1, 9000, AFTER, b"\x99\x31\x40"),
        Added(1, 24, BEFORE, b"\x89\x31\x00"),
        Added(1, 0, FIRST, meta(1, b"gen")),
    ]
    changed = edit(FILE, added=added)
    of_track = [event for event in events_of(changed) if event[0] == 1]
    assert of_track[0][2] == 0xFF
    assert of_track[-2][1:4] == (9000, 0x99, 0x31)
    assert of_track[-1][1:3] == (9000, 0xFF)
    assert [event[2:4] for event in of_track if event[1] == 24] == [(0x89, 0x31), (0x90, 0x24)]


def test_numbers_that_no_file_holds_are_refused():
    assert variable_length((1 << 28) - 1) == b"\xff\xff\xff\x7f"
    with pytest.raises(MidiError, match="has no place in a MIDI file"):
        variable_length(1 << 28)
