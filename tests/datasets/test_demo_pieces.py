"""The demo's melodies, trios and bands: what is promised of them, and that every recipe's converter can use them."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gen
from gen_converters.drums.converter import DrumsConverter
from gen_converters.melody.converter import MelodyConverter
from gen_converters.multitrack.converter import MultitrackConverter
from gen_converters.trio.converter import TrioConverter
from gen_datasets.demo.band import lightened
from gen_datasets.demo.feel import STYLES, swing_of
from gen_datasets.demo.harmony import PHRASE
from gen_datasets.demo.piece import PARTS, Piece
from gen_datasets.demo.score import beats_of, swung
from gen_datasets.demo.source import Demo

QUARTER, HALF_BAR, BAR = 4, 8, 16  # steps


specs = st.fixed_dictionaries(
    {"bars": st.integers(1, 40), "seed": st.integers(0, 2**32), "index": st.integers(0, 1000)}
)


def band(spec: dict[str, int]) -> Piece:
    return Demo(parts="band", bars=spec["bars"], seed=spec["seed"]).piece(spec["index"])


def corpus(parts: str, **options: Any) -> list[gen.Item]:
    return list(Demo(parts=parts, **options).items())


@settings(max_examples=100, deadline=None)
@given(specs)
def test_a_melody_rests_on_its_chords_and_moves_within_its_key(spec: dict[str, int]) -> None:
    piece = band(spec)
    harmony = piece.harmony
    for note in piece.lines[0].notes:
        chord = harmony.at(note.step)
        if note.step % QUARTER == 0 or note.steps >= QUARTER:
            assert note.pitch % 12 in chord.tones
        scale = {(harmony.key.tonic + harmony.key.pitch(degree, chord)) % 12 for degree in range(7)}
        assert note.pitch % 12 in scale


@settings(max_examples=100, deadline=None)
@given(specs)
def test_a_melody_is_one_voice_that_never_rests_for_a_bar_and_ends_on_the_tonic(spec: dict[str, int]) -> None:
    piece = band(spec)
    notes = piece.lines[0].notes
    assert notes[0].step < BAR
    for one, other in itertools.pairwise(notes):
        assert 0 <= other.step - (one.step + one.steps) < BAR
        assert abs(other.pitch - one.pitch) <= 19
    assert notes[-1].pitch % 12 == piece.harmony.key.tonic
    assert 0 <= piece.harmony.bars * BAR - (notes[-1].step + notes[-1].steps) < BAR
    assert all(52 <= note.pitch <= 88 for note in notes)


@settings(max_examples=100, deadline=None)
@given(specs)
def test_a_phrase_that_comes_again_has_the_same_chords_and_most_of_the_same_notes(spec: dict[str, int]) -> None:
    piece = band(spec)
    harmony, halves = piece.harmony, 2 * PHRASE
    known: dict[str, int] = {}
    for phrase, letter in enumerate(harmony.form[:-1]):  # the last may have to end
        first = known.setdefault(letter, phrase)
        chords = [harmony.halves[at * halves : (at + 1) * halves] for at in (first, phrase)]
        assert chords[0] == chords[1]
        spans = [range(at * PHRASE * BAR, (at + 1) * PHRASE * BAR) for at in (first, phrase)]
        heard = [{(n.step - s.start, n.pitch) for n in piece.lines[0].notes if n.step in s} for s in spans]
        assert len(heard[0] & heard[1]) >= 0.5 * len(heard[0])


@settings(max_examples=100, deadline=None)
@given(specs)
def test_a_bass_begins_each_chord_with_its_root(spec: dict[str, int]) -> None:
    piece = band(spec)
    harmony = piece.harmony
    onsets = {note.step: note.pitch for note in piece.lines[1].notes}
    for half, chord in enumerate(harmony.halves):
        step = half * HALF_BAR
        if half == 0 or chord != harmony.halves[half - 1]:
            assert onsets[step] % 12 == chord.root
    assert all(28 <= pitch <= 67 for pitch in onsets.values())


@settings(max_examples=100, deadline=None)
@given(specs)
def test_chords_and_second_voice_play_tones_of_the_chord(spec: dict[str, int]) -> None:
    piece = band(spec)
    for line in piece.lines[2:]:
        for note in line.notes:
            for step in (note.step, note.step + note.steps - 1):
                assert note.pitch % 12 in piece.harmony.at(step).tones


@settings(max_examples=50, deadline=None)
@given(specs)
def test_lines_are_played_with_the_swing_of_the_style_and_nothing_overlaps(spec: dict[str, int]) -> None:
    piece = band(spec)
    seconds = 60.0 / piece.bpm / 4
    swing = np.array(swing_of(piece.style))
    for number, line in enumerate(piece.lines):
        played = piece.notes.select(piece.notes.instrument == number)
        written = np.array([note.step for note in line.notes])
        delay = played.start / seconds - written - swing[written % 4]
        assert np.abs(delay[written > 0]).max(initial=0) <= 0.061
        for pitch in set(played.pitch.tolist()):
            same = played.select(played.pitch == pitch)
            assert (same.end[:-1] < same.start[1:]).all(), (line.name, pitch)
    assert piece.notes.end.max() <= piece.notes.total_time


def test_more_parts_are_added_to_the_same_music() -> None:
    for index in range(6):
        drums = Demo(bars=32).clip(index).notes
        melody, trio, full = (Demo(parts=parts).piece(index) for parts in ("melody", "trio", "band"))
        assert melody.lines == trio.lines[:1]
        assert trio.lines == full.lines[:2]
        assert melody.harmony == trio.harmony == full.harmony
        heard = trio.notes.select(trio.notes.is_drum)
        for column in ("pitch", "velocity", "start", "end"):
            assert np.array_equal(getattr(heard, column), getattr(drums, column))


def test_a_bands_drummer_keeps_the_loudest_strokes_and_lets_them_ring() -> None:
    for index in range(12):
        clip = Demo(bars=16).clip(index)
        light = lightened(clip.notes, clip.bpm)
        seconds = 60.0 / clip.bpm / 4
        bars = [np.rint(notes.start / seconds).astype(int) // BAR for notes in (clip.notes, light)]
        for bar in range(16):
            before, after = clip.notes.velocity[bars[0] == bar], light.velocity[bars[1] == bar]
            assert sorted(after, reverse=True) == sorted(before, reverse=True)[:15]
        assert (light.end > light.start).all()
        assert len(set(light.end.tolist()) - set(light.start.tolist())) == 1  # the end of the clip


@pytest.mark.parametrize("parts", PARTS)
def test_a_seed_gives_the_same_bytes_again_and_more_clips_keep_those_there_were(parts: str) -> None:
    assert corpus(parts, clips=7, seed=3) == corpus(parts, clips=12, seed=3)[:7]
    assert len({item.read() for item in corpus(parts, clips=7)}) == 7
    assert corpus(parts, clips=3, seed=3) != corpus(parts, clips=3, seed=4)


def test_the_metadata_says_key_form_and_chords() -> None:
    items = corpus("trio", clips=12)
    for index, item in enumerate(items):
        harmony = Demo(parts="trio").piece(index).harmony
        bars = item.metadata["chords"].split(" | ")
        assert len(bars) == 32
        for bar, chords in enumerate(bars):
            first, *second = chords.split(" ")
            assert first == harmony.halves[2 * bar].symbol
            assert (second or [first]) == [harmony.halves[2 * bar + 1].symbol]
            assert set(gen.notes.chords.parse_chord(first).pitches) == harmony.halves[2 * bar].tones
        assert item.metadata["key"] == harmony.key.name
        assert item.metadata["form"] == harmony.form
        keys = gen.read_midi(item.read()).key_signatures
        assert (keys.key[0], keys.mode[0]) == (harmony.key.tonic, harmony.key.signature)
    assert len({item.metadata["key"] for item in items}) > 6
    assert {item.metadata["style"] for item in items} == set(STYLES)


def test_the_instruments_are_those_that_converters_look_for() -> None:
    for item in corpus("band", clips=24):
        notes = gen.read_midi(item.read())
        programs = [set(notes.program[notes.instrument == each].tolist()) for each in range(5)]
        assert [len(each) for each in programs] == [1] * 5
        melody, bass, chords, voice = (each.pop() for each in programs[:4])
        assert melody < 32 <= bass < 40 <= min(chords, voice)
        assert notes.is_drum[notes.instrument == 4].all()


@pytest.mark.parametrize(
    ("parts", "converter", "least"),
    [
        ("melody", MelodyConverter(slice_bars=2, programs="melody"), 8),
        ("melody", MelodyConverter(slice_bars=16, programs="melody"), 16),
        ("trio", MelodyConverter(slice_bars=16, programs="melody"), 16),
        ("trio", MelodyConverter(slice_bars=16, programs="bass"), 16),
        ("trio", DrumsConverter(slice_bars=2), 8),
        ("trio", DrumsConverter(slice_bars=16), 17),
        ("trio", TrioConverter(slice_bars=16, gap_bars=2), 17),
        ("trio", TrioConverter(slice_bars=16, gap_bars=2, chord_encoding="triads", condition_on_key=True), 17),
        ("band", TrioConverter(slice_bars=16, gap_bars=2), 17),
        ("band", MultitrackConverter(num_velocity_bins=8), 32),  # every bar
        ("drums", DrumsConverter(slice_bars=2), 2),
    ],
)
def test_every_clip_gives_examples_to_the_converters_of_the_recipes(
    parts: str, converter: gen.Converter, least: int
) -> None:
    for item in corpus(parts, clips=24, seed=5):
        found = converter.convert(gen.read_midi(item.read()), rng=np.random.default_rng(0))
        assert len(found.examples) >= least, (item.id, found.rejection)


def test_sixteen_bars_are_enough_for_a_trio() -> None:
    for item in corpus("trio", clips=12, bars=16):
        assert len(TrioConverter(slice_bars=16, gap_bars=2).convert(gen.read_midi(item.read())).examples) == 1


@pytest.mark.parametrize(
    ("tab", "swings"),
    [("x---x-x-", "x---x--x"), ("..x-x-x-", "...xx--x"), ("x-..x---", "x--.x---"), ("x-------", "x-------")],
)
def test_swung_tabs_move_the_off_beat_to_the_last_place(tab: str, swings: str) -> None:
    assert swung(tab) == swings


def test_a_tab_says_where_notes_begin_and_how_long_they_are() -> None:
    assert [(beat.step, beat.steps, beat.mark) for beat in beats_of(".1--5.a-")] == [
        (1, 3, "1"),
        (4, 1, "5"),
        (6, 2, "a"),
    ]


def test_drums_alone_are_no_piece_and_unknown_parts_are_refused() -> None:
    with pytest.raises(ValueError, match="no piece"):
        Demo().piece(0)
    with pytest.raises(ValueError, match="parts must be one of"):
        Demo(parts="quartet")  # type: ignore[arg-type]
