"""A tune in ABC notation as a `gen.NoteSequence`."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from gen import NoteSequence
from gen.notes import Chord, KeySignatures, Tempos, TimeSignatures
from gen_datasets.folk.abc_fields import Key, Metre
from gen_datasets.folk.abc_tune import Sound, Tune

_VELOCITY = 90
_QPM = 120.0  # where a tune has no tempo
_SOUNDS = 0.95  # of a note's length: notes of one pitch stay apart


def notes_of(tune: Tune, *, program: int = 0) -> NoteSequence:
    """A tune played evenly; a pick-up stands at the end of a bar, so that the first bar line is one."""
    qpm = tune.qpm or _QPM
    before = tune.metre.bar - tune.pickup if tune.metre is not None and tune.pickup else Fraction(0)
    sounds = [event.length for event in tune.events if isinstance(event, Sound)]
    whole = math.lcm(before.denominator, *(length.denominator for length in sounds))  # ticks of a whole note
    clock = int(before * whole)  # exact, unlike seconds
    rows: list[tuple[int, float, float]] = []
    tempos = [(0.0, qpm)]
    metres = [] if tune.metre is None else [(0.0, tune.metre)]
    keys = [(0.0, tune.key)] if tune.key.name else []
    chords: list[Chord] = []
    origin, seconds = 0, 0.0  # where the tempo last changed
    tick = 4 * 60.0 / qpm / whole  # in seconds
    for event in tune.events:
        now = seconds + (clock - origin) * tick
        if isinstance(event, Sound):
            ticks = event.length.numerator * (whole // event.length.denominator)
            clock += ticks
            end = now + ticks * tick * _SOUNDS
            rows += [(pitch, now, end) for pitch in event.pitches]
        elif isinstance(event.value, Metre):
            metres.append((now, event.value))
        elif isinstance(event.value, Key):
            keys.append((now, event.value))
        elif isinstance(event.value, str):
            chords.append(Chord(now, event.value))
        else:
            tempos.append((now, event.value))
            origin, seconds, tick = clock, now, 4 * 60.0 / event.value / whole
    length = seconds + (clock - origin) * tick
    pitch, start, stop = np.array(rows, np.float64).reshape(-1, 3).T
    return NoteSequence(
        pitch=pitch.astype(np.int64),
        velocity=np.full(len(pitch), _VELOCITY),
        start=start,
        end=stop,
        program=np.full(len(pitch), program),
        tempos=Tempos(time=np.array([time for time, _ in tempos]), qpm=np.array([each for _, each in tempos])),
        time_signatures=TimeSignatures(
            time=np.array([time for time, _ in metres]),
            numerator=np.array([metre.beats for _, metre in metres]),
            denominator=np.array([metre.unit for _, metre in metres]),
        ),
        key_signatures=KeySignatures(
            time=np.array([time for time, _ in keys]),
            key=np.array([key.signature[0] for _, key in keys]),
            mode=np.array([key.signature[1] for _, key in keys]),
        ),
        chords=tuple(chords),
        total_time=length,
    )
