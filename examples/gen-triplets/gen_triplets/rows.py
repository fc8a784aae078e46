"""Five drums as one class a step, and back.

The class of a step is the sum of 2^i over the drums i that are struck, so the kick alone is 1 and silence 0.

Letters in shape comments: B batch, T steps, C drums, D classes.
"""

from __future__ import annotations

import gen
import numpy as np
import numpy.typing as npt

STEPS_PER_BAR = 12
DRUMS = (
    (36, 35),  # kick; the first pitch of each is the one played back
    (38, 37, 39, 40),  # snare, cross-stick, clap
    (42, 44, 51, 53, 59),  # what keeps time: closed hi-hat, ride
    (46, 49, 52, 55, 57),  # what rings: open hi-hat, crashes
    (45, 41, 43, 47, 48, 50),  # toms
)
CLASSES = 1 << len(DRUMS)

Hits = npt.NDArray[np.bool_]


def drum_of_pitch() -> npt.NDArray[np.int64]:
    """The drum that each of 128 pitches counts as; -1 for none."""
    found = np.full(128, -1)
    for drum, pitches in enumerate(DRUMS):
        found[list(pitches)] = drum
    return found


def rows_of(hits: Hits) -> gen.interfaces.Rows:
    """Hits ``[T, C]`` as stored rows of T steps."""
    return gen.interfaces.Rows((gen.interfaces.OneHot(CLASSES),), [hits @ (1 << np.arange(len(DRUMS)))])


def hits_of(rows: npt.NDArray[np.floating]) -> Hits:
    """Hits ``[B, T, C]`` of rows ``[B, T, D]``.

    Raises:
        ValueError: the array has another shape.
    """
    rows = np.asarray(rows)
    if rows.ndim != 3 or rows.shape[-1] != CLASSES:
        raise ValueError(f"expected rows of shape [B, T, {CLASSES}], got {list(rows.shape)}")
    hits: Hits = (rows.argmax(-1)[..., None] >> np.arange(len(DRUMS))) & 1 > 0
    return hits


def play(hits: Hits, *, qpm: float = 120.0) -> gen.NoteSequence:
    """A clip of hits ``[T, C]`` in 4/4, each a step long.

    Args:
        hits: what is struck.
        qpm: tempo, quarter notes a minute; a quarter note has three steps.
    """
    seconds = 60.0 / qpm / 3
    step, drum = np.nonzero(hits)
    start = (step * seconds).astype(np.float64)
    return gen.NoteSequence(
        pitch=np.array([pitches[0] for pitches in DRUMS])[drum],
        start=start,
        end=start + seconds,
        is_drum=np.ones(len(step), np.bool_),
        instrument=np.full(len(step), 9),
        tempos=gen.notes.Tempos(time=np.zeros(1), qpm=np.array([qpm])),
        total_time=len(hits) * seconds,
    )
