"""Clips one after another in one sequence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gen.errors import UsageError
from gen.notes.sequence import KeySignatures, NoteSequence, Tempos, TimeSignatures

_COLUMNS = ("pitch", "velocity", "program", "is_drum", "instrument")


def join_clips(clips: Sequence[NoteSequence], starts: Sequence[float] | None = None) -> NoteSequence:
    """Put clips into one sequence, each with its tempo, metre, key and chords from where it begins.

    A note that was played before its clip's beginning keeps its place; before zero it begins at zero. Controllers and
    bends are left out.

    Args:
        clips: at least one; decoded clips know how long they are by ``total_time``.
        starts: seconds at which each begins, ascending; None puts each at the end of the one before.

    Raises:
        UsageError: there is no clip.
    """
    if not clips:
        raise UsageError("there is no clip to join")
    if starts is None:
        starts = np.cumsum([0.0, *(clip.total_time for clip in clips[:-1])]).tolist()
    placed = list(zip(clips, starts, strict=True))
    begin = np.concatenate([clip.start + start for clip, start in placed])
    end = np.concatenate([clip.end + start for clip, start in placed])

    def states(name: str, *columns: str) -> dict[str, Any]:
        """Rows of a table of every clip, without those that say again what holds already."""
        rows: list[tuple[float, ...]] = []
        for clip, start in placed:
            table = getattr(clip, name)
            values = [getattr(table, column).tolist() for column in columns]
            for time, *row in zip(table.time.tolist(), *values, strict=True):
                if not rows or rows[-1][1:] != tuple(row):
                    rows.append((time + start, *row))
        if rows and rows[0][0] > 0:  # what the first clip says holds from the beginning of the piece
            rows[0] = (0.0, *rows[0][1:])
        table = np.array(rows, np.float64).reshape(len(rows), 1 + len(columns))
        return dict(zip(("time", *columns), table.T, strict=True))

    columns: dict[str, Any] = {name: np.concatenate([getattr(clip, name) for clip in clips]) for name in _COLUMNS}
    return NoteSequence(
        **columns,
        start=np.maximum(begin, 0.0),
        end=np.maximum(end, 0.0),
        tempos=Tempos(**states("tempos", "qpm")),
        time_signatures=TimeSignatures(**states("time_signatures", "numerator", "denominator")),
        key_signatures=KeySignatures(**states("key_signatures", "key", "mode")),
        chords=tuple(replace(chord, time=chord.time + start) for clip, start in placed for chord in clip.chords),
        instrument_names=clips[0].instrument_names,
        total_time=max(start + max(clip.total_time, float(clip.end.max(initial=0.0))) for clip, start in placed),
    )
