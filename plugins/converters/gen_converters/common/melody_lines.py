"""Notes to melodies: one line of events for each phrase of each instrument.

Classes of a step: 0 nothing happens (a note goes on, or silence does), 1 the note ends, 2 and above a note of pitch
``min_pitch`` and above begins. Any later note cuts the one before it, even a lower or shorter one.
Sources: note_seq, melodies_lib.py (Melody.from_quantized_sequence); magenta, melody_pipelines.py (extract_melodies).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gen import NoteSequence
from gen.notes import Grid
from gen_converters.common.arrays import Ints
from gen_converters.common.cuts import Line, stretches

NOTHING, NOTE_OFF, FIRST_NOTE = 0, 1, 2


def melody_lines(
    notes: NoteSequence, grid: Grid, rows: Ints, *, min_pitch: int, steps_per_bar: int, gap: float, skip_polyphony: bool
) -> list[Line]:
    """The melodies of one instrument, whose notes are the ``rows [M]`` of a part, whole bars each, in order of time.

    No note is lower than ``min_pitch``. With ``skip_polyphony`` they end at the first two notes that begin together,
    and the melody that these are in is lost; otherwise the higher one is taken.
    """
    order = rows[np.lexsort((-notes.pitch[rows], grid.start_step[rows]))]
    heard = (notes.velocity[order] > 0) & ~notes.is_drum[order]
    silent = grid.start_step[order[~heard]]  # they count for where a melody begins, as in the original
    order = order[heard]
    onset = grid.start_step[order]
    together = onset[1:] == onset[:-1]
    if not skip_polyphony:
        order = order[np.append(True, ~together)] if len(order) else order
        onset = grid.start_step[order]
    release = grid.end_step[order]
    classes = notes.pitch[order] - min_pitch + FIRST_NOTE
    lines = []
    for stretch in stretches(onset, release, steps_per_bar=steps_per_bar, gap=gap, silent=silent):
        if skip_polyphony and together[stretch.first : stretch.last - 1].any():
            break
        cut = slice(stretch.first, stretch.last)
        events = np.zeros(stretch.steps, np.int16)
        until = np.append(onset[cut][1:], stretch.origin + stretch.steps)
        events[release[cut][release[cut] < until] - stretch.origin] = NOTE_OFF
        events[onset[cut] - stretch.origin] = classes[cut]
        lines.append(Line(stretch.origin, events))
    return lines


def whole_lines(
    notes: NoteSequence, grid: Grid, rows: Ints, instrument: Ints, *, min_pitch: int, instruments: int, steps: int
) -> npt.NDArray[np.uint8]:
    """One melody for each instrument, from step 0 to ``steps``, uint8 ``[I, steps]``.

    The same as `melody_lines` with an infinite gap and then `fit`, for all instruments at once. ``rows [M]`` are the
    notes to take, none of them drums or silent, or outside 254 half steps, and ``instrument [M]`` whose each is.
    """
    order = np.lexsort((-notes.pitch[rows], grid.start_step[rows], instrument))
    rows, instrument = rows[order], instrument[order]
    place = instrument * (steps + 1) + np.minimum(grid.start_step[rows], steps)  # what is past the end is lost
    begins = np.append(True, place[1:] != place[:-1])[: len(place)]
    rows, instrument, place = rows[begins], instrument[begins], place[begins]
    ends = instrument * (steps + 1) + np.minimum(grid.end_step[rows], steps)
    events = np.zeros((instruments, steps + 1), np.uint8)
    # Where a note ends after the next one has begun, that onset takes its place: so note-offs are written first, and
    # only those before it.
    before_next = np.append(ends[:-1] < place[1:], True)[: len(ends)]
    events.flat[ends[before_next]] = NOTE_OFF
    events.flat[place] = notes.pitch[rows] - min_pitch + FIRST_NOTE
    return events[:, :steps]


def fit(line: Line, steps: int) -> Line:
    """`Line.fit` of a melody: a note that sounds at the end of a shorter line ends there, with a note-off."""
    fitted = line.fit(steps)
    end = line.origin + len(line.events)
    happening = line.events[line.events != NOTHING]
    if end < steps and len(happening) and happening[-1] >= FIRST_NOTE:
        fitted.events[end] = NOTE_OFF
    return fitted


def without_leading_note_offs(events: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
    """Windows ``[W, T]`` in which no note ends before one has begun."""
    begun = np.logical_or.accumulate(events >= FIRST_NOTE, axis=-1)
    return np.where((events == NOTE_OFF) & ~begun, NOTHING, events).astype(np.int16)
