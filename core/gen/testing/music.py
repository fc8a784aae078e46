"""Music for converters under test: pieces that are plain, and sequences that nobody would write."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from gen.notes.sequence import Chord, KeySignatures, NoteSequence, Tempos, TimeSignatures

_BARS = 20
_TRIADS = {"C": (0, 4, 7), "Am": (9, 0, 4), "F": (5, 9, 0), "G": (7, 11, 2)}
_SCALE = (0, 2, 4, 5, 7, 9, 11)

Row = tuple[int, int, float, float, int, bool, int]
"""Pitch, velocity, onset and end in quarter notes, program, whether a drum, instrument."""

_COLUMNS = ("pitch", "velocity", "start", "end", "program", "is_drum", "instrument")


def plain_pieces() -> list[NoteSequence]:
    """Five pieces in 4/4 that any converter of Western popular music should find something in.

    Bands of melody, bass, second voice and drums with chord symbols, twenty bars long, straight and in triplets;
    drums alone with micro-timing; a melody alone.
    """
    return [
        _piece(0, qpm=120.0, parts="mbvd"),
        _piece(1, qpm=93.0, parts="mbvd", program=24),
        _piece(2, qpm=120.0, parts="d", loose=True),
        _piece(3, qpm=140.0, parts="m"),
        _piece(4, qpm=100.0, parts="mbvd", division=3),
    ]


def strange_sequences(count: int = 60) -> list[NoteSequence]:
    """Sequences that are valid and absurd: empty, at odd tempos and metres, with times beyond reason."""
    rng = np.random.default_rng(0)
    fixed = [
        NoteSequence(),
        NoteSequence(total_time=1e6),
        _notes([(60, 100, 0.0, 0.0, 0, False, 0)], qpm=120.0),
        _notes([(36, 0, 0.0, 1.0, 0, True, 9)], qpm=120.0),
        _notes([(127, 127, 1e9, 1e9, 127, False, 0)], qpm=120.0),
        _notes([(60, 100, 0.0, 1e7, 0, False, 0)], qpm=60.0),
    ]
    return fixed + [_strange(rng) for _ in range(count - len(fixed))]


def _piece(
    seed: int, *, qpm: float, parts: str, division: int = 4, loose: bool = False, program: int = 0
) -> NoteSequence:
    """Twenty bars; parts are m(elody), b(ass), v(oice) and d(rums); a division is that of a quarter note."""
    rng = np.random.default_rng(seed)
    symbols = [str(symbol) for symbol in rng.choice(list(_TRIADS), _BARS)]
    rows: list[Row] = []
    for bar, symbol in enumerate(symbols):
        triad = _TRIADS[symbol]
        if "m" in parts:
            rows += _line(rng, bar, division, [60 + step for step in (*triad, *_SCALE)], (program, False, 0))
        if "b" in parts:
            rows += [(36 + triad[0], 90, 4.0 * bar + beat, 4.0 * bar + beat + 0.9, 33, False, 1) for beat in range(4)]
        if "v" in parts:
            rows += [(48 + step, 70, 4.0 * bar, 4.0 * bar + 3.5, 48, False, 2) for step in triad]
        if "d" in parts:
            rows += _beat(rng, bar, division, loose)
    chords = tuple(Chord(bar * 240.0 / qpm, symbol) for bar, symbol in enumerate(symbols))
    return _notes(rows, qpm=qpm, chords=chords, bars=_BARS)


def _line(
    rng: np.random.Generator, bar: int, division: int, pitches: Sequence[int], place: tuple[int, bool, int]
) -> list[Row]:
    """A monophonic bar: onsets on steps, each note until the next."""
    onsets = [0, *sorted(rng.choice(np.arange(1, 4 * division), 4, replace=False).tolist()), 4 * division]
    rows: list[Row] = []
    for onset, end in pairwise(onsets):
        velocity, pitch = int(rng.integers(60, 120)), int(rng.choice(pitches))
        rows.append((pitch, velocity, 4.0 * bar + onset / division, 4.0 * bar + end / division, *place))
    return rows


def _beat(rng: np.random.Generator, bar: int, division: int, loose: bool) -> list[Row]:
    """A bar of kick, snare and hats; a loose one is early or late by up to a fifth of a step."""
    rows: list[Row] = []
    for step in range(4 * division):
        hit = [36] * (step % (2 * division) == 0) + [38] * (step % (2 * division) == division)
        hit += [42] * bool(rng.random() < 0.6)
        for pitch in hit:
            late = float(rng.uniform(-0.2, 0.2)) / division if loose and (bar or step) else 0.0
            onset = 4.0 * bar + step / division + late
            rows.append((pitch, int(rng.integers(50, 127)), onset, onset + 0.1, 0, True, 3))
    return rows


def _notes(rows: list[Row], *, qpm: float, chords: tuple[Chord, ...] = (), bars: int = 0) -> NoteSequence:
    """Rows in quarter notes as a sequence in seconds; one of bars is in 4/4 and in C."""
    beat = 60.0 / qpm
    columns = zip(*sorted(rows, key=lambda row: (row[2], row[0])), strict=True)
    table: dict[str, Any] = dict(zip(_COLUMNS, map(np.array, columns), strict=True))
    table["start"], table["end"] = table["start"] * beat, table["end"] * beat
    zero, none, four = np.zeros(1), np.zeros(1, np.int64), np.array([4])
    return NoteSequence(
        **table,
        tempos=Tempos(time=zero, qpm=np.array([qpm])),
        time_signatures=TimeSignatures(time=zero, numerator=four, denominator=four) if bars else TimeSignatures(),
        key_signatures=KeySignatures(time=zero, key=none, mode=none) if bars else KeySignatures(),
        chords=chords,
        total_time=max(4.0 * bars * beat, float(table["end"].max())),
    )


def _strange(rng: np.random.Generator) -> NoteSequence:
    """Up to sixteen notes and a few tables, none of which need go with the others."""
    count = int(rng.integers(1, 17))
    start = rng.choice([*(rng.uniform(0, 40, 6)), *(np.arange(12) / 4.0), 1e-9, 3e4, 1e9], count)
    length = rng.choice([0.0, 0.125, 0.25, 0.5, 2.0, 1e-9, 1e4], count)
    tempos, metres, symbols = (int(number) for number in rng.integers(0, 3, 3))
    return NoteSequence(
        pitch=rng.integers(0, 128, count),
        velocity=rng.integers(0, 128, count),
        start=start,
        end=start + length,
        program=rng.integers(0, 128, count),
        is_drum=rng.random(count) < 0.4,
        instrument=rng.choice([0, 1, 2, 9, 100_000], count),
        tempos=Tempos(
            time=np.sort(rng.uniform(0, 30, tempos)),
            qpm=rng.choice([120.0, 97.3, 3.58, 1e-3, 6e7, 0.0, -120.0, math.inf], tempos),
        ),
        time_signatures=TimeSignatures(
            time=np.sort(rng.choice([0.0, 2.0, 7.3], metres)),
            numerator=rng.choice([4, 3, 7, 0, 255], metres),
            denominator=rng.choice([4, 8, 2, 0, 64], metres),
        ),
        chords=tuple(
            Chord(float(time), str(rng.choice(["C", "Am7", "N.C.", "{}", "", "H", "E5"])))
            for time in np.sort(rng.uniform(0, 20, symbols))
        ),
    )
