"""Variants of what people's files have: each is read, and every stroke of its beat is heard."""

from __future__ import annotations

import struct

import pytest
from midi_bytes import TICKS, beat, meta, metre, midi, notes, tempo, track, tune

from gen.midi.reading import read
from gen.notes.steadying import steady

HEAD = track([(0, tempo(100)), (0, metre(4))])
BEAT, COUNT = notes(beat(4)), len(beat(4))
BAR = 4 * TICKS
GOOD = midi(HEAD, track(BEAT))
LAST = len(track(BEAT))
END = b"\0\xff\x2f\0"


def raw(content: bytes, layout: int = 1) -> bytes:
    content += END
    return midi(b"MTrk" + struct.pack(">I", len(content)) + content, layout=layout)


def riff(content: bytes, *before: bytes) -> bytes:
    inside = b"RMID" + b"".join(before) + b"data" + struct.pack("<I", len(content)) + content
    return b"RIFF" + struct.pack("<I", len(inside)) + inside


def gs(block: int, value: int) -> bytes:
    return bytes((0xF0, 10, 0x41, 0x7F, 0x42, 0x12, 0x40, 0x10 | block, 0x15, value, 0, 0xF7))


@pytest.mark.parametrize(
    "content",
    [
        raw(b"\0\x99\x24\x64\0\x24\0" + b"\x60\x24\x64\0\x24\0" * 7),
        raw(b"\0\x99\x24\x64\0\x24\0" + b"\x60\x24\x64\0\x24\0" * 7, layout=0),
        raw(b"\0\x99\x24\x64" + b"\x60\x24\x64" * 7),
        raw(b"\0\x99\x24\0\0\x24\x64" + b"\x60\x24\0\0\x24\x64" * 7),
        raw(b"\0\x99\x24\x64\0\x89\x24\x40" + b"\x60\x99\x24\x64\0\x89\x24\x40" * 7),
    ],
)
def test_strokes_without_a_length_are_heard_however_they_are_written(content):
    assert len(read(content).notes) == 8


@pytest.mark.parametrize(
    ("tracks", "qpm", "beats"),
    [
        ([track([]), track(BEAT), track([(0, tempo(77))])], 77, 4),
        ([track([]), track([(0, metre(3))]), track([(0, tempo(77)), *BEAT])], 77, 3),
        ([track([(0, tempo(50))]), track([(0, metre(6, 8)), *BEAT])], 50, 6),
        ([track([(0, meta(3, b"song"))]), track([(0, tempo(33)), (0, metre(5))]), track(BEAT)], 33, 5),
        ([track([(0, tempo(120))]), track([(0, tempo(60)), *BEAT])], 60, 4),
    ],
)
def test_tempo_and_metre_hold_wherever_they_stand(tracks, qpm, beats):
    found = read(midi(*tracks)).notes
    assert found.tempos.qpm[0] == pytest.approx(qpm)
    assert (found.time_signatures.numerator[:1].tolist() or [4]) == [beats]


@pytest.mark.parametrize(
    ("says", "channel", "are_drums"),
    [
        (gs(1, 1), 1, True),
        (gs(15, 2), 16, True),
        (gs(0, 0), 10, False),
        (bytes((0xF0, 8, 0x43, 0x1F, 0x4C, 8, 0, 7, 3, 0xF7)), 1, True),
        (b"\xb3\0\x78\xb3\x20\0\xc3\0", 4, True),
        (b"\xb3\0\x7f\xc3\0", 4, True),
        (b"\xb9\0\x79\xc9\0", 10, False),
        (b"\xf0\x80\x0a" + gs(3, 1)[2:], 3, True),
    ],
)
def test_a_file_says_which_channels_are_drums(says, channel, are_drums):
    parts = says.split(b"\xc3")[0].split(b"\xc9")[0] if says[0] != 0xF0 else says
    events = [(0, parts[start : start + 3]) for start in range(0, len(parts), 3)] if says[0] != 0xF0 else [(0, says)]
    events += [(0, bytes((0xC0 | channel - 1, 0)))] if says[0] != 0xF0 else []
    found = read(midi(HEAD, track([*events, *notes(beat(4, channel=channel))]))).notes
    assert (len(found), set(found.is_drum.tolist())) == (COUNT, {are_drums})


