"""Chord symbols: what they mean, and which class they are."""

from __future__ import annotations

import pytest

from gen.notes.chords import ChordError, chord_encoding, parse_chord

TRIADS = {
    "N.C.": 0,
    "C": 1,
    "Am": 22,
    "G7": 8,
    "Bdim": 48,
    "C+": 25,
    "F#m7b5": 43,
    "Bb7": 11,
    "Ebmaj7": 4,
    "Db": 2,
    "C/E": 1,
    "Dm7": 15,
    "Cb": 12,
    "E#": 6,
    "C6": 1,
    "Cadd9": 1,
    "Caug7": 25,
    "Co7": 37,
    "Cmmaj7": 13,
    "Cm(maj7)": 13,
    "C(add9)(no1)no5add5add1": 1,
    "C-7b5/Gb": 37,
}


@pytest.mark.parametrize(("text", "index"), TRIADS.items())
def test_a_symbol_has_the_class_of_its_triad(text: str, index: int) -> None:
    assert chord_encoding("triads").encode(text) == index


@pytest.mark.parametrize("text", ["Csus4", "C5", "C7(b5)", "Cno3", "Cped", "C(b3)(b5)(b5)"])
def test_a_chord_without_one_of_the_triads_has_no_class(text: str) -> None:
    parse_chord(text)
    with pytest.raises(ChordError, match="has no triad among the classes of 'triads'") as caught:
        chord_encoding("triads").encode(text)
    assert caught.value.code == "unknown-chord"


@pytest.mark.parametrize("text", ["H", "", "c", "C#b", "Cfoo", "C/", "Cadd3", "Cno7", "Cadd99", "C7/9x"])
def test_what_is_no_symbol_is_refused(text: str) -> None:
    with pytest.raises(ChordError) as caught:
        parse_chord(text)
    assert caught.value.code == "unreadable-chord"
    assert repr(text) in str(caught.value)


def test_a_symbol_gives_its_pitches_and_bass() -> None:
    assert parse_chord("F#m7b5/C").pitches == (0, 4, 6, 9)
    assert parse_chord("F#m7b5/C").bass == 0
    assert parse_chord("Bbmaj7").pitches == (2, 5, 9, 10)
    assert parse_chord("Bbmaj7").bass == 10
    assert parse_chord("C7(#9)").pitches == (0, 3, 4, 7, 10)
    assert parse_chord("Cadd7").pitches == (0, 4, 7, 10)


@pytest.mark.parametrize(("name", "depth"), [("triads", 49), ("major-minor", 25)])
def test_every_class_is_spelt_so_that_it_reads_back(name: str, depth: int) -> None:
    encoding = chord_encoding(name)  # type: ignore[arg-type]
    assert encoding.depth == depth
    texts = [encoding.decode(index) for index in range(depth)]
    assert [encoding.encode(text) for text in texts] == list(range(depth))
    assert (texts[0], texts[1], texts[14]) == ("N.C.", "C", "C#m")
    with pytest.raises(ValueError, match=f"is not within 0 to {depth - 1}"):
        encoding.decode(depth)


def test_major_and_minor_alone_take_no_other_triad() -> None:
    assert chord_encoding("major-minor").encode("Bb7") == 11
    with pytest.raises(ChordError, match="'major-minor'"):
        chord_encoding("major-minor").encode("Bdim")


def test_an_encoding_of_another_name_is_refused() -> None:
    with pytest.raises(ValueError, match="there are triads, major-minor"):
        chord_encoding("jazz")  # type: ignore[arg-type]
