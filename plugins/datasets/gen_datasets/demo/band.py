"""The rest of the band: an instrument with the chords, a second voice below the melody, and a lighter drummer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gen import NoteSequence
from gen_datasets.demo.drummer import STEPS
from gen_datasets.demo.feel import Style
from gen_datasets.demo.grooves import SWUNG
from gen_datasets.demo.harmony import PHRASE, Chord, Harmony
from gen_datasets.demo.score import Line, Written, beats_of, swung

CHORD_PROGRAMS = (48, 49, 50, 51, 52, 61, 62, 63, 88, 89, 90, 91, 94)
"""Strings, choir, brass sections and pads. Neither these nor the next can be taken for a trio's melody or bass."""
VOICE_PROGRAMS = (40, 41, 42, 56, 57, 60, 64, 65, 66, 68, 71, 73, 75)

_RHYTHMS = (
    "x---------------",
    "x-------x-------",
    "x-----x---x-----",
    "..x-..x-..x-..x-",
    "x---x---x---x---",
    "x-----------x---",
)
_CHORD_RANGE = (50, 68)  # lowest note of a voicing and highest
_VOICE_RANGE = (48, 67)
_STROKES = 15  # a bar; note-ons, note-offs, changes of loudness and shifts of time are then 61 events at most


def compose_chords(harmony: Harmony, style: Style, rng: np.random.Generator) -> Line:
    """Chords in one rhythm, each voiced as near to the one before as can be."""
    tab = _RHYTHMS[rng.integers(len(_RHYTHMS))]
    beats = beats_of(swung(tab) if style in SWUNG else tab)
    voicing: tuple[int, ...] = ()
    notes = []
    for bar in range(harmony.bars):
        steps = {beat.step: beat.steps for beat in beats}
        first, second = harmony.at(bar * STEPS), harmony.at(bar * STEPS + STEPS // 2)
        if first != second:  # nothing sounds over a change of chord
            steps = {step: min(length, 8 - step) if step < 8 else length for step, length in steps.items()}
            steps.setdefault(8, min((step for step in steps if step > 8), default=STEPS) - 8)
        for step, length in sorted(steps.items()):
            voicing = _nearest_voicing(harmony.at(bar * STEPS + step), voicing)
            velocity = 62 + (4 if step % 8 == 0 else 0) + int(rng.integers(-3, 4))
            notes += [Written(bar * STEPS + step, length, pitch, velocity) for pitch in voicing]
    return Line("chords", int(rng.choice(CHORD_PROGRAMS)), tuple(notes))


def compose_second_voice(harmony: Harmony, melody: Line, rng: np.random.Generator) -> Line:
    """Long notes below the melody, one for each half bar: a chord tone near the last that the melody doesn't have."""
    notes: list[Written] = []
    previous = int(rng.integers(55, 63))
    taken = {note.step: note.pitch % 12 for note in melody.notes}
    for half, chord in enumerate(harmony.halves):
        step = half * (STEPS // 2)
        free = chord.tones - {taken.get(step, -1)}
        pitches = [pitch for pitch in range(*_VOICE_RANGE) if pitch % 12 in free]
        pitch = min(pitches, key=lambda pitch: (abs(pitch - previous), pitch))
        breath = 2 if half % (2 * PHRASE) == 2 * PHRASE - 1 else 0
        notes.append(Written(step, STEPS // 2 - breath, pitch, 66 + int(rng.integers(-4, 5))))
        previous = pitch
    return Line("second voice", int(rng.choice(VOICE_PROGRAMS)), tuple(_tied(notes)))


def lightened(drums: NoteSequence, bpm: int) -> NoteSequence:
    """Drums that leave room: of each bar the 15 loudest strokes, each of which rings until the next.

    So a bar fits into the 64 events that a multi-instrument model has for an instrument.
    """
    step = np.rint(drums.start * bpm * 4 / 60.0).astype(np.int64)
    bar = step // STEPS
    loudest = np.lexsort((drums.pitch, step, -drums.velocity, bar))  # bar by bar
    rank = np.arange(len(bar)) - np.searchsorted(bar[loudest], bar[loudest])
    kept = np.sort(loudest[rank < _STROKES])
    left, step = drums.select(kept), step[kept]
    steps, first = np.unique(step, return_inverse=True)
    onset = np.full(len(steps) + 1, drums.total_time)
    np.minimum.at(onset, first, left.start)
    return replace(left, end=onset[first + 1])


def _tied(notes: list[Written]) -> list[Written]:
    """The two notes of a bar as one where they have one pitch."""
    found: list[Written] = []
    for note, after in zip(notes[::2], notes[1::2], strict=True):
        same = after.pitch == note.pitch
        found += [replace(note, steps=note.steps + after.steps)] if same else [note, after]
    return found


def _nearest_voicing(chord: Chord, before: tuple[int, ...]) -> tuple[int, ...]:
    """A close voicing in the range: the one whose notes lie nearest to those before."""
    low, high = _CHORD_RANGE
    found = [
        tuple(sorted(lowest + (tone - lowest) % 12 for tone in chord.tones))
        for lowest in range(low, low + 12)
        if lowest % 12 in chord.tones
    ]
    middle = sum(before) / len(before) if before else (low + high) / 2
    return min(found, key=lambda voicing: abs(sum(voicing) / len(voicing) - middle))
