"""The reader of ABC notation, symbol by symbol, against the standard's own rules."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gen
from gen_datasets.folk.abc_fields import AbcError, parse_key, parse_metre, parse_tempo
from gen_datasets.folk.abc_notes import notes_of
from gen_datasets.folk.abc_repeats import Bar, parse_bar, played
from gen_datasets.folk.abc_tune import Sound, Tune, read_tune

EIGHTH = Fraction(1, 8)


def tune(body: str, *header: str, key: str = "C") -> Tune:
    return read_tune(["X:1", "T:Test", *header, f"K:{key}", *body.split("\n")])


def heard(body: str, *header: str, key: str = "C") -> list[tuple[tuple[int, ...], Fraction]]:
    """Pitches and lengths in eighth notes."""
    sounds = [event for event in tune(body, *header, key=key).events if isinstance(event, Sound)]
    return [(sound.pitches, sound.length / EIGHTH) for sound in sounds]


def pitches(body: str, key: str = "C") -> list[int]:
    return [pitch for each, _ in heard(body, key=key) for pitch in each]


def lengths(body: str, *header: str) -> list[Fraction]:
    return [length for _, length in heard(body, *header)]


@pytest.mark.parametrize(
    ("body", "want"),
    [
        ("C, C c c' c''", [48, 60, 72, 84, 96]),
        ("^c _d =e ^^f __g", [73, 73, 76, 79, 77]),
        ("^c c | c", [73, 73, 72]),
        ("^c C c", [73, 60, 73]),  # in its own octave
        ("^c-|c c", [73, 72]),  # a tie carries its accidental over the bar, and no further
        ("{ab}c ~d .e Tf !trill!g +fine+a ua", [72, 74, 76, 77, 79, 81, 81]),
        ('"Am"c "4"d "^slow"e', [72, 74, 76]),
        ("[CEG]2", [60, 64, 67]),
        ("c%comment d", [72]),
        ("c``d y e\\", [72, 74, 76]),
        ("c [K:G] f", [72, 78]),
        ("cd\nK:D\nfc", [72, 74, 78, 73]),
    ],
)
def test_notes_have_the_pitches_of_their_letters_marks_and_bar(body: str, want: list[int]) -> None:
    assert pitches(body) == want


@pytest.mark.parametrize(
    ("body", "want"),
    [
        ("c2 c/ c// c/4 c3/2 c", [2, "1/2", "1/4", "1/4", "3/2", 1]),
        ("c>d c<d c>>d", ["3/2", "1/2", "1/2", "3/2", "7/4", "1/4"]),
        ("c > {g}d", ["3/2", "1/2"]),
        ("(3cde f", ["2/3", "2/3", "2/3", 1]),
        ("(3:2:2c2d f", ["4/3", "2/3", 1]),
        ("(2cd (4cdef (5cdefg", ["3/2"] * 2 + ["3/4"] * 4 + ["2/5"] * 5),
        ("c z2 x/ Z", [1, 2, "1/2", 8]),
        ("c-c c2-|c", [2, 3]),
        ("[ce]3", [3]),
        ("(cd)(3(efg)", [1, 1, "2/3", "2/3", "2/3"]),
    ],
)
def test_lengths_follow_factors_broken_rhythm_tuplets_and_ties(body: str, want: list[int | str]) -> None:
    assert lengths(body, "M:4/4", "L:1/8") == [Fraction(each) for each in want]


def test_a_tuplet_of_five_takes_the_time_of_three_in_compound_metre() -> None:
    assert lengths("(5cdefg", "M:6/8", "L:1/8") == [Fraction(3, 5)] * 5


@pytest.mark.parametrize(("metre", "want"), [("2/4", Fraction(1, 2)), ("3/4", 1), ("C|", 1), ("none", 1)])
def test_the_unit_length_follows_the_metre_where_nothing_says_it(metre: str, want: Fraction) -> None:
    assert lengths("c", f"M:{metre}") == [want]


@pytest.mark.parametrize(
    ("body", "want"),
    [
        ("|:c d:|e", "cdcde"),
        ("c d:|e", "cdcde"),
        ("c|:d:|e", "cdde"),
        ("c||d:|e", "cdde"),
        ("c::d:|", "ccdd"),
        ("|:c|1d:|2e|]f", "cdcef"),
        ("|:c|1d:|\n[2e||f", "cdcef"),
        ("c|[1d:|[2e|f|:g:|", "cdcefgg"),
        ("|:c|1,3d:|2e:|f", "cdcecdf"),
        ("|:c|1d|2e||f", "cdcef"),
        ("|:c:|\n|:d:|", "ccdd"),
        ("c|d|\\\n1 e:|2 f|", "cdecdf"),
        ("c::|d", "cccd"),
    ],
)
def test_repeats_are_played(body: str, want: str) -> None:
    names = dict(zip([72, 74, 76, 77, 79], "cdefg", strict=True))
    assert "".join(names[pitch] for pitch in pitches(body)) == want


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.integers(0, 9) | st.sampled_from(["|", ":|", "|:", "::", "||", "|1", ":|2", "[2", "|]"]), max_size=40)
)
def test_whatever_the_repeats_every_note_is_heard_and_none_is_made_up(written: list[int | str]) -> None:
    events = [parse_bar(each) if isinstance(each, str) else each for each in written]
    result = played(events)
    assert set(result) == {each for each in events if not isinstance(each, Bar)}
    if not any(isinstance(each, Bar) for each in events):
        assert result == events


@pytest.mark.parametrize(
    ("text", "name", "accidentals"),
    [
        ("G", "G major", "F#"),
        ("Gm", "G minor", "BbEb"),
        ("E Minor", "E minor", "F#"),
        ("A Mixolydian", "A mixolydian", "F#C#"),
        ("Amix", "A mixolydian", "F#C#"),
        ("Ador", "A dorian", "F#"),
        ("F#m", "F# minor", "F#C#G#"),
        ("Bb", "Bb major", "BbEb"),
        ("Glyd", "G lydian", "F#C#"),
        ("Bphr", "B phrygian", "F#"),
        ("Dmix=c", "D mixolydian", "F#"),
        ("D Phr ^f", "D phrygian", "BbEbF#"),
        ("Hp", "Highland pipes", "F#C#"),
        ("C clef=treble", "C major", ""),
        ("none", "", ""),
        ("", "C major", ""),
    ],
)
def test_keys_have_their_signatures(text: str, name: str, accidentals: str) -> None:
    key = parse_key(text)
    assert key.name == name
    shown = {letter: {1: "#", -1: "b"}[shift] for letter, shift in key.accidentals.items() if shift}
    assert {f"{letter}{sign}" for letter, sign in shown.items()} == {
        accidentals[at : at + 2] for at in range(0, len(accidentals), 2)
    }


def test_a_mode_counts_as_the_major_key_of_its_signature() -> None:
    assert parse_key("Amix").signature == (2, 0)
    assert parse_key("Ador").signature == (7, 0)
    assert parse_key("Am").signature == (9, 1)


@pytest.mark.parametrize(
    ("text", "want"), [("1/4=120", 120), ("3/8=80", 120), ('"Lively" 1/2=60', 120), ("240", 120), ('"slow"', None)]
)
def test_tempos_are_in_quarter_notes(text: str, want: float | None) -> None:
    assert parse_tempo(text, EIGHTH) == want


@pytest.mark.parametrize(
    ("body", "header", "message"),
    [
        ("c d = e", (), r"line 4: '= e' at column 5 is no ABC"),
        ("c\nd \x01", (), r"line 5: .* is no ABC"),
        ("c0", (), "note length"),
        (">c", (), "has no note before it"),
        ("c'''''''", (), "beyond what MIDI has"),
        ("z z", (), "it has no notes"),
        ("c", ("M:six",), "line 3: metre 'six' can't be read"),
        ("c", ("L:1/0",), "unit note length"),
        ("c", ("Q:fast",), "tempo 'fast' can't be read"),
        ("[V:1]c\n[V:2]d", (), "several voices"),
        ("|:" * 30 + "c:::::::::|", (), "heard"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_line(body: str, header: tuple[str, ...], message: str) -> None:
    with pytest.raises(AbcError, match=message):
        tune(body, *header)


def test_a_tune_without_a_key_is_refused() -> None:
    with pytest.raises(AbcError, match="no key"):
        read_tune(["X:1", "T:x", "cde"])


@settings(max_examples=300, deadline=None)
@given(st.text("abcGFz[]|:(){}<>/-^_=,'\"0123456789 KMVL%!\n", max_size=60))
def test_no_text_makes_the_reader_fail_otherwise(body: str) -> None:
    try:
        read = tune(body, "M:4/4", "L:1/8", "Q:1/4=100")
    except AbcError:
        return
    notes = notes_of(read)
    assert len(gen.read_midi(gen.midi.midi_bytes(notes))) > 0


def test_a_pick_up_stands_at_the_end_of_a_bar() -> None:
    read = tune("G|c2 d2 e2 f2|g8|", "M:4/4", "L:1/8", "Q:1/4=60")
    notes = notes_of(read)
    assert notes.start.tolist() == [3.5, 4, 5, 6, 7, 8]
    assert gen.notes.quantise(notes).start_step.tolist() == [14, 16, 20, 24, 28, 32]
    assert notes.total_time == 12.0


def test_changes_of_tempo_metre_and_key_are_in_the_notes() -> None:
    notes = notes_of(tune("c4 d4|\nQ:1/4=120\nM:3/4\nK:G\nf6|", "M:4/4", "L:1/8", "Q:1/4=60"))
    assert notes.start.tolist() == [0, 2, 4]
    assert notes.tempos.qpm.tolist() == [60, 120]
    assert notes.time_signatures.numerator.tolist() == [4, 3]
    assert notes.key_signatures.key.tolist() == [0, 7]
    assert notes.total_time == pytest.approx(5.5)
    assert notes.pitch.tolist() == [72, 74, 78]


def test_chord_symbols_are_kept_and_fingerings_are_not() -> None:
    notes = notes_of(tune('"Am"c4 "4"d4|"G7"e4 "_x"f4', "L:1/8", "Q:1/4=60"))
    assert [(chord.time, chord.text) for chord in notes.chords] == [(0, "Am"), (4, "G7")]


def test_notes_of_one_pitch_do_not_touch() -> None:
    notes = notes_of(tune("cccc"))
    assert (np.diff(notes.start) > (notes.end - notes.start)[:-1]).all()


@pytest.mark.parametrize(("text", "beats", "unit"), [("C", 4, 4), ("C|", 2, 2), ("6/8", 6, 8)])
def test_metres(text: str, beats: int, unit: int) -> None:
    metre = parse_metre(text)
    assert metre is not None
    assert (metre.beats, metre.unit) == (beats, unit)


@pytest.mark.parametrize(
    "body",
    ["|: CDEF [|]:|", "|: CDEF :|[|]", "[|]|: CDEF :|", "|:[|] CDEF [|] :|", "CDEF [|]:|", "|: CDEF [|]\n:|"],
)
def test_an_invisible_bar_line_beside_a_repeat_sign_says_nothing(body):
    assert pitches(body) == [60, 62, 64, 65] * 2


def test_an_invisible_bar_line_alone_divides_sections_as_before():
    assert pitches("CD [|] EF :|") == [60, 62, 64, 65, 64, 65]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("AAB", "CCD"),
        ("ABAB", "CDCD"),
        ("A2B", "CCD"),
        ("(AB)2A", "CDCDC"),
        ("A(BA)2", "CDCDC"),
        ("B.A", "DC"),
        ("A B", "CD"),
        ("AC", "CD"),  # there is no C: as written
        ("Jig", "CD"),
        ("(A", "CD"),
        ("A)", "CD"),
    ],
)
def test_parts_are_played_in_the_order_of_the_header(order, expected):
    played = [{60: "C", 62: "D"}[pitch] for sound, _ in heard("P:A\nC8|\nP:B\nD8|", f"P:{order}") for pitch in sound]
    assert "".join(played) == expected


def test_every_part_has_its_own_repeats_key_and_metre():
    found = tune("P:A\n|: C4 F4 :|\nP:B\nK:G\nM:3/4\n|: F6 :|", "M:4/4", "P:ABA")
    sounds = [event.pitches[0] for event in found.events if isinstance(event, Sound)]
    assert sounds == [60, 65, 60, 65, 66, 66, 60, 65, 60, 65]
    changes = [event.value for event in found.events if not isinstance(event, Sound)]
    names = [getattr(value, "name", "") or f"{value.beats}/{value.unit}" for value in changes]
    assert sorted(names[:2]) == ["3/4", "G major"]
    assert sorted(names[2:]) == ["4/4", "C major"]


def test_parts_without_an_order_are_played_as_they_are_written():
    assert pitches("P:A\nC8|\nP:B\nD8:|\nP:A\nE8|") == [60, 62, 60, 62, 64]


def test_an_order_that_never_ends_is_refused():
    with pytest.raises(AbcError, match="more than 64"):
        tune("P:A\nC8|", "P:((A9)9)9")
