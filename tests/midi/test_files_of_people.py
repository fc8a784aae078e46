"""Files as people have them, byte by byte: what is heard of them, and what is said."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from midi_bytes import TICKS, beat, meta, metre, midi, notes, tempo, track, tune

import gen
from gen.midi.reading import read, survey

HEAD = track([(0, tempo(120)), (0, metre(4))])
BEAT = beat(4)


def said(data: bytes, *, original: bool = False, **options) -> dict[str, str]:
    return {oddity.code: oddity.text for oddity in read(data, original=original, **options).oddities}


def lost(data: bytes, *, original: bool = False) -> set[str]:
    return {oddity.code for oddity in read(data, original=original).oddities if oddity.lost}


def instant(struck, *, off: int = 0x80) -> list[tuple[int, bytes]]:
    """Strokes whose note-off, or note-on without velocity, is at their own tick."""
    events = []
    for tick, channel, pitch, velocity in struck:
        events.append((tick, bytes((0x90 | channel - 1, pitch, velocity))))
        events.append((tick, bytes((off | channel - 1, pitch, 0))))
    return events


def endless(struck) -> list[tuple[int, bytes]]:
    return [(tick, bytes((0x90 | channel - 1, pitch, velocity))) for tick, channel, pitch, velocity in struck]


def onsets(sequence: gen.NoteSequence) -> list[tuple[float, int, int]]:
    return sorted(zip(sequence.start.tolist(), sequence.pitch.tolist(), sequence.velocity.tolist(), strict=True))


PLAIN = onsets(gen.read_midi(midi(HEAD, track(notes(BEAT)))))


@pytest.mark.parametrize(
    "data",
    [
        midi(HEAD, track(instant(BEAT))),
        midi(HEAD, track(instant(BEAT, off=0x90))),
        midi(HEAD, track(endless(BEAT))),
        midi(track([(0, tempo(120)), *instant(BEAT)]), layout=0),
        midi(HEAD, *(track(instant([hit for hit in BEAT if hit[2] == pitch])) for pitch in (36, 38, 42, 46))),
        midi(HEAD, track([*instant(hit for hit in BEAT if hit[2] < 40), *notes([hit for hit in BEAT if hit[2] > 40])])),
        midi(HEAD, track([*endless(hit for hit in BEAT if hit[2] > 40), *notes([hit for hit in BEAT if hit[2] < 40])])),
    ],
)
def test_of_a_drum_the_onset_is_enough(data):
    heard = gen.read_midi(data)
    assert onsets(heard) == PLAIN
    assert (heard.end > heard.start).all()
    count = len(PLAIN) - len(gen.read_midi(data, original=True))
    assert count > 0
    codes = {"instant-strokes", "endless-strokes"}
    assert {*said(data)} & codes == {*said(data, original=True)} & codes == lost(data, original=True) != set()
    assert lost(data) == set()
    assert f"{count} drum strokes" in " ".join(said(data).values())
    assert "are heard all the same" in " ".join(said(data).values())
    assert "aren't heard" in " ".join(said(data, original=True).values())
    assert len(PLAIN) == sum(channel.pitches.sum() for channel in survey(data).channels)


def test_a_stroke_without_a_length_lasts_a_sixteenth_or_up_to_the_next_of_its_pitch():
    data = midi(HEAD, track(instant([(0, 10, 38, 90), (6, 10, 38, 91), (96, 10, 38, 92), (100, 10, 42, 93)])))
    heard = gen.read_midi(data)
    ticks = np.rint(heard.end * 2 * TICKS).astype(int)
    assert dict(zip(heard.velocity.tolist(), ticks.tolist(), strict=True)) == {90: 6, 91: 30, 92: 120, 93: 124}


def test_drums_on_a_channel_that_is_named_are_heard_without_a_length_too():
    data = midi(HEAD, track(instant(beat(4, channel=3))))
    assert len(gen.read_midi(data)) == 0
    assert onsets(gen.read_midi(data, drum_channels=[3])) == PLAIN


@pytest.mark.parametrize(
    ("events", "code", "text"),
    [
        (instant(tune(2)), "instant-notes", "16 notes have no length and aren't heard; pitches "),
        (instant(tune(1)[:1]), "instant-notes", "1 note has no length and isn't heard; pitches 60 (×1)"),
        (endless(tune(2)), "endless-notes", "16 notes never end and aren't heard; pitches "),
        (endless(tune(1)[:1]), "endless-notes", "1 note never ends and isn't heard; pitches 60 (×1)"),
        ([*notes(tune(2)), *instant([(0, 1, 99, 5)])], "instant-notes", "pitches 99 (×1)"),
    ],
)
def test_other_notes_without_a_length_are_counted(events, code, text):
    data = midi(HEAD, track(events))
    assert said(data)[code].startswith(text) or text in said(data)[code]
    assert lost(data) == {code}


def held(sequence: gen.NoteSequence) -> tuple[list[float], list[str]]:
    table = sequence.time_signatures
    return (
        [round(qpm, 3) for qpm in sequence.tempos.qpm.tolist()],
        [f"{top}/{bottom}" for top, bottom in zip(table.numerator.tolist(), table.denominator.tolist(), strict=True)],
    )


BARE = track([])
BEATS = notes(beat(4, quarters=3))


@pytest.mark.parametrize(
    ("data", "expected", "text"),
    [
        (
            midi(BARE, track([(0, tempo(100)), (0, metre(3)), *BEATS])),
            ([100], ["3/4"]),
            "1 tempo and 1 metre stand outside",
        ),
        (midi(track([(0, metre(3))]), track([(0, tempo(100)), *BEATS])), ([100], ["3/4"]), "1 tempo stands outside"),
        (midi(track([(0, tempo(100))]), track([(0, metre(3)), *BEATS])), ([100], ["3/4"]), "1 metre stands outside"),
        (
            midi(track([(0, metre(3))]), track(BEATS), track([(0, tempo(150)), (288, tempo(75))])),
            ([150, 75], ["3/4"]),
            "2 tempos stand outside the first track and count",
        ),
        (
            midi(track([(0, tempo(90)), (0, metre(3))]), track([(0, tempo(100)), *BEATS])),
            ([100], ["3/4"]),
            "1 tempo stands outside the first track and counts",
        ),
        (
            midi(track([(0, tempo(90)), (0, metre(3)), (576, tempo(95))]), track([(288, tempo(100)), *BEATS])),
            ([90, 100, 95], ["3/4"]),
            "1 tempo",
        ),
    ],
)
def test_tempo_and_metre_of_any_track_count(data, expected, text):
    heard = gen.read_midi(data)
    assert held(heard) == expected
    assert text in said(data)["tempo-elsewhere"]
    assert "heeded" in said(data, original=True)["tempo-elsewhere"]
    assert held(gen.read_midi(data, original=True)) != expected


@pytest.mark.parametrize("repeated", [tempo(120), metre(4), meta(0x59, b"\0\0"), meta(0x51, b"\0\0")])
def test_what_other_tracks_only_say_again_needs_no_remark(repeated):
    data = midi(HEAD, track([(0, repeated), *notes(BEAT)]))
    assert "tempo-elsewhere" not in said(data)
    assert onsets(gen.read_midi(data)) == PLAIN


def program(number: int, channel: int = 1) -> bytes:
    return bytes((0xC0 | channel - 1, number))


def controls(channel: int, *pairs: tuple[int, int]) -> list[tuple[int, bytes]]:
    return [(0, bytes((0xB0 | channel - 1, number, value))) for number, value in pairs]


TUNE, LOW = notes(tune(2)), notes(tune(2, base=40))


@pytest.mark.parametrize(
    ("tracks", "programs"),
    [
        ([track([(0, program(24)), (0, program(33, 2))]), track(TUNE), track(notes(tune(2, channel=2)))], [24, 33]),
        ([track([(0, program(24))]), track([(0, program(5)), *TUNE])], [5]),
        ([track([(0, program(5)), *TUNE]), track([(0, program(7)), *LOW])], [5, 7]),
        ([track([(0, program(5)), *TUNE]), track(LOW)], [5]),
        ([track([(0, program(5)), (2 * 96, program(6))]), track(TUNE)], [5, 6]),
        ([track([(0, program(24)), (0, meta(0x21, b"\1"))]), track([(0, meta(0x21, b"\0")), *TUNE])], [0]),
        ([track(TUNE), track([(0, program(24))])], [24]),
        ([track([*TUNE[:1], (0, program(24)), *TUNE[1:]])], [24]),  # at the onset's own tick
        ([track([*TUNE[:1], (1, program(24)), *TUNE[1:]])], [0, 24]),
    ],
)
def test_a_program_holds_for_its_channel(tracks, programs):
    heard = gen.read_midi(midi(HEAD, *tracks))
    assert sorted(set(heard.program.tolist())) == programs


def test_what_another_track_says_is_said():
    data = midi(HEAD, track([(0, program(24)), (0, program(33, 2))]), track(TUNE), track(notes(tune(2, channel=2))))
    expected = "the programs of channels 1, 2 stand on another track than their notes, and count"
    assert said(data) == {"programs-elsewhere": expected}
    assert set(gen.read_midi(data, original=True).program.tolist()) == {0}
    assert said(data, original=True) == {}


def gs(channel: int, value: int) -> bytes:
    block = 0 if channel == 10 else channel if channel < 10 else channel - 1
    return bytes((0xF0, 10, 0x41, 0x10, 0x42, 0x12, 0x40, 0x10 | block, 0x15, value, 0x18, 0xF7))


def xg(channel: int, mode: int) -> bytes:
    return bytes((0xF0, 8, 0x43, 0x10, 0x4C, 0x08, channel - 1, 0x07, mode, 0xF7))


GS_RESET = bytes((0xF0, 10, 0x41, 0x10, 0x42, 0x12, 0x40, 0x00, 0x7F, 0x00, 0x41, 0xF7))


@pytest.mark.parametrize(
    ("settings", "channel", "drums"),
    [
        ([(0, gs(11, 2))], 11, True),
        ([(0, gs(1, 1))], 1, True),
        ([(0, gs(16, 1))], 16, True),
        ([(0, gs(11, 1)), (0, gs(11, 0))], 11, False),
        ([(0, gs(12, 1))], 11, False),
        ([(0, gs(10, 0))], 10, False),
        ([(0, xg(11, 2))], 11, True),
        ([(0, xg(3, 1))], 3, True),
        ([(0, xg(10, 0))], 10, False),
        ([*controls(11, (0, 127)), (0, program(0, 11))], 11, True),
        ([*controls(11, (0, 120)), (0, program(0, 11))], 11, True),
        ([*controls(10, (0, 121)), (0, program(0, 10))], 10, False),
        ([*controls(11, (0, 127)), (0, program(0, 11)), *controls(11, (0, 0)), (0, program(4, 11))], 11, False),
        ([(0, GS_RESET), *controls(11, (0, 127)), (0, program(0, 11))], 11, False),
        (controls(11, (0, 127)), 11, False),
        ([(9 * 96, gs(11, 2))], 11, False),
        ([(0, bytes((0xF0, 3, 0x41, 0x10, 0xF7)))], 11, False),
    ],
)
@pytest.mark.parametrize("apart", [False, True])
def test_a_file_says_which_channels_are_drums(settings, channel, drums, apart):
    struck = notes(beat(2, channel=channel))
    data = midi(HEAD, track(settings), track(struck)) if apart else midi(HEAD, track([*settings, *struck]))
    assert set(gen.read_midi(data).is_drum.tolist()) == {drums}
    assert set(gen.read_midi(data, original=True).is_drum.tolist()) == {channel == 10}
    assert gen.read_midi(data, drum_channels=[channel]).is_drum.all()
    assert ("rhythm-parts" in said(data)) == (drums != (channel == 10))
    if drums:
        assert f"channel {channel} is drums by " in said(data)["rhythm-parts"]


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (meta(0x59, b"\x08\x00"), "a key of 8 sharps"),
        (meta(0x59, b"\xf7\x00"), "a key of 9 flats"),
        (meta(0x59, b"\x00\xff"), "a key in mode 255, neither major (0) nor minor (1)"),
        (meta(0x59, b"\x00"), "a key signature of 1 bytes, not 2"),
        (meta(0x51, b"\x00\x00\x00"), "a tempo of 0 microseconds a quarter note"),
        (meta(0x51, b"\x07\xa1"), "a tempo of 2 bytes, not 3"),
        (meta(0x58, b"\x00\x02\x18\x08"), "a time signature of 0 beats in a bar"),
        (meta(0x58, b"\x04\x1f\x18\x08"), "a time signature of 4/2^31"),
        (meta(0x58, b"\x04"), "a time signature of 1 bytes, not 2"),
    ],
)
@pytest.mark.parametrize("place", [0, 1])
def test_an_event_that_cannot_be_is_left_out_and_said(event, text, place):
    head = track([(0, tempo(120)), (0, metre(4)), *([(0, event)] if not place else [])])
    data = midi(head, track([*([(0, event)] if place else []), *notes(BEAT)]))
    assert onsets(gen.read_midi(data)) == PLAIN
    assert held(gen.read_midi(data)) == ([120], ["4/4"])
    assert f"left out, since it can't be: {text} (track {place + 1}, byte " in said(data)["bad-events"]
    assert onsets(gen.read_midi(data, original=True)) == PLAIN


def riff(data: bytes, *before: bytes) -> bytes:
    chunks = b"".join((*before, b"data", struct.pack("<I", len(data)), data, b"\0" * (len(data) % 2)))
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"RMID" + chunks


WHOLE = midi(HEAD, track(notes(BEAT)))


@pytest.mark.parametrize(
    ("data", "code", "text"),
    [
        (riff(WHOLE), "wrapper", "it stands in a RIFF wrapper, from which gen took it"),
        (riff(WHOLE, b"LIST\3\0\0\0abc\0"), "wrapper", "a RIFF wrapper"),
        (riff(WHOLE) + b"LIST\4\0\0\0abcd", "wrapper", "a RIFF wrapper"),
        (b"\0\4beat".ljust(128, b"\0") + WHOLE, "wrapper", "a MacBinary wrapper"),
        (b"\0\4beat".ljust(128, b"\0") + WHOLE + b"\0" * 90, "wrapper", "a MacBinary wrapper"),
        (WHOLE[:11] + b"\1" + WHOLE[12:], "announced-tracks", "its header announces 1 track, and it has 2: all are"),
        (WHOLE[:11] + b"\5" + WHOLE[12:], "announced-tracks", "its header announces 5 tracks, and it has 2: all are"),
        (WHOLE + b"a letter", "outside-tracks", "8 bytes of it lie outside any track"),
    ],
)
def test_what_stands_around_the_tracks_costs_no_note(data, code, text):
    assert onsets(gen.read_midi(data)) == PLAIN
    assert text in said(data)[code]
    assert lost(data) == set()


@pytest.mark.parametrize("padding", [b"\0" * 100, b"\x1a" * 70, b"\xff" * 3])
def test_padding_needs_no_remark(padding):
    assert said(WHOLE + padding) == {}


def test_a_track_that_is_shorter_than_it_says_and_ends_as_one_is_whole():
    at = WHOLE.rindex(b"MTrk") + 4
    (length,) = struct.unpack_from(">I", WHOLE, at)
    data = WHOLE[:at] + struct.pack(">I", 0xFFFFFF) + WHOLE[at + 4 :]
    assert onsets(gen.read_midi(data)) == PLAIN
    assert said(data) == {
        "track-length": f"track 2 says that it has 16,777,215 bytes, and ends as a track does after {length:,}"
    }
    with pytest.raises(gen.errors.MidiError, match="truncated file: expected 16777215 bytes of track 2"):
        gen.read_midi(data[:-1])


@pytest.mark.parametrize("which", [[0], [1], [2], [0, 1], [0, 1, 2]])
def test_tracks_whose_length_was_never_written_and_that_end_as_tracks_do_are_read(which):
    tracks = [HEAD, track(notes(BEAT)), track(notes(tune(4)))]
    whole = onsets(gen.read_midi(midi(*tracks)))
    data = midi(*(b"MTrk\0\0\0\0" + each[8:] if at in which else each for at, each in enumerate(tracks)))
    assert onsets(gen.read_midi(data)) == whole
    size = len(tracks[which[0]]) - 8
    others = ["", "; so does another", "; so do 2 others"][len(which) - 1]
    text = f"track {which[0] + 1} says that it has 0 bytes, and ends as a track does after {size}{others}"
    assert said(data) == {"track-length": text}


@pytest.mark.parametrize("tracks", [1, 2, 9])
def test_a_track_whose_length_was_never_written_lies_outside_and_is_said(tracks):
    body = track(notes(BEAT))[8:-4]  # cut off before its end
    data = b"MThd" + struct.pack(">IHHH", 6, 1, tracks, TICKS) + b"MTrk\0\0\0\0" + body
    assert len(gen.read_midi(data)) == 0
    assert f"{len(body)} bytes of it lie outside any track, and 1 track of it says" in said(data)["outside-tracks"]
    assert lost(data) == {"outside-tracks"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Köln".encode(), "Köln"),
        ("Köln".encode("latin-1"), "Köln"),
        ("ドラム".encode(), "ドラム"),
        ("🥁 кит".encode(), "🥁 кит"),
        (b"Drums", "Drums"),
    ],
)
def test_names_are_utf_8_or_else_latin_1_and_return_as_they_were(name, expected):
    heard = gen.read_midi(midi(HEAD, track([(0, meta(0x03, name)), *notes(BEAT)])))
    assert heard.instrument_names == ((0, expected),)
    assert gen.read_midi(gen.midi.midi_bytes(heard)).instrument_names == heard.instrument_names


@pytest.mark.parametrize("bars", [1, 2, 3, 7])
def test_a_piece_is_as_long_as_its_tracks(bars):
    data = midi(HEAD, track([*notes(beat(1)), (bars * 4 * TICKS, meta(0x01, b"end"))]))
    assert gen.read_midi(data).total_time == pytest.approx(2.0 * bars)
    assert gen.read_midi(data, original=True).total_time < 2.01
    again = gen.read_midi(gen.midi.midi_bytes(gen.read_midi(data)))
    assert again.total_time == pytest.approx(2.0 * bars)
