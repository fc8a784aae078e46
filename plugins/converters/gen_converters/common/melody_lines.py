"""Notes to melodies: one line of events for each phrase of each instrument.

Classes of a step: 0 nothing happens (a note goes on, or silence does), 1 the note ends, 2 and above a note of pitch
``min_pitch`` and above begins. Any later note cuts the one before it, even a lower or shorter one.
Sources: note_seq, melodies_lib.py (Melody.from_quantized_sequence); magenta, melody_pipelines.py (extract_melodies).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gen import NoteSequence
from gen.notes import Grid
from gen_converters.common.event_lists import Stretch, stretches

NOTHING, NOTE_OFF, FIRST_NOTE = 0, 1, 2

Events = npt.NDArray[np.int16]


@dataclass(frozen=True, eq=False)
class Line:
    """Events that begin at step ``origin`` of their part: int16 ``[T]``."""

    origin: int
    events: Events


def melody_lines(
    notes: NoteSequence,
    grid: Grid,
    rows: npt.NDArray[np.int64],
    *,
    min_pitch: int,
    steps_per_bar: int,
    gap: float,
    skip_polyphony: bool,
) -> list[Line]:
    """The melodies of one instrument, whole bars each, in order of time.

    Args:
        notes: a part with one tempo and metre.
        grid: where its notes fall.
        rows: indices of the instrument's notes, ``[M]``.
        min_pitch: no note is lower.
        steps_per_bar: S.
        gap: steps of silence that end a melody; infinite for one melody.
        skip_polyphony: end at the first two notes that begin together, losing the melody they are in; otherwise the
            higher one is taken.
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
        cut = slice(stretch.first, stretch.last)
        if skip_polyphony and together[stretch.first : stretch.last - 1].any():
            break
        lines.append(_line(stretch, onset[cut], release[cut], classes[cut]))
    return lines


def _line(
    stretch: Stretch, onset: npt.NDArray[np.int64], release: npt.NDArray[np.int64], classes: npt.NDArray[np.int64]
) -> Line:
    events = np.zeros(stretch.steps, np.int16)
    until = np.append(onset[1:], stretch.origin + stretch.steps)
    events[release[release < until] - stretch.origin] = NOTE_OFF
    events[onset - stretch.origin] = classes
    return Line(stretch.origin, events)


def whole_lines(
    notes: NoteSequence,
    grid: Grid,
    rows: npt.NDArray[np.int64],
    instrument: npt.NDArray[np.int64],
    *,
    min_pitch: int,
    instruments: int,
    steps: int,
) -> npt.NDArray[np.uint8]:
    """One melody for each instrument, from step 0 to ``steps``, uint8 ``[I, steps]``.

    The same as `melody_lines` with an infinite gap and then `fit`, for all instruments at once.

    Args:
        notes: a part with one tempo and metre.
        grid: where its notes fall.
        rows: indices of the notes to take, none of them drums or silent, ``[M]``.
        instrument: whose each of those is, 0 to I - 1, ``[M]``.
        min_pitch: no note is lower; none is over 253 half steps higher.
        instruments: I.
        steps: T.
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
    """The same melody as a line that begins at step 0 and has exactly ``steps`` steps; what is past them is lost.

    A note that sounds at the end of a line ends there, so a longer line gets a note-off at that step.
    """
    events = np.zeros(steps, np.int16)
    end = line.origin + len(line.events)
    kept = line.events[: max(0, steps - line.origin)]
    events[line.origin : line.origin + len(kept)] = kept
    happening = np.flatnonzero(line.events)
    if end < steps and len(happening) and line.events[happening[-1]] >= FIRST_NOTE:
        events[end] = NOTE_OFF
    return Line(0, events)


def without_leading_note_offs(events: Events) -> Events:
    """Windows ``[W, T]`` in which no note ends before one has begun."""
    begun = np.logical_or.accumulate(events >= FIRST_NOTE, axis=-1)
    return np.where((events == NOTE_OFF) & ~begun, NOTHING, events).astype(np.int16)
