"""The drum tables: their sizes, and the pitches on which they disagree."""

from __future__ import annotations

import numpy as np
import pytest

from gen_converters.common.drum_classes import CLASS_NAMES, FULL, REDUCED, ROLAND, class_of_pitch, drum_classes


def test_the_tables_have_the_classes_and_pitches_of_the_original() -> None:
    assert len(ROLAND) == len(REDUCED) == len(CLASS_NAMES) == 9
    assert sum(map(len, ROLAND)) == 22
    assert sum(map(len, REDUCED)) == 63
    assert len(FULL) == 61
    assert sorted(pitch for (pitch,) in FULL) == list(range(27, 88))
    assert sorted(pitch for pitches in REDUCED for pitch in pitches) == [22, 26, *range(27, 88)]


def test_roland_and_reduced_disagree_on_three_pitches_only() -> None:
    roland, reduced = class_of_pitch(ROLAND), class_of_pitch(REDUCED)
    mapped = np.flatnonzero(roland >= 0)
    different = {int(p): (int(roland[p]), int(reduced[p])) for p in mapped if roland[p] != reduced[p]}
    assert different == {45: (5, 4), 48: (6, 5), 58: (4, 7)}


@pytest.mark.parametrize(("pitch", "index"), [(36, 0), (56, 12), (43, 48), (52, 57), (58, 55), (60, 41), (82, 60)])
def test_the_full_table_is_in_the_order_it_was_trained_in(pitch: int, index: int) -> None:
    assert class_of_pitch(FULL)[pitch] == index


def test_a_pitch_that_no_class_takes_is_marked() -> None:
    lookup = class_of_pitch(drum_classes([[36], [38, 40]]))
    assert lookup.shape == (128,)
    assert {pitch: int(lookup[pitch]) for pitch in (36, 38, 40, 0, 127)} == {36: 0, 38: 1, 40: 1, 0: -1, 127: -1}
