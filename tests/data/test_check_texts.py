"""What a check says is true of the file, and names a way out that is there."""

from __future__ import annotations

import struct

import pytest
from midi_bytes import TICKS, beat, meta, metre, midi, notes, tempo, track, tune

from gen.data.check.account import Account, account, cases_of
from gen.data.check.fixes import fix_for
from gen.data.check.inspection import check_file
from gen.data.check.targets import plan
from gen.data.conversion import Job
from gen.interfaces.dataset import Item
from gen.recipes import load_recipe

HEAD = track([(0, tempo(120)), (0, metre(4))])
BAR = 4 * TICKS


def checked(content: bytes, *converters: str, recipes: tuple[str, ...] = (), **options) -> Account:
    made, _ = plan(converters=converters or (() if recipes else ("groove",)), recipes=recipes, **options)
    return account("here", made, [check_file(made, "file.mid", content)], {})


def remarks(content: bytes, *converters: str) -> dict[str, str]:
    return {remark.code: remark.detail for remark in checked(content, *converters).remarks}


def reasons(found: Account) -> dict[str, tuple[str, str]]:
    (file,) = found.files
    return {
        case.reason.code: (case.reason.detail, fix_for(case.reason.code, [case])) for case in cases_of(file, found.plan)
    }


def instant(struck) -> list[tuple[int, bytes]]:
    on = [(tick, bytes((0x90 | channel - 1, pitch, velocity))) for tick, channel, pitch, velocity in struck]
    return [event for tick, message in on for event in ((tick, message), (tick, message[:2] + b"\0"))]


def later(struck, ticks: int):
    return [(tick + ticks, *rest) for tick, *rest in struck]


BEAT = notes(beat(4))
GS = bytes((0xF0, 10, 0x41, 0x10, 0x42, 0x12, 0x40, 0x1A, 0x15, 2, 0x18, 0xF7))
TWO_TEMPOS = [(0, tempo(120)), (2 * BAR, tempo(60))]
LATE_TEMPO = [(0, tempo(120)), (4 * BAR, tempo(60))]


@pytest.mark.parametrize(
    ("content", "code", "detail"),
    [
        (midi(HEAD, track(instant(beat(4)))), "strokes", "52 drum strokes have no length and are heard all the same"),
        (midi(HEAD, track([*BEAT, *instant(tune(1))])), "lost-notes", "8 notes have no length and aren't heard"),
        (midi(track([]), track([(0, tempo(90)), *BEAT])), "tempo-elsewhere", "1 tempo stands outside the first track"),
        (midi(track(LATE_TEMPO), track(BEAT)), "unfelt-changes", "tempo changes once, and no note feels it"),
        (
            midi(track([(0, metre(4)), (BAR, metre(2, 2)), (2 * BAR, metre(4))]), track(BEAT)),
            "unfelt-changes",
            "metre changes 2 times, and no note feels it",
        ),
        (midi(track(TWO_TEMPOS), track(BEAT)), "tempo-changes", "tempo changes once at 4.0 s (bar 3) to 60 qpm"),
        (midi(HEAD, track(notes(later(beat(4), 8 * BAR)))), "silence", "8 silent bars before the first note"),
        (midi(HEAD, track([(0, meta(0x59, b"\x08\0")), *BEAT])), "bad-events", "a key of 8 sharps (track 2, byte"),
        (
            midi(HEAD, track([(0, GS)]), track(notes(beat(4, channel=11)))),
            "rhythm-parts",
            "channel 11 is drums by a GS message",
        ),
        (
            midi(HEAD, track([(0, b"\xc0\x18")]), track([*notes(tune(4)), *BEAT])),
            "programs-elsewhere",
            "the program of channel 1 stands on another track than its notes, and counts",
        ),
        (midi(HEAD, track(BEAT))[:11] + b"\1" + midi(HEAD, track(BEAT))[12:], "odd-chunks", "announces 1 track"),
        (midi(HEAD, track(BEAT)) + b"abc", "odd-chunks", "3 bytes of it lie outside any track"),
        (b"\0" * 128 + midi(HEAD, track(BEAT)), "odd-chunks", "it stands in a MacBinary wrapper"),
    ],
)
def test_what_is_odd_about_a_file_that_is_used_is_remarked_upon(content, code, detail):
    assert checked(content, "groove", "drums").usable == 1
    assert detail in remarks(content)[code]


