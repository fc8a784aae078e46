"""From decoded groove cells to notes.

A hit sounds where its probability is above one half, is played on the first pitch of its class, lasts one step and
starts ``offset`` half steps before its step. Source: magenta, music_vae/data.py: GrooveConverter.from_tensors.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from gen import NoteSequence
from gen_converters.common.arrays import Decoded
from gen_converters.common.voices import DRUM_INSTRUMENT, timing
from gen_converters.groove.rows import Cells, RowLayout


def play(
    cells: Cells, pitches: Sequence[int], *, steps_per_quarter: int, qpm: float, faithful: bool = False
) -> list[NoteSequence]:
    """Play decoded cells ``[B, T, C]`` as drum notes of C pitches, in order of step and class, in B sequences.

    Where ``faithful``, exactly what the original gives, which may start before zero, be silent (velocity 0), sound past
    the last step, and has no length. Otherwise every note is audible and lies within the T steps, and ``total_time`` is
    T steps, so that a clip loops.
    """
    batch, steps, _ = cells.hit.shape
    step_length = 60.0 / qpm / steps_per_quarter
    length = steps * step_length
    example, step, drum = np.nonzero(cells.hit > 0.5)
    velocity = np.rint(127.0 * cells.velocity[example, step, drum]).clip(0 if faithful else 1, 127).astype(np.int64)
    early = np.clip(cells.offset[example, step, drum] / 2.0, -0.5, 0.5)  # in steps
    start = (step - early) * step_length
    end = start + step_length
    if not faithful:
        start, end = np.maximum(start, 0.0), np.minimum(end, length)

    pitch = np.asarray(pitches, np.int64)[drum]
    tempos, signatures = timing(4, qpm)
    bounds = np.searchsorted(example, np.arange(batch + 1))
    return [
        NoteSequence(
            pitch=pitch[first:last],
            velocity=velocity[first:last],
            start=start[first:last],
            end=end[first:last],
            is_drum=np.array(True),
            instrument=np.array(DRUM_INSTRUMENT),
            tempos=tempos,
            time_signatures=signatures,
            total_time=0.0 if faithful else length,
        )
        for first, last in pairwise(bounds)
    ]


def original_cells(layout: RowLayout, rows: Decoded) -> Cells:
    """Read rows ``[B, R, depth]`` back as the original does: a bin comes back as its index over their number, and
    without ``split`` only the first T div C steps are read.
    """
    cells = layout.cells(rows)
    if layout.velocity_bins is None or layout.offset_bins is None:
        return cells
    # The values are centres, so searching finds their bins again.
    velocity = np.searchsorted(layout.velocity_bins.centres, cells.velocity) / layout.velocity_bins.count
    offset = np.searchsorted(layout.offset_bins.centres, cells.offset) / layout.offset_bins.count - 0.5
    steps = cells.hit.shape[1] if layout.split else cells.hit.shape[1] // layout.drums
    return Cells(
        hit=cells.hit[:, :steps],
        velocity=np.trunc(127.0 * velocity[:, :steps]) / 127.0,
        offset=2.0 * offset[:, :steps],
    )
