"""Damaged files: an error with its place, or notes; never another exception."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gen

Build = Callable[..., bytes]
END = (0, "ff2f00")
NOTE = [(0, "903c64"), (480, "803c00")]
FIRST = 22  # where the events of the first track begin

CASES = [
    (b"", 0, "not a MIDI file: expected it to begin with 'MThd', found b''"),
    (b"RIFF\0\0\0\0RMIDdata", 0, "it is a RIFF file in which gen finds no MIDI file"),
    (b"MThd\0\0\0\6\0\1", 10, "truncated header: expected 14 bytes, found 10"),
    (b"MThd\0\0\0\4\0\1\0\1\1\xe0", 4, "at least 6 bytes"),
    (b"MThd\0\0\0\6\0\3\0\1\1\xe0", 8, "expected format 0, 1 or 2, found 3"),
    (b"MThd\0\0\0\6\0\1\0\0\1\xe0", 10, "at least one track"),
    (b"MThd\0\0\0\6\0\1\0\1\xe7\x28", 12, "SMPTE"),
    (b"MThd\0\0\0\6\0\1\0\1\0\0", 12, "ticks per quarter note, found 0"),
    (b"MThd\0\0\0\6\0\1\0\1\1\xe0", 14, "announces 1 track, found 0"),
    (b"MThd\0\0\0\6\0\1\0\1\1\xe0MTrk\0\0\0\x09\0\xff\x2f", 14, "expected 9 bytes of track 1, 3 are left"),
]


@pytest.mark.parametrize(("data", "offset", "text"), CASES, ids=[text for _, _, text in CASES])
def test_a_bad_structure_is_named_with_its_place(data: bytes, offset: int, text: str) -> None:
    with pytest.raises(gen.errors.MidiError) as caught:
        gen.read_midi(data)
    assert text in str(caught.value)
    assert caught.value.offset == offset


EVENTS = [
    ([(0, "3c64"), END], FIRST + 1, "expected a status byte, found data byte 0x3c"),
    ([*NOTE, (0, "f001f7"), (0, "3c64"), END], FIRST + 9 + 5, "expected a status byte"),
    ([(0, "90bc64"), END], FIRST + 2, "expected a data byte below 0x80, found 0xbc"),
    ([*NOTE, (0, "903cff"), *NOTE, END], FIRST + 9 + 3, "expected a data byte below 0x80, found 0xff"),
    ([(0, "f4"), END], FIRST + 1, "undefined status byte 0xf4"),
    ([(0, "903c")], FIRST + 3, "the track ends where a data byte was expected"),
    ([*NOTE, (0, "")], FIRST + 10, "the track ends where a status byte was expected"),
    ([(0, "ff01ff7f41"), END], FIRST + 5, "bytes of a meta event"),
    ([(0, "f07f41"), END], FIRST + 3, "expected 127 bytes of a system exclusive message, 5 are left"),
    ([(0, "ff0181818181817f"), END], FIRST + 3, "at most four bytes of the length of a meta event"),
]


@pytest.mark.parametrize(("events", "offset", "text"), EVENTS, ids=[text for _, _, text in EVENTS])
def test_a_bad_event_is_named_with_its_place(
    midi_file: Build, events: list[tuple[int, str]], offset: int, text: str
) -> None:
    with pytest.raises(gen.errors.MidiError) as caught:
        gen.read_midi(midi_file(events))
    assert text in str(caught.value)
    assert caught.value.offset == offset


def test_independent_patterns_are_refused_but_a_single_one_is_a_piece(midi_file: Build) -> None:
    with pytest.raises(gen.errors.MidiError, match="format 2 holds 2 independent patterns"):
        gen.read_midi(midi_file([*NOTE, END], [*NOTE, END], layout=2))
    assert len(gen.read_midi(midi_file([*NOTE, END], layout=2))) == 1


def test_ticks_beyond_the_limit_are_refused(midi_file: Build) -> None:
    data = midi_file([((1 << 28) - 1, "803c00")] * 38 + [END])
    with pytest.raises(gen.errors.MidiError, match="at tick 10,200,547,290, and gen reads up to 10,000,000,000"):
        gen.read_midi(data)
    assert gen.read_midi(midi_file([((1 << 28) - 1, "803c00")] * 37 + [END]), original=True).total_time == 0


def test_a_small_file_cannot_fill_the_memory_with_shared_controls(midi_file: Build) -> None:
    programs = [event for program in range(128) for event in ((0, f"c0{program:02x}"), (0, "903c64"), (1, "803c00"))]
    data = midi_file([(0, "b00740"), *programs, *[(0, "b00740")] * 40_000, END])
    with pytest.raises(gen.errors.MidiError, match="40,001 control changes shared by 128 instruments"):
        gen.read_midi(data)


def test_a_missing_file_and_a_bad_one_are_named(tmp_path: Path) -> None:
    with pytest.raises(gen.errors.MidiError, match=r"can't read .*nothing\.mid: No such file"):
        gen.read_midi(tmp_path / "nothing.mid")
    path = tmp_path / "bad.mid"
    path.write_bytes(b"MThd")
    with pytest.raises(gen.errors.MidiError, match=r"bad\.mid: truncated header.*\(at byte 4\)") as caught:
        gen.read_midi(path)
    assert caught.value.offset == 4


def test_every_cut_of_a_file_is_refused_except_between_tracks(midi_file: Build) -> None:
    data = midi_file([(0, "ff510307a120"), END], [*NOTE, *NOTE, END])
    between = data.index(b"MTrk", FIRST)
    for length in range(len(data)):
        if between <= length < between + 8:
            assert len(gen.read_midi(data[:length])) == 0  # a whole first track
        with pytest.raises(gen.errors.MidiError):
            gen.read_midi(data[:length], original=between <= length < between + 8)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    edits=st.lists(
        st.tuples(st.integers(0, 10**6), st.integers(0, 255), st.sampled_from("sid")), min_size=1, max_size=6
    )
)
def test_a_damaged_file_gives_notes_or_a_midi_error(midi_file: Build, edits: list[tuple[int, int, str]]) -> None:
    data = bytearray(
        midi_file(
            [(0, "ff510307a120"), (0, "ff580403021808"), (0, "ff5902fd00"), (0, "ff030141"), (5, "f003010203"), END],
            [(0, "c005"), (0, "b00764"), (0, "e00050"), *NOTE * 4, (200, "903c64"), (20_000, "3c00"), (0, "d005"), END],
        )
    )
    for place, value, kind in edits:
        index = place % len(data)
        if kind == "s":
            data[index] = value
        elif kind == "i":
            data.insert(index, value)
        else:
            del data[index : index + 1 + value % 4]
    with contextlib.suppress(gen.errors.MidiError):
        gen.read_midi(bytes(data))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 3))
def test_arbitrary_bytes_in_a_track_give_notes_or_a_midi_error(body: bytes, tail: int) -> None:
    data = b"MThd\0\0\0\6\0\1\0\1\1\xe0MTrk" + len(body).to_bytes(4, "big") + body + b"MTrk"[:tail]
    with contextlib.suppress(gen.errors.MidiError):
        gen.read_midi(data)
