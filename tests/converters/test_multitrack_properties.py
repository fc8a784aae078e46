"""What holds for every performance, whatever its notes, tokens and options."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import gen
from gen_converters.multitrack.converter import MultitrackConverter
from gen_converters.multitrack.events import ends_of

QUARTER = 24
BAR = 4 * QUARTER
NOTES = st.lists(
    st.tuples(
        st.integers(0, 127),
        st.integers(1, 127),
        st.floats(0, 9),
        st.floats(0, 3),
        st.sampled_from([0, 5, 33]),
        st.booleans(),
        st.integers(0, 3),
    ),
    max_size=40,
)
CROWDED = st.lists(
    st.tuples(
        st.integers(60, 62),
        st.sampled_from([10, 20, 100]),
        st.integers(0, 192).map(lambda step: step / 48),
        st.integers(0, 120).map(lambda step: step / 48),
        st.sampled_from([0, 5]),
        st.just(False),
        st.integers(0, 1),
    ),
    min_size=1,
    max_size=25,
)
"""Few pitches and times on the grid of 120 quarter notes a minute, so that notes overlap and meet."""


def sequence(rows: list[tuple[Any, ...]], **more: Any) -> gen.NoteSequence:
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
        **more,
    )


def first_in_first_out(keys: list[int], on: list[bool]) -> list[int]:
    ends = [-1] * len(keys)
    waiting = defaultdict(list)
    for index, (key, begins) in enumerate(zip(keys, on, strict=True)):
        if begins:
            waiting[key].append(index)
        elif waiting[key]:
            ends[waiting[key].pop(0)] = index
    return ends


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=60))
def test_pairs_agree_with_queues(events: list[tuple[int, bool]]) -> None:
    keys, on = [key for key, _ in events], [begins for _, begins in events]
    assert ends_of(np.array(keys, np.int64), np.array(on, np.bool_)).tolist() == first_in_first_out(keys, on)


Event = tuple[str, int]


class Performance:
    """One track of a piece, event by event, as the original's description says it."""

    def __init__(self, notes: list[tuple[float, int, int, int, int]]) -> None:
        """Notes as (onset that orders them, pitch, bin, start step, end step)."""
        self.events: list[Event] = []
        notes = sorted(notes, key=lambda note: (note[0], note[1]))
        happening = [(note[3], index, False) for index, note in enumerate(notes)]
        happening += [(note[4], index, True) for index, note in enumerate(notes)]
        now, loudness = 0, -1
        for step, index, ends in sorted(happening):
            self.wait(step - now)
            now = step
            _, pitch, loud, _, _ = notes[index]
            if not ends and loud != loudness:
                self.events.append(("loud", loud))
                loudness = loud
            self.events.append(("off" if ends else "on", pitch))

    def wait(self, steps: int) -> None:
        if self.events and self.events[-1][0] == "wait" and steps:
            steps += self.events.pop()[1]
        while steps > 0:
            self.events.append(("wait", min(steps, BAR)))
            steps -= BAR

    def fit(self, steps: int) -> None:
        """Pad, or trim from the end: events behind the cut go, those on it stay."""
        excess = sum(value for kind, value in self.events if kind == "wait") - steps
        self.wait(-excess)
        while excess > 0:
            kind, value = self.events.pop()
            if kind == "wait":
                if value > excess:
                    self.events.append(("wait", value - excess))
                excess -= value

    def chunks(self, count: int, steps: int) -> list[Performance]:
        """Note-offs at an edge belong before it, all else behind it; what sounds across it ends there."""
        notes: list[list[tuple[float, int, int, int, int]]] = [[] for _ in range(count)]
        sounding: list[dict[int, list[list[int]]]] = [defaultdict(list) for _ in range(count)]
        now = loudness = 0
        for kind, value in self.events:
            if kind == "wait":
                now += value
            elif kind == "loud":
                loudness = value
            elif kind == "on" and now < count * steps:
                sounding[now // steps][value].append([now % steps, loudness])
            elif kind == "off":
                chunk = (now - 1) // steps
                if sounding[chunk][value]:
                    start, loud = sounding[chunk][value].pop(0)
                    notes[chunk].append((start, value, loud, start, now - chunk * steps))
        for found, left in zip(notes, sounding, strict=True):
            found += [(start, pitch, loud, start, steps) for pitch, held in left.items() for start, loud in held]
        performances = [Performance(found) for found in notes]
        for performance in performances:
            performance.fit(steps)
        return performances

    def tokens(self, program: int) -> list[int]:
        first = {"on": 0, "off": 128, "wait": 255, "loud": 352}
        played = any(kind == "on" for kind, _ in self.events)
        return [program if played else 488, *(first[kind] + value for kind, value in self.events), 489]


@settings(deadline=None)
@given(rows=CROWDED, bars=st.sampled_from([(1, 1), (2, 1), (2, 2), (4, 2)]))
def test_tokens_agree_with_an_event_by_event_performance(rows: list[Any], bars: tuple[int, int]) -> None:
    hop, chunk = bars
    end = max(start + length for _, _, start, length, *_ in rows)
    assume(all(start < end for _, _, start, *_ in rows))  # MIDI holds no note without length behind all others
    converter = MultitrackConverter(
        num_velocity_bins=8,
        hop_size_bars=hop,
        chunk_size_bars=chunk,
        min_num_instruments=1,
        min_total_events=1,
        max_events_per_instrument=160,
    )
    pieces: dict[int, dict[tuple[int, int], list[tuple[float, int, int, int, int]]]] = defaultdict(dict)
    for pitch, velocity, start, length, program, _, instrument in sorted(rows, key=lambda row: row[2]):
        piece, onset = divmod(start, 2 * hop)
        begin, end = round(onset * 48), round(min(onset + length, 2 * hop) * 48)
        track = pieces[int(piece)].setdefault((program, instrument), [])
        track.append((onset, pitch, (velocity - 1) // 16, begin, max(end, begin + 1)))
    expected = []
    for _, tracks in sorted(pieces.items()):
        lists = [[[489]] * 8 for _ in range(hop // chunk)]
        for slot, ((program, _), notes) in enumerate(sorted(tracks.items())):
            whole = Performance(notes)
            whole.fit(hop * BAR)
            for chunk_lists, performance in zip(lists, whole.chunks(hop // chunk, chunk * BAR), strict=True):
                chunk_lists[slot] = performance.tokens(360 + program)
        expected.append([one for chunk_lists in lists for one in chunk_lists])
    found = []
    for example in converter.to_tensors(sequence(rows)):
        lists = example.outputs.argmax(axis=1).reshape(-1, 160)
        found.append([one[:length].tolist() for one, length in zip(lists, np.asarray(example.length), strict=True)])
    assert found == expected


CONVERTERS: dict[str, MultitrackConverter] = {
    "published": MultitrackConverter(num_velocity_bins=8),
    "no loudness": MultitrackConverter(),
    "two chunks": MultitrackConverter(num_velocity_bins=8, hop_size_bars=2, max_events_per_instrument=100),
    "long chunks": MultitrackConverter(hop_size_bars=4, chunk_size_bars=2, steps_per_quarter=12, num_velocity_bins=127),
    "chords": MultitrackConverter(num_velocity_bins=8, chord_encoding="triads"),
    "chords, strictly": MultitrackConverter(
        hop_size_bars=2, chord_encoding="major-minor", coincident_chords="reject", min_num_instruments=1
    ),
    "squeezed": MultitrackConverter(
        max_num_instruments=2, max_events_per_instrument=8, drop_tracks_and_truncate=True, chord_encoding="triads"
    ),
    "narrow": MultitrackConverter(min_pitch=40, max_pitch=80, num_velocity_bins=3, min_total_events=1),
    "single": MultitrackConverter(first_subsequence_only=True, hop_size_bars=6, max_events_per_instrument=200),
}
CHANGES = st.lists(st.tuples(st.floats(0, 12), st.sampled_from([60.0, 97.0, 120.0])), max_size=3)
METRES = st.lists(st.tuples(st.floats(0, 12), st.sampled_from([(4, 4), (3, 4), (2, 2), (5, 3)])), max_size=2)
SYMBOLS = st.lists(st.tuples(st.floats(0, 12), st.sampled_from(["C", "Am", "N.C.", "Csus4", "{}"])), max_size=4)
PEDALS = st.lists(st.tuples(st.floats(0, 12), st.integers(0, 127), st.integers(0, 3)), max_size=5)


@settings(deadline=None, max_examples=40)
@pytest.mark.parametrize("converter", CONVERTERS.values(), ids=CONVERTERS)
@given(rows=NOTES, tempos=CHANGES, metres=METRES, symbols=SYMBOLS, pedals=PEDALS)
def test_any_sequence_gives_examples_of_the_declared_shape_or_a_reason(
    converter: MultitrackConverter,
    rows: list[Any],
    tempos: list[Any],
    metres: list[Any],
    symbols: list[Any],
    pedals: list[Any],
) -> None:
    notes = sequence(
        rows,
        tempos=gen.notes.Tempos(time=np.array([t for t, _ in tempos]), qpm=np.array([qpm for _, qpm in tempos])),
        time_signatures=gen.notes.TimeSignatures(
            time=np.array([t for t, _ in metres]),
            numerator=np.array([n for _, (n, _) in metres], np.int64),
            denominator=np.array([d for _, (_, d) in metres], np.int64),
        ),
        chords=tuple(gen.notes.Chord(time, text) for time, text in symbols),
        control_changes=gen.notes.ControlChanges(
            time=np.array([time for time, _, _ in pedals]),
            number=np.array(64) if pedals else np.zeros(0),
            value=np.array([value for _, value, _ in pedals], np.int64),
            instrument=np.array([instrument for _, _, instrument in pedals], np.int64),
            program=np.array(0) if pedals else np.zeros(0),
            is_drum=np.array(False) if pedals else np.zeros(0),
        ),
    )
    conversion = converter.convert(notes)
    if not conversion.examples:
        assert conversion.rejection is not None
        assert conversion.rejection.detail
        return
    for example in conversion.examples:
        assert example.outputs.shape == (converter.steps, converter.output_depth)
        lengths = np.asarray(example.length)
        rows_of = example.outputs.reshape(len(lengths), -1, converter.output_depth).sum(axis=2)
        np.testing.assert_array_equal(rows_of, np.arange(rows_of.shape[1]) < lengths[:, np.newaxis])
        if converter.control_depth:
            assert example.controls is not None
            np.testing.assert_array_equal(example.controls.sum(axis=1), example.outputs.sum(axis=1))


@settings(deadline=None, max_examples=40)
@pytest.mark.parametrize("name", ["published", "no loudness", "two chunks", "long chunks"])
@given(rows=st.one_of(NOTES, CROWDED), qpm=st.sampled_from([60.0, 97.0, 120.0, 133.3]))
def test_what_was_decoded_is_encoded_again_as_it_was(name: str, rows: list[Any], qpm: float) -> None:
    """For windows in which every track has a note: of one without any nothing is left but drums that are silent."""
    converter = CONVERTERS[name]
    examples = converter.to_tensors(sequence(rows))
    assume(examples)
    for example in examples:
        (clip,) = converter.from_tensors(example.outputs[np.newaxis], qpm=qpm)
        tracks = (np.asarray(example.length).reshape(-1, 8).max(axis=0) > 1).sum()
        if len(set(clip.instrument.tolist())) < tracks:
            continue
        (again,) = converter.to_tensors(clip)
        np.testing.assert_array_equal(again.outputs, example.outputs)
        np.testing.assert_array_equal(again.length, example.length)


@settings(deadline=None, max_examples=40)
@pytest.mark.parametrize("name", ["published", "two chunks", "chords", "narrow", "squeezed"])
@given(seed=st.integers(0, 2**32 - 1))
def test_any_tokens_at_all_can_be_played(name: str, seed: int) -> None:
    converter = CONVERTERS[name]
    rng = np.random.default_rng(seed)
    rows = rng.random((2, converter.steps, converter.output_depth))
    controls = rng.random((2, converter.steps, converter.control_depth)) if converter.control_depth else None
    clips = converter.from_tensors(rows, controls)
    assert len(clips) == 2
    for clip in clips:
        assert (clip.start >= 0).all()
        assert (clip.end > clip.start).all()
        assert (clip.end <= clip.total_time + 1e-9).all()
        assert (clip.velocity >= 1).all()
        converter.convert(clip)
    original = converter.from_tensors(rows, controls, original_decode=True)
    assert [len(clip) for clip in original] == [len(clip) for clip in clips]


@settings(deadline=None, max_examples=40)
@given(rows=NOTES)
def test_a_clip_agrees_with_itself(rows: list[Any]) -> None:
    converter = CONVERTERS["published"]
    examples = converter.to_tensors(sequence(rows))
    assume(examples)
    outputs = np.stack([example.outputs for example in examples])
    lengths = np.stack([example.length for example in examples])
    columns = converter.statistics(outputs, outputs, lengths, np.full(len(examples), 120.0))
    np.testing.assert_array_equal(columns["tokens_right"], lengths.sum(axis=1))
    np.testing.assert_array_equal(columns["onset_false_positives"], 0)
    np.testing.assert_array_equal(columns["programs_right"], columns["tracks"])
