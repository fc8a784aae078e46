"""What holds for every melody, drum track and trio, whatever its notes and options."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gen
from gen_converters.common.drum_classes import REDUCED, class_of_pitch
from gen_converters.common.melody_lines import fit, melody_lines, whole_lines
from gen_converters.drums.converter import DrumsConverter
from gen_converters.melody.converter import MelodyConverter
from gen_converters.trio.converter import TrioConverter

TEMPOS = st.floats(40, 240)
NOTES = st.lists(
    st.tuples(
        st.integers(0, 127),
        st.integers(0, 127),
        st.floats(0, 20),
        st.floats(0, 5),
        st.sampled_from([0, 5, 33, 40]),
        st.booleans(),
        st.integers(0, 3),
    ),
    max_size=40,
)


def sequence(rows: list[tuple[Any, ...]], qpm: float = 120.0) -> gen.NoteSequence:
    columns = [np.array(column) for column in zip(*rows, strict=True)] if rows else [np.zeros(0)] * 7
    pitch, velocity, start, length, program, is_drum, instrument = columns
    return gen.NoteSequence(
        pitch=pitch,
        velocity=velocity,
        start=start,
        end=start + length,
        program=program,
        is_drum=is_drum,
        instrument=instrument,
        tempos=gen.notes.Tempos(time=np.zeros(1), qpm=np.array([qpm])),
    )


def step(time: float, qpm: float) -> int:
    return math.trunc(time * (4 * qpm / 60) + 0.5)


def melodies_note_by_note(notes: gen.NoteSequence, qpm: float, gap_bars: float) -> list[list[int]]:
    """The original's procedure as its description says it: write a note, cut what it overlaps, stop at a gap."""
    found = []
    for instrument in sorted(set(notes.instrument.tolist())):
        rows = [
            (step(note.start, qpm), -note.pitch, index, max(step(note.end, qpm), step(note.start, qpm) + 1), note)
            for index, note in enumerate(notes)
            if note.instrument == instrument and 21 <= note.pitch <= 108
        ]
        rows = sorted(rows, key=lambda row: (row[0], row[1], notes.start[row[2]], row[2]))
        search = 0
        while True:
            rows = [row for row in rows if row[0] >= search]
            events: list[int] = []
            on = off = -1
            origin = rows[0][0] // 16 * 16 if rows else 0
            for start, _, _, end, note in rows:
                if note.is_drum or not note.velocity:
                    continue
                begin, until = start - origin, end - origin
                if events:
                    if begin == on:
                        continue
                    if begin - off >= gap_bars * 16:
                        break
                events = (events + [0] * until)[:begin] + [note.pitch - 19] + [0] * (until - begin - 1) + [1]
                on, off = begin, until
            if not events:
                break
            events.pop()
            missing = -len(events) % 16
            events += ([1] + [0] * (missing - 1)) if missing else []
            found.append(events)
            search = origin + len(events)
    return found


@given(rows=NOTES, qpm=TEMPOS, gap_bars=st.sampled_from([0.25, 1.0, 2.0, math.inf]))
def test_melodies_agree_with_a_note_by_note_extraction(rows: list[Any], qpm: float, gap_bars: float) -> None:
    notes = sequence(rows, qpm)
    converter = MelodyConverter(gap_bars=None if gap_bars == math.inf else gap_bars, dedupe_event_lists=False)
    found = [example.outputs.argmax(axis=1).tolist() for example in converter.to_tensors(notes)]
    assert found == melodies_note_by_note(notes, qpm, gap_bars)


@given(rows=NOTES, qpm=TEMPOS, steps=st.integers(0, 200))
def test_whole_lines_are_the_melodies_of_each_instrument_laid_out(rows: list[Any], qpm: float, steps: int) -> None:
    notes = sequence([row for row in rows if row[1] and not row[5]], qpm)
    grid = gen.notes.quantise(notes)
    taken = np.arange(len(notes))
    found = whole_lines(notes, grid, taken, notes.instrument, min_pitch=0, instruments=4, steps=steps)
    for instrument, events in enumerate(found):
        own = np.flatnonzero(notes.instrument == instrument)
        lines = melody_lines(notes, grid, own, min_pitch=0, steps_per_bar=16, gap=math.inf, skip_polyphony=False)
        assert events.tolist() == (fit(lines[0], steps).events.tolist() if lines else [0] * steps)


def tracks_step_by_step(notes: gen.NoteSequence, qpm: float, gap_bars: float) -> list[list[int]]:
    lookup = class_of_pitch(REDUCED)
    struck: dict[int, int] = {}
    for note in notes:
        if note.is_drum and note.velocity and lookup[note.pitch] >= 0:
            where = step(note.start, qpm)
            struck[where] = struck.get(where, 0) | 1 << int(lookup[note.pitch])
    found = []
    search = 0
    while any(where >= search for where in struck):
        events: list[int] = []
        origin = min(where for where in struck if where >= search) // 16 * 16
        for where in sorted(where for where in struck if where >= search):
            if events and where - origin - len(events) >= gap_bars * 16:
                break
            events += [0] * (where - origin - len(events)) + [struck[where]]
        events += [0] * (-len(events) % 16)
        found.append(events)
        search = origin + len(events)
    return found