def test_a_channel_that_becomes_drums_after_its_notes_was_none():
    late = midi(HEAD, track([(5 * BAR, gs(1, 1))]), track(notes(tune(4))))
    assert not read(late).notes.is_drum.any()


@pytest.mark.parametrize(
    "event",
    [meta(0x59, content) for content in (b"\x08\0", b"\xf8\0", b"\0\2", b"\0\xff", b"\0", b"")]
    + [meta(0x58, content) for content in (b"\4", b"\0\2\x18\x08", b"\4\x1f\x18\x08", b"")]
    + [meta(0x51, content) for content in (b"\1\2", b"\0\0\0", b"\7\xa1\x20\0", b"")]
    + [meta(0x54, b""), meta(0, b"\0"), meta(0x7F, b"\x43\x7b"), b"\xff\x03\x81\x00" + b"x" * 128],
)
def test_an_event_that_says_what_cannot_be_costs_no_stroke(event):
    assert len(read(midi(track([(0, event)]), track(BEAT))).notes) == COUNT


@pytest.mark.parametrize(
    "content",
    [
        GOOD + b"\0" * 77,
        GOOD + b"\x1a" * 3,
        GOOD[:14] + b"XFIH\0\0\0\3abc" + GOOD[14:],
        riff(GOOD, b"LIST\3\0\0\0abc\0"),
        riff(GOOD, b"DISP\0\0\0\0"),
        b"RIFF\0\0\0\0RMIDdata\0\0\0\0" + GOOD,
        b"\0\4name" + b"\0" * 59 + b"Midi" + b"\0" * 59 + GOOD,
        GOOD[:18] + b"\0\0\0\0" + GOOD[22:],
        GOOD[:-LAST] + b"MTrk\x7f\xff\xff\xff" + track(BEAT)[8:],
        GOOD[:4] + struct.pack(">I", 8) + GOOD[8:14] + b"\0\0" + GOOD[14:],
    ],
)
def test_what_stands_around_the_music_costs_no_stroke(content):
    assert len(read(content).notes) == COUNT


@pytest.mark.parametrize(
    "events",
    [
        [(2 * BAR, meta(0x51, (600_001).to_bytes(3, "big")))],
        [(0, tempo(100)), (BAR, tempo(100))],
        [(5 * BAR, tempo(33))],
        [(5 * BAR, metre(7, 8))],
        [(BAR, metre(2, 2)), (2 * BAR, metre(4))],
    ],
)
def test_changes_that_no_note_feels_leave_one_tempo_and_one_metre(events):
    found = steady(read(midi(track([(0, tempo(100)), (0, metre(4)), *events]), track(BEAT))).notes)
    assert (len(found.tempos), len(found.time_signatures), len(found)) == (1, 1, COUNT)


@pytest.mark.parametrize(("beats", "unit"), [(1, 4), (3, 8), (1, 8), (2, 4), (3, 4)])
def test_a_pick_up_bar_of_any_length_goes_to_the_end_of_a_whole_bar(beats, unit):
    length = BAR * beats // unit
    pick_up = notes([(0, 10, 36, 99)])
    head = track([(0, tempo(100)), (0, metre(beats, unit)), (length, metre(4))])
    found = steady(read(midi(head, track([*pick_up, *((tick + length, on) for tick, on in BEAT)]))).notes)
    assert len(found.time_signatures) == 1
    assert found.start.max() / 0.6 % 4 == pytest.approx(
        ((COUNT and max(tick for tick, on in BEAT if on[0] >> 4 == 9)) / TICKS) % 4
    )
