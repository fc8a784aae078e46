"""Piano rolls as pictures (needs matplotlib: ``pip install gen-music[plots]``)."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gen.errors import UsageError
from gen.music.rolls import KIT, places
from gen.notes.sequence import NoteSequence
from gen.system.files import write_atomically

_MAGNIFIED = 5.0  # how much longer a stroke is than what it shows: 10 ms are nothing beside a bar


def piano_roll(clips: Sequence[NoteSequence], path: Path, *, titles: Sequence[str] = ()) -> None:
    """Draw clips below one another to a PNG: time across, pitch up, velocity as colour; drums by name.

    A stroke to the left of where a note begins says that it is early, one to the right that it is late, by a fifth of
    its length.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UsageError("pictures need matplotlib: pip install 'gen-music[plots]'") from error
    figure = Figure(figsize=(12, 2.6 * len(clips)), layout="constrained")
    axes = figure.subplots(len(clips), 1, squeeze=False)[:, 0]
    for axis, clip, title in zip(axes, clips, [*titles, *[""] * len(clips)], strict=False):
        drums = bool(len(clip)) and bool(clip.is_drum.all())
        rows = np.unique(clip.pitch) if drums else np.arange(clip.pitch.min(initial=127), clip.pitch.max(initial=0) + 1)
        heights = np.searchsorted(rows, clip.pitch)
        loudness = (clip.velocity / 127.0).tolist()
        colours = [(0.75 - 0.7 * v, 0.82 - 0.6 * v, 0.95 - 0.4 * v) for v in loudness]  # the louder, the darker
        # a drum has no length: draw a hit of one width, so that micro-timing can be seen
        widths = np.full(len(clip), 0.06) if drums else clip.end - clip.start
        axis.barh(heights, widths, left=clip.start, height=0.8, align="center", color=colours)
        late = _MAGNIFIED * 1e-3 * places(clip).milliseconds
        axis.hlines(heights, clip.start, clip.start + late, colors="#ea580c", linewidth=1.8)
        qpm = clip.tempos.first
        for beat in np.arange(0, clip.total_time + 1e-6, 60.0 / qpm):
            bar = round(beat * qpm / 60.0) % 4 == 0
            axis.axvline(beat, color="0.6" if bar else "0.88", linewidth=1.0 if bar else 0.6, zorder=0)
        axis.set_xlim(-0.05, max(clip.total_time, 0.5))
        axis.set_ylim(-0.6, max(len(rows), 1) - 0.4)
        if drums:
            axis.set_yticks(range(len(rows)), [KIT.get(int(row), str(row)) for row in rows], fontsize=8)
        else:
            ticks = [index for index, row in enumerate(rows) if row % 12 == 0]
            axis.set_yticks(ticks, [f"C{rows[index] // 12 - 1}" for index in ticks], fontsize=8)
        axis.set_title(title, fontsize=9, loc="left")
    axes[-1].set_xlabel("seconds")
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=100)
    write_atomically(path, drawn.getvalue())