@given(rows=NOTES, qpm=TEMPOS, gap_bars=st.sampled_from([0.25, 1.0, 2.0, math.inf]))
def test_drum_tracks_agree_with_a_step_by_step_extraction(rows: list[Any], qpm: float, gap_bars: float) -> None:
    notes = sequence(rows, qpm)
    converter = DrumsConverter(gap_bars=None if gap_bars == math.inf else gap_bars)
    found = [example.outputs.argmax(axis=1).tolist() for example in converter.to_tensors(notes)]
    expected = tracks_step_by_step(notes, qpm, gap_bars)
    assert found == [line for index, line in enumerate(expected) if line not in expected[:index]]


CONVERTERS: dict[str, gen.Converter] = {
    "melody": MelodyConverter(),
    "melody, two bars": MelodyConverter(slice_bars=2, gap_bars=0),
    "melody, end token, chords": MelodyConverter(add_end_token=True, chord_encoding="triads", condition_on_key=True),
    "melody, padded": MelodyConverter(slice_bars=1, pad_to_total_time=True, max_bars=3),
    "melody, not split": MelodyConverter(presplit_on_time_changes=False, skip_polyphony=True),
    "drums": DrumsConverter(),
    "drums, rolls, end token": DrumsConverter(slice_bars=2, roll_input=True, roll_output=True, add_end_token=True),
    "drums, every pitch": DrumsConverter(pitch_classes="full", roll_input=True, roll_output=True, gap_bars=2.0),
    "trio": TrioConverter(slice_bars=2, gap_bars=1),
    "trio, chords": TrioConverter(slice_bars=1, chord_encoding="major-minor", unknown_chords="part"),
}
CHANGES = st.lists(st.tuples(st.floats(0, 22), st.sampled_from([60.0, 90.0, 120.0])), max_size=3)
METRES = st.lists(st.tuples(st.floats(0, 22), st.sampled_from([(4, 4), (3, 4), (2, 2), (5, 3)])), max_size=2)


@settings(deadline=None)
@pytest.mark.parametrize("converter", CONVERTERS.values(), ids=CONVERTERS)
@given(rows=NOTES, tempos=CHANGES, metres=METRES)
def test_any_sequence_gives_examples_of_the_declared_shape_or_a_reason(
    converter: gen.Converter, rows: list[Any], tempos: list[Any], metres: list[Any]
) -> None:
    notes = sequence(rows)
    notes = gen.NoteSequence(
        **{name: getattr(notes, name) for name in gen.NoteSequence._dtypes},
        tempos=gen.notes.Tempos(time=np.array([t for t, _ in tempos]), qpm=np.array([qpm for _, qpm in tempos])),
        time_signatures=gen.notes.TimeSignatures(
            time=np.array([t for t, _ in metres]),
            numerator=np.array([n for _, (n, _) in metres], np.int64),
            denominator=np.array([d for _, (_, d) in metres], np.int64),
        ),
    )
    conversion = converter.convert(notes)
    if not conversion.examples:
        assert conversion.rejection is not None
        assert conversion.rejection.detail
        return
    for example in conversion.examples:
        assert example.outputs.shape == (example.length, converter.output_depth)
        assert example.inputs.shape == (example.length, converter.input_depth)
        assert converter.steps in (None, example.length)
        assert example.outputs.dtype == example.inputs.dtype == np.float32
        if converter.control_depth:
            assert example.controls is not None
            assert example.controls.shape == (example.length, converter.control_depth)
        else:
            assert example.controls is None


@pytest.mark.parametrize("name", ["melody", "drums", "drums, rolls, end token", "drums, every pitch", "trio"])
@settings(deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_what_was_decoded_is_encoded_again_as_it_was(name: str, seed: int) -> None:
    """For rows that hold what notes can say: no note-off before a note or after one, and an onset in the first bar."""
    converter = CONVERTERS[name]
    rng = np.random.default_rng(seed)
    if name == "melody":
        rows = np.eye(90, dtype=np.float32)[melody_events(rng)]
    elif name == "trio":
        drums = np.where(rng.random(32) < 0.5, 0, rng.integers(0, 512, 32))
        drums[[0, 31]] = 1
        streams = [np.eye(90)[melody_events(rng)], np.eye(90)[melody_events(rng)], np.eye(512)[drums]]
        rows = np.concatenate(streams, axis=1).astype(np.float32)
    else:
        rows = drum_rows(converter, rng, end=name == "drums, rolls, end token")
    (clip,) = converter.from_tensors(rows[np.newaxis])
    (again,) = converter.to_tensors(clip)
    np.testing.assert_array_equal(again.outputs, rows)


def melody_events(rng: np.random.Generator) -> np.ndarray:
    """Two bars that begin with a note, never rest for a bar, and end with a note that sounds to the end."""
    events = np.zeros(32, int)
    onsets = np.union1d(np.flatnonzero(rng.random(32) < 0.2), [0, 12, 20, 29])
    events[onsets] = rng.integers(2, 90, len(onsets))
    for onset, following in pairwise(onsets):
        if following - onset > 1 and rng.random() < 0.5:
            events[rng.integers(onset + 1, following)] = 1
    return events


def drum_rows(converter: gen.Converter, rng: np.random.Generator, *, end: bool) -> np.ndarray:
    depth = converter.output_depth
    if depth == 512:
        events = np.where(rng.random(32) < 0.5, 0, rng.integers(0, 512, 32))
        events[[0, 15, 31]] = 1
        return np.eye(512, dtype=np.float32)[events]
    rows = (rng.random((32, depth)) < 0.2).astype(np.float32)
    rows[[0, 15, 31], 0] = 1
    if end:
        rows[:, -1] = 0
        rows = np.concatenate([rows, np.eye(depth, dtype=np.float32)[-1:]])
    return rows