def test_a_tempo_that_is_felt_is_remarked_upon_and_nothing_is_said_of_what_is_not():
    assert {*remarks(midi(track(LATE_TEMPO), track(BEAT)))} == {"unfelt-changes"}
    assert {*remarks(midi(track(TWO_TEMPOS), track(BEAT)), "drums")} == {"tempo-changes"}
    assert remarks(midi(HEAD, track(BEAT))) == {}


@pytest.mark.parametrize(
    ("content", "detail", "fix"),
    [
        (
            midi(HEAD, track(instant(tune(2)))),
            "2 tracks and not one note; 16 notes have no length and aren't heard; pitches",
            "if they are drums, name their channel (--drum-channel N)",
        ),
        (
            midi(HEAD, track([event for event in notes(tune(2)) if event[1][0] < 0x90 or event[1][0] > 0x8F][::2])),
            "16 notes never end and aren't heard",
            "else give them one in a sequencer",
        ),
        (midi(HEAD), "1 track and not one note", "it holds tempo, text or controllers only"),
        (
            midi(HEAD, track(notes(beat(4, velocity=0)))),
            "all 52 note-ons have velocity 0",
            "give the notes a velocity from 1 to 127",
        ),
        (
            b"MThd" + struct.pack(">IHHH", 6, 1, 1, TICKS) + b"MTrk\0\0\0\0" + track(BEAT)[8:-4],
            "bytes of it lie outside any track, and 1 track of it says that it has none",
            "a track's length was never written",
        ),
    ],
)
def test_a_file_without_a_note_says_what_it_holds_instead(content, detail, fix):
    said, advice = reasons(checked(content))["silent"]
    assert detail in said
    assert fix in advice


@pytest.mark.parametrize(
    ("content", "code", "hope"),
    [
        (midi(track(LATE_TEMPO), track(BEAT)), "tempo-change", "with data.reading=gen tempos that no note feels don't"),
        (
            midi(track([(0, metre(4)), (BAR, metre(2, 2))]), track(BEAT)),
            "metre-change",
            "with data.reading=gen metres that no note feels don't count",
        ),
        (
            midi(HEAD, track(instant(beat(4)))),
            "no-notes",
            "with data.reading=gen drum strokes without a length are heard",
        ),
        (
            midi(track([]), track([(0, metre(3)), *notes(beat(1, quarters=3))])),
            "too-short",
            "with data.reading=gen tempo and metre of every track count",
        ),
        (
            midi(HEAD, track([(0, GS)]), track(notes(beat(1, channel=11)))),
            "too-short",
            "with data.reading=gen the file's own rhythm parts are drums",
        ),
    ],
)
def test_a_recipe_of_the_originals_says_what_its_reading_costs(content, code, hope):
    found = reasons(checked(content, recipes=("groovae_2bar_humanize",)))
    assert hope in found[code][1]
    assert "data.reading" not in "".join(fix for _, fix in reasons(checked(content)).values())


def test_what_the_originals_reading_loses_is_counted_when_a_recipe_is_prepared():
    struck = beat(2)
    mixed = [*instant(hit for hit in struck if hit[2] < 40), *notes([hit for hit in struck if hit[2] > 40])]
    content = midi(HEAD, track(mixed))
    item = Item("file.mid", "train", content)
    notices = []
    for words in ((), ("data.reading=gen",)):
        (report,) = Job(load_recipe("groovae_2bar_humanize", words))((0, (item,))).reports
        assert report.examples == 1
        notices.append(report.notices)
    assert notices == [("8 drum strokes have no length and aren't heard; pitches 36 (×4), 38 (×4)",), ()]


def test_advice_names_only_options_that_a_converter_has():
    content = midi(track(TWO_TEMPOS), track(BEAT))
    cut = "{type: drums, slice_bars: 2, presplit_on_time_changes: false}"
    assert "presplit" not in reasons(checked(content, "groove"))["tempo-change"][1]
    assert "set presplit_on_time_changes: true" in reasons(checked(content, cut))["tempo-change"][1]
    short = midi(HEAD, track(notes(beat(1))))
    assert "gap_bars" not in reasons(checked(short, "groove"))["too-short"][1]
    assert "gap_bars" in reasons(checked(short, "drums"))["too-short"][1]


def test_a_short_file_is_not_called_a_broken_download():
    for content in (midi(HEAD, track(BEAT))[:-5], midi(HEAD)[:20]):
        detail, fix = reasons(checked(content))["truncated"]
        assert "truncated" in detail
        assert fix.startswith("bytes are missing at its end")
