"""What a layout says of pitches and roots: moving classes within their spans is transposing the music."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gen
from gen.registry.components import registry

REACH = 6
"""Half steps up and down, so far from the ends of every converter's range that no note leaves it."""

VARIANTS: dict[str, dict[str, Any]] = {
    "melody": {"slice_bars": 1, "chord_encoding": "triads", "condition_on_key": True, "add_end_token": True},
    "drums": {"slice_bars": 1},
    "trio": {"slice_bars": 1, "chord_encoding": "triads", "condition_on_key": True},
    "groove": {"split_bars": 1, "drums_only": True},
    "multitrack": {"num_velocity_bins": 8, "chord_encoding": "triads", "min_num_instruments": 1},
}
NOTES = st.lists(st.tuples(st.integers(21 + REACH, 108 - REACH), st.integers(0, 60), st.integers(1, 12)), max_size=30)
CHORDS = st.lists(st.sampled_from(["C", "Am", "Gaug", "F#dim", "Bb", "N.C."]), min_size=8, max_size=8)


def band(melody: list[Any], bass: list[Any], chords: list[str], key: int) -> gen.NoteSequence:
    """Four bars, 120 qpm: what is given, and a drum at every beat, with a chord at every half bar."""
    drums = [(36, 4 * beat, 1) for beat in range(16)]
    rows = [*melody, *bass, *drums]
    sizes = [len(melody), len(bass), len(drums)]
    start = np.array([start for _, start, _ in rows]) / 8
    return gen.NoteSequence(
        pitch=np.array([pitch for pitch, _, _ in rows]),
        start=start,
        end=start + np.array([length for _, _, length in rows]) / 8,
        program=np.repeat([0, 33, 0], sizes),
        is_drum=np.repeat([False, False, True], sizes),
        instrument=np.repeat([0, 1, 2], sizes),
        tempos=gen.notes.Tempos(time=np.zeros(1), qpm=np.array([120.0])),
        key_signatures=gen.notes.KeySignatures(time=np.zeros(1), key=np.array([key]), mode=np.zeros(1, np.int64)),
        chords=tuple(gen.notes.Chord(float(index), text) for index, text in enumerate(chords)),
    )


def moved(rows: gen.interfaces.Rows, segments: int, semitones: int) -> list[Any]:
    """Stored rows, in so many segments, with every class moved that stands for a pitch or a root."""
    found = []
    for field, values in zip(rows.fields, rows.stored, strict=True):
        if isinstance(field, gen.interfaces.OneHot):
            to = np.arange(field.width + 1)
            for first, last in field.pitched:
                to[first:last] += semitones
            for first, last in field.roots:
                to[first:last] = first + (np.arange(last - first) + semitones) % 12
            by_segment = values.reshape(segments, -1)
            unpitched = by_segment[:, :1] == field.unpitched_after
            found.append(np.where(unpitched, by_segment, to[by_segment]).reshape(values.shape))
        else:
            found.append(values)
    return found


@pytest.mark.parametrize("name", registry().names("converter"))
@settings(deadline=None, max_examples=50)
@given(melody=NOTES, bass=NOTES, chords=CHORDS, key=st.integers(0, 11), semitones=st.integers(-REACH, REACH))
def test_moving_classes_is_converting_the_transposed_sequence(
    name: str, melody: list[Any], bass: list[Any], chords: list[str], key: int, semitones: int
) -> None:
    converter: gen.Converter = registry().find("converter", name)(**VARIANTS.get(name, {}))
    notes = band(melody, bass, chords, key)
    before = converter.to_tensors(notes)
    after = converter.to_tensors(gen.notes.transpose(notes, semitones))
    for one, other in zip(before, after, strict=True):
        for was, now in zip(vars(one.given).values(), vars(other.given).values(), strict=True):
            if was is None:
                assert now is None
                continue
            assert isinstance(was, gen.interfaces.Rows)
            assert isinstance(now, gen.interfaces.Rows)
            for expected, found in zip(moved(was, np.size(one.length), semitones), now.stored, strict=True):
                np.testing.assert_array_equal(found, expected)
