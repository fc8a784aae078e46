"""Valid groove tensors, by chance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from hypothesis import strategies as st

import gen

_TICKS = 2400  # a quarter note, as gen writes MIDI files
_LATEST = 0.98  # half steps; at one half a step belongs to its neighbour
_MOST_BARS = 4


def _edges(low: float, count: int) -> np.ndarray:
    return np.linspace(low, 1.0001, count)


@st.composite
def grooves(
    draw: st.DrawFn, converter: gen.Converter, options: Mapping[str, Any]
) -> tuple[np.ndarray, np.ndarray | None]:
    """Hits with velocities in 127ths (never 0, which MIDI can't hold) and offsets in whole ticks, or a bin of each.

    Left out: the softest velocity bin and the latest offset bin, which hold one value each that no hit has; onsets
    before zero; offsets within a fiftieth of the next step; and, where a window has so many bars, hits that end before
    its last bar.

    Returns:
        Outputs ``[T, depth]``, and the controls that go with them.
    """
    drums = len(converter.drum_classes or ())
    bar = options["steps_per_quarter"] * options["quarters_per_bar"]
    steps = bar * (options["split_bars"] or draw(st.integers(1, _MOST_BARS)))
    velocity_bins, offset_bins = options["num_velocity_bins"], options["num_offset_bins"]
    half = _TICKS // options["steps_per_quarter"] // 2
    latest = int(_LATEST * half)
    loud = st.integers(1, velocity_bins - 1 if velocity_bins else 127)
    moved = st.integers(1, offset_bins - 1) if offset_bins else st.integers(-latest, latest)
    cell = st.tuples(loud, moved)
    struck = draw(
        st.dictionaries(st.tuples(st.integers(0, steps - 1), st.integers(0, drums - 1)), cell, min_size=1, max_size=32)
    )
    if max(step for step, _ in struck) < steps - bar:
        struck[draw(st.integers(steps - bar, steps - 1)), 0] = draw(cell)

    rest = int(np.searchsorted(_edges(-1.0, offset_bins), 0.0)) if offset_bins else 0  # the bin of no offset
    hit = np.zeros((steps, drums), np.float32)
    velocity = np.zeros((steps, drums), np.int64)
    offset = np.full((steps, drums), rest, np.int64)
    for (step, drum), (loudness, early) in struck.items():
        hit[step, drum], velocity[step, drum], offset[step, drum] = 1, loudness, early
    offset[0] = np.minimum(offset[0], rest)
    if velocity_bins:
        values = [np.eye(velocity_bins)[velocity], np.eye(offset_bins)[offset]]  # [T, C, bins]
    else:
        values = [(velocity / 127)[..., np.newaxis], (offset / half)[..., np.newaxis]]
    rows = steps * drums if options["split_instruments"] else steps
    outputs = np.concatenate([field.reshape(rows, -1) for field in (hit, *values)], axis=1).astype(np.float32)
    controls = [hit.reshape(rows, -1)] if options["hits_as_controls"] else []
    if options["split_instruments"]:
        controls.append(np.tile(np.eye(drums), (steps, 1)))
    return outputs, np.concatenate(controls, axis=1).astype(np.float32) if controls else None
