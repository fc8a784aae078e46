"""Which drum pitches count as one drum: the tables that MusicVAE and GrooVAE were trained with.

A table is a tuple of classes, a class a tuple of MIDI pitches; the first pitch of a class is the one it is played
back with. Class order of the nine-class tables: kick, snare, closed hi-hat, open hi-hat, low tom, mid tom, high tom,
crash, ride.

Sources: Roberts et al. 2018 and Gillick et al. 2019 (magenta, music_vae/data.py; note_seq, drums_encoder_decoder.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np

from gen_converters.common.arrays import Ints

DrumClasses: TypeAlias = tuple[tuple[int, ...], ...]
DrumTable: TypeAlias = Literal["roland", "reduced", "full"]

CLASS_NAMES = ("kick", "snare", "closed hi-hat", "open hi-hat", "low tom", "mid tom", "high tom", "crash", "ride")
"""Names of the nine classes of `ROLAND` and `REDUCED`, by index."""

ROLAND: DrumClasses = (
    (36,),
    (38, 37, 40),  # head, cross-stick, rim
    (42, 22, 44),  # bow, edge, pedal
    (46, 26),  # bow, edge
    (43, 58),  # tom 3 head, rim
    (47, 45),  # tom 2 rim, head
    (50, 48),  # tom 1 rim, head
    (49, 52, 55, 57),  # crash 1 bow, crash 2 edge, crash 1 edge, crash 2 bow
    (51, 53, 59),  # bow, bell, edge
)
"""The 22 pitches a Roland TD-11 sends, on which the Groove MIDI Dataset was played."""

REDUCED: DrumClasses = (
    (36, 35),
    (38, 27, 28, 31, 32, 33, 34, 37, 39, 40, 56, 65, 66, 75, 85),
    (42, 44, 54, 68, 69, 70, 71, 73, 78, 80, 22),
    (46, 67, 72, 74, 79, 81, 26),
    (45, 29, 41, 43, 61, 64, 84),
    (48, 47, 60, 63, 77, 86, 87),
    (50, 30, 62, 76, 83),
    (49, 52, 55, 57, 58),
    (51, 53, 59, 82),
)
"""All 61 General MIDI 2 percussion pitches (27 to 87) and the Roland's 22 and 26 in nine classes."""

# The order is the one in which the full table was trained; it isn't quite REDUCED's (43, 52 and 58).
_FULL_ORDER = (
    *(36, 35),
    *(38, 27, 28, 31, 32, 33, 34, 37, 39, 40, 56, 65, 66, 75, 85),
    *(42, 44, 54, 68, 69, 70, 71, 73, 78, 80),
    *(46, 67, 72, 74, 79, 81),
    *(45, 29, 41, 61, 64, 84),
    *(48, 47, 60, 63, 77, 86, 87),
    *(50, 30, 43, 62, 76, 83),
    *(49, 55, 57, 58),
    *(51, 52, 53, 59, 82),
)
FULL: DrumClasses = tuple((pitch,) for pitch in _FULL_ORDER)
"""61 classes of one pitch each: every General MIDI 2 percussion pitch."""

_TABLES: dict[str, DrumClasses] = {"roland": ROLAND, "reduced": REDUCED, "full": FULL}


def drum_classes(table: DrumTable | Sequence[Sequence[int]], *, option: str = "pitch_classes") -> DrumClasses:
    """A table by name, or an explicit one, checked; else a ValueError, which calls it by its ``option``."""
    if isinstance(table, str):
        if table not in _TABLES:
            raise ValueError(f"{option}: no drum table named {table!r}; there are {', '.join(_TABLES)}, or give lists")
        return _TABLES[table]
    classes = tuple(tuple(int(pitch) for pitch in pitches) for pitches in table)
    if not classes:
        raise ValueError(f"{option}: needs at least one class")
    seen: dict[int, int] = {}
    for index, pitches in enumerate(classes):
        if not pitches:
            raise ValueError(f"{option}: class {index} is empty, so nothing could be played for it")
        for pitch in pitches:
            if not 0 <= pitch <= 127:
                raise ValueError(f"{option}: class {index} holds {pitch}, which is not a MIDI pitch (0 to 127)")
            if seen.setdefault(pitch, index) != index:
                raise ValueError(f"{option}: pitch {pitch} is in class {seen[pitch]} and in class {index}")
    return classes


def class_of_pitch(classes: DrumClasses) -> Ints:
    """Class index of each MIDI pitch, ``[128]``; -1 for a pitch that no class takes."""
    lookup = np.full(128, -1, np.int64)
    for index, pitches in enumerate(classes):
        lookup[list(pitches)] = index
    lookup.setflags(write=False)
    return lookup


def unmapped_notice(pitches: Ints) -> list[str]:
    """What to say about notes of these pitches, which no drum class takes: one sentence with counts, or none."""
    if not len(pitches):
        return []
    kinds = zip(*(column.tolist() for column in np.unique(pitches, return_counts=True)), strict=True)
    counts = ", ".join(f"{pitch} (×{count})" for pitch, count in kinds)
    notes = "1 note" if len(pitches) == 1 else f"{len(pitches)} notes"
    return [f"skipped {notes} of pitches that no drum class takes: {counts}"]
