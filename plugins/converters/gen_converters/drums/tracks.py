"""Notes to drum tracks: which drums are struck at each step, phrase by phrase, all instruments together.

Sources: note_seq, drums_lib.py (DrumTrack.from_quantized_sequence); magenta, drum_pipelines.py (extract_drum_tracks).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gen.notes import Grid
from gen_converters.common.event_lists import stretches

Hits = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Track:
    """Hits from step ``origin`` of their part on: boolean ``[T, C]``."""

    origin: int
    hits: Hits


def drum_tracks(
    grid: Grid,
    rows: npt.NDArray[np.int64],
    classes: npt.NDArray[np.int64],
    *,
    drums: int,
    steps_per_bar: int,
    gap: float,
) -> list[Track]:
    """The tracks of a part, whole bars each, in order of time.

    Args:
        grid: where the notes fall.
        rows: indices of the notes to take, ``[M]``.
        classes: class of each of those, ``[M]``.
        drums: C.
        steps_per_bar: S.
        gap: steps of silence that end a track, counted from the step after the last onset; infinite for one track.
    """
    step = grid.start_step[rows]
    onset = np.unique(step)
    tracks = []
    for stretch in stretches(onset, onset + 1, steps_per_bar=steps_per_bar, gap=gap):
        inside = (step >= onset[stretch.first]) & (step <= onset[stretch.last - 1])
        hits = np.zeros((stretch.steps, drums), np.bool_)
        hits[step[inside] - stretch.origin, classes[inside]] = True
        tracks.append(Track(stretch.origin, hits))
    return tracks


def fit(track: Track, steps: int) -> Track:
    """The same hits as a track that begins at step 0 and has exactly ``steps`` steps; what is past them is lost."""
    hits = np.zeros((steps, track.hits.shape[1]), np.bool_)
    kept = track.hits[: max(0, steps - track.origin)]
    hits[track.origin : track.origin + len(kept)] = kept
    return Track(0, hits)
