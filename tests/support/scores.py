"""Small scores written in one line, for tests."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

import gen

_NOTE = re.compile(r"(\d+)(?: v(\d+))?:\[([\d.]+)(?:,([\d.]+))?\]")
DRUM_LENGTH = 0.05


def score(
    *lines: str, qpm: float | None = 120.0, metre: tuple[int, int] | None = None, **more: Any
) -> gen.NoteSequence:
    """A sequence from lines such as ``"60:[0,0.5] 62 v90:[0.5,1]"``, an instrument each.

    A line may begin with ``drums`` or ``program 33``. A note is a pitch, perhaps a velocity (default 100), and onset
    and end in seconds; without an end it is 0.05 s long.
    """
    rows: list[tuple[int, int, float, float, int, bool, int]] = []
    for instrument, line in enumerate(lines):
        drums = line.startswith("drums")
        program = re.match(r"program (\d+)", line)
        for pitch, velocity, start, end in _NOTE.findall(line):
            onset = float(start)
            release = float(end) if end else onset + DRUM_LENGTH
            number = int(program[1]) if program else 0
            rows.append((int(pitch), int(velocity or 100), onset, release, number, drums, instrument))
    pitch, velocity, start, end, programs, is_drum, instrument = (
        np.array(column) for column in (zip(*rows, strict=True) if rows else [[]] * 7)
    )
    tables: dict[str, Any] = {}
    if qpm is not None:
        tables["tempos"] = gen.notes.Tempos(time=np.zeros(1), qpm=np.array([qpm]))
    if metre is not None:
        tables["time_signatures"] = gen.notes.TimeSignatures(
            time=np.zeros(1), numerator=np.array([metre[0]]), denominator=np.array([metre[1]])
        )
    return gen.NoteSequence(
        pitch=pitch,
        velocity=velocity,
        start=start,
        end=end,
        program=programs,
        is_drum=is_drum,
        instrument=instrument,
        **{**tables, **more},
    )


def classes(text: str) -> list[int]:
    """A row of classes from ``"41 0×7 1"``; bar lines ``|`` are for the eye."""
    found: list[int] = []
    for word in text.replace("|", " ").split():
        value, _, times = word.partition("×")
        found += [int(value)] * int(times or 1)
    return found


def written(notes: gen.NoteSequence, *, digits: int = 6) -> list[tuple[int, float, float]]:
    """(pitch, onset, end) of each note, in order of onset and pitch."""
    rows = sorted((round(note.start, digits), note.pitch, round(note.end, digits)) for note in notes)
    return [(pitch, start, end) for start, pitch, end in rows]
