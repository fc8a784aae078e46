"""Composing a bass line: each style's patterns of roots, fifths and steps towards the next chord.

Marks of the tablature: ``1`` root, ``3`` third, ``5`` fifth, ``8`` the root an octave above, ``a`` a half or whole step
from the root that follows. The first note on a chord is its root.
"""

from __future__ import annotations

import numpy as np

from gen_datasets.demo.drummer import STEPS
from gen_datasets.demo.feel import Style
from gen_datasets.demo.harmony import PHRASE, Chord, Harmony
from gen_datasets.demo.score import Line, Written, beats_of

PROGRAMS = tuple(range(32, 40))
_LOWEST = 28  # E1, the lowest string of a bass guitar
_MARGIN = 2  # half steps above it in which roots may begin

_TABS: dict[Style, tuple[str, ...]] = {
    "rock": ("1-1-1-1-1-1-1-1-", "1-----1-1---5-a-", "1---1---1---1-a-", "1-----5-8---5---"),
    "funk": ("1--1..8.1..1..8.", "1-..1.8...1-5.a-", "1.1...5.8...5-a-", "1---..1.1..8..5."),
    "swing": ("1---3---5---a---", "1---5---8---a---", "1--13---5---a---", "1-------5-------"),
    "half-time": ("1---------1-----", "1-----1---5-----", "1---------5---a-", "1-----5-8-------"),
    "latin": ("1-----5-5-----5-", "1-----5-8-----5-", "1-----3-5-----a-", "1---..5-5---..1-"),
    "shuffle": ("1--13--35--53--3", "1---1--15---5--a", "1--15--58--85--5", "1---3---5---a---"),
}


def compose_bass(harmony: Harmony, style: Style, rng: np.random.Generator) -> Line:
    """A bass line in a style's patterns, which fit its drummer's: one, and another at the end of each phrase."""
    tabs = [_TABS[style][index] for index in rng.permutation(len(_TABS[style]))]
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
            pitch = _pitch("1" if new and beat.step % 8 == 0 else beat.mark, chord, harmony.at(step + beat.steps), rng)
            velocity = 84 + (8 if beat.step == 0 else 0 if beat.step % 4 == 0 else -6) + int(rng.integers(-4, 5))
            notes.append(Written(step, beat.steps, pitch, velocity))
    return Line("bass", int(rng.choice(PROGRAMS)), tuple(notes))


def _pitch(mark: str, chord: Chord, following: Chord, rng: np.random.Generator) -> int:
    if mark == "a":
        return _root(following) + int(rng.choice((-2, -1, 1)))
    _, third, fifth, *_ = sorted((tone - chord.root) % 12 for tone in chord.tones)
    return _root(chord) + {"1": 0, "3": third, "5": fifth, "8": 12}[mark]


def _root(chord: Chord) -> int:
    """The root, in the octave above the lowest string."""
    lowest = _LOWEST + _MARGIN
    return lowest + (chord.root - lowest) % 12
