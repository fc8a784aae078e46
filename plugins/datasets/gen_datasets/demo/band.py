"""The rest of the band: a bass, an instrument with the chords, a second voice below the melody, a lighter drummer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gen import NoteSequence
from gen_datasets.demo.drummer import STEPS
from gen_datasets.demo.feel import Style
from gen_datasets.demo.grooves import SWUNG
from gen_datasets.demo.harmony import PHRASE, Chord, Harmony
from gen_datasets.demo.score import Line, Written, beats_of, swung

BASS_PROGRAMS = tuple(range(32, 40))
_LOWEST_STRING = 28  # E1, the lowest string of a bass guitar
_MARGIN = 2  # half steps above it in which roots may begin

CHORD_PROGRAMS = (48, 49, 50, 51, 52, 61, 62, 63, 88, 89, 90, 91, 94)
"""Strings, choir, brass sections and pads. Neither these nor the next can be taken for a trio's melody or bass."""
VOICE_PROGRAMS = (40, 41, 42, 56, 57, 60, 64, 65, 66, 68, 71, 73, 75)

_RHYTHMS = (
    *("x---------------", "x-------x-------", "x-----x---x-----", "..x-..x-..x-..x-", "x---x---x---x---"),
    "x-----------x---",
)
_CHORD_RANGE = (50, 68)  # lowest note of a voicing and highest
_VOICE_RANGE = (48, 67)
_STROKES = 15  # a bar; note-ons, note-offs, changes of loudness and shifts of time are then 61 events at most

# marks: root (1), third (3), fifth (5), the root an octave above (8), a step from the root that follows (a)
_BASS_TABS: dict[Style, tuple[str, ...]] = {
    "rock": ("1-1-1-1-1-1-1-1-", "1-----1-1---5-a-", "1---1---1---1-a-", "1-----5-8---5---"),
    "funk": ("1--1..8.1..1..8.", "1-..1.8...1-5.a-", "1.1...5.8...5-a-", "1---..1.1..8..5."),
    "swing": ("1---3---5---a---", "1---5---8---a---", "1--13---5---a---", "1-------5-------"),
    "half-time": ("1---------1-----", "1-----1---5-----", "1---------5---a-", "1-----5-8-------"),
    "latin": ("1-----5-5-----5-", "1-----5-8-----5-", "1-----3-5-----a-", "1---..5-5---..1-"),
    "shuffle": ("1--13--35--53--3", "1---1--15---5--a", "1--15--58--85--5", "1---3---5---a---"),
}


def compose_bass(harmony: Harmony, style: Style, rng: np.random.Generator) -> Line:
    """A bass line in a style's patterns, which fit its drummer's: one, and another at the end of each phrase.

    The first note on a chord is its root.
    """
    tabs = [_BASS_TABS[style][index] for index in rng.permutation(len(_BASS_TABS[style]))]
    notes: list[Written] = []
    for bar in range(harmony.bars):
        last = bar == harmony.bars - 1
        tab = "1---------------" if last else tabs[bar % PHRASE == PHRASE - 1]
        if harmony.at(bar * STEPS) != harmony.at(bar * STEPS + STEPS // 2):  # a root where the chord changes
            tab = f"{tab[:8]}1{tab[9:]}"
        for beat in beats_of(tab):
            step = bar * STEPS + beat.step
            chord = harmony.at(step)
            new = step == 0 or chord != harmony.at(step - 1)
            mark = "1" if new and beat.step % 8 == 0 else beat.mark
            pitch = _bass_pitch(mark, chord, harmony.at(step + beat.steps), rng)
            velocity = 84 + (8 if beat.step == 0 else 0 if beat.step % 4 == 0 else -6) + int(rng.integers(-4, 5))
            notes.append(Written(step, beat.steps, pitch, velocity))
    return Line("bass", int(rng.choice(BASS_PROGRAMS)), tuple(notes))


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
    tied: list[Written] = []  # the two notes of a bar as one where they have one pitch
    for note, after in zip(notes[::2], notes[1::2], strict=True):
        same = after.pitch == note.pitch
        tied += [replace(note, steps=note.steps + after.steps)] if same else [note, after]
    return Line("second voice", int(rng.choice(VOICE_PROGRAMS)), tuple(tied))


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


def _bass_pitch(mark: str, chord: Chord, following: Chord, rng: np.random.Generator) -> int:
    if mark == "a":
        return _root(following) + int(rng.choice((-2, -1, 1)))
    _, third, fifth, *_ = sorted((tone - chord.root) % 12 for tone in chord.tones)
    return _root(chord) + {"1": 0, "3": third, "5": fifth, "8": 12}[mark]


def _root(chord: Chord) -> int:
    """The root, in the octave above the lowest string."""
    lowest = _LOWEST_STRING + _MARGIN
    return lowest + (chord.root - lowest) % 12
