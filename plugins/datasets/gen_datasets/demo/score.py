"""Lines of a demo piece as written, before anybody plays them: tablature, notes on steps, and their playing.

Everyone but the drummer plays from a `Line`. Tablature has sixteen characters a bar, as in `gen_datasets.demo.grooves`:
one that is neither ``-`` nor ``.`` begins a note, ``-`` holds it and ``.`` is a rest. In swung styles the second half
of a beat is written on its fourth place, which is played a third early (see `gen_datasets.demo.feel`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gen import NoteSequence
from gen_datasets.demo.feel import Style, swing_of

_HAND_SD = 0.02  # steps; how unevenly the players begin a note
_HAND_BOUND = 0.06
_GAP = 0.12  # steps between a note and the next; more than the unevenness, so that a pitch may repeat


@dataclass(frozen=True)
class Written:
    """A note as written: ``step`` from the start of the piece, and its length in steps."""

    step: int
    steps: int
    pitch: int
    velocity: int


@dataclass(frozen=True)
class Line:
    """What one instrument plays, in order of time."""

    name: str
    program: int
    notes: tuple[Written, ...]


@dataclass(frozen=True)
class Beat:
    """A note's place in a bar of tablature: ``mark`` is the character that it begins with."""

    step: int
    steps: int
    mark: str


def beats_of(tab: str) -> list[Beat]:
    """The notes of a tab of any number of bars."""
    starts = [step for step, mark in enumerate(tab) if mark not in "-."]
    found = []
    for step, after in zip(starts, [*starts[1:], len(tab)], strict=True):
        rest = tab.find(".", step, after)
        found.append(Beat(step, (after if rest < 0 else rest) - step, tab[step]))
    return found


def swung(tab: str) -> str:
    """A tab in eighth notes as it is written in swung styles: what begins on the third place begins on the fourth."""
    return "".join(tab[at] + tab[at + 1] * 2 + tab[at + 2] for at in range(0, len(tab), 4))


def perform(
    lines: Sequence[Line], style: Style, bpm: int, length: float, rng: np.random.Generator
) -> list[NoteSequence]:
    """Play lines, one instrument each, counted from 0; nothing sounds beyond ``length`` in seconds.

    Onsets and ends have the swing of the style; onsets also have noise of zero mean, 0.02 steps (standard deviation),
    0.06 at the most.
    """
    seconds = 60.0 / bpm / 4
    swing = np.array(swing_of(style))
    played = []
    for number, line in enumerate(lines):
        rows = [(note.step, note.steps, note.pitch, note.velocity) for note in line.notes]
        step, steps, pitch, velocity = np.array(rows, np.int64).reshape(-1, 4).T  # [N] each
        hand = np.clip(rng.normal(size=len(step)) * _HAND_SD, -_HAND_BOUND, _HAND_BOUND)
        _, together = np.unique(step, return_inverse=True)
        onset = step + swing[step % 4] + hand[together]  # notes of a chord begin as one
        end = step + steps + swing[(step + steps) % 4] - _GAP
        played.append(
            NoteSequence(
                pitch=pitch,
                velocity=velocity,
                start=np.maximum(onset, 0.0) * seconds,
                end=np.minimum(end * seconds, length),
                program=np.full(len(step), line.program),
                instrument=np.full(len(step), number),
            )
        )
    return played
