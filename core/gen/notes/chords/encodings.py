"""Chord symbols as classes: a triad and its root, the rest of the chord left aside; and chords and keys laid on steps.

Source: note_seq, chords_encoder_decoder.py (TriadChordOneHotEncoding, MajorMinorChordOneHotEncoding) and chords_lib.py
(ChordProgression); magenta, music_vae/data.py (key signatures of events).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from gen.notes.chords.symbols import NO_CHORD, ROOT_NAMES, ChordError, parse_chord
from gen.notes.grid import Grid, steps_from_seconds
from gen.notes.sequence import Chord, IntColumn, KeySignatures

_TRIADS = {(0, 0, 0): "", (0, -1, 0): "m", (0, 0, 1): "aug", (0, -1, -1): "dim"}
"""Kind of triad by how degrees 1, 3 and 5 are altered; in order of its block of classes."""

ChordEncodingName = Literal["triads", "major-minor"]


@dataclass(frozen=True)
class ChordEncoding:
    """Classes of chords: 0 is no chord, then twelve roots from C for each kind of triad.

    ``name`` is what recipes call it; ``kinds`` are how each kind is written behind its root.
    """

    name: str
    kinds: tuple[str, ...]

    @property
    def depth(self) -> int:
        """Number of classes."""
        return 1 + 12 * len(self.kinds)

    @property
    def roots(self) -> tuple[tuple[int, int], ...]:
        """First and last (not included) class of each kind; within them the roots go up by half steps from C."""
        return tuple((1 + 12 * kind, 13 + 12 * kind) for kind in range(len(self.kinds)))

    def encode(self, text: str) -> int:
        """The class of a chord symbol.

        Raises:
            ChordError: it can't be read, or its triad is none of the kinds.
        """
        if text == NO_CHORD:
            return 0
        chord = parse_chord(text)
        degrees = dict(chord.degrees)
        triad = tuple(degrees.get(degree) for degree in (1, 3, 5))
        kind = next((kind for alterations, kind in _TRIADS.items() if alterations == triad), None)
        if kind not in self.kinds:
            raise ChordError("unknown-chord", f"chord symbol {text!r} has no triad among the classes of {self.name!r}")
        return 1 + 12 * self.kinds.index(kind) + chord.root

    def decode(self, index: int) -> str:
        """The symbol of a class; a `ValueError` where there is none of that number."""
        if not 0 <= index < self.depth:
            raise ValueError(f"chord class {index} is not within 0 to {self.depth - 1}")
        if index == 0:
            return NO_CHORD
        kind, root = divmod(index - 1, 12)
        return ROOT_NAMES[root] + self.kinds[kind]


TRIADS = ChordEncoding("triads", ("", "m", "aug", "dim"))
"""Major, minor, augmented and diminished triads: 49 classes."""

MAJOR_MINOR = ChordEncoding("major-minor", ("", "m"))
"""Major and minor triads: 25 classes."""

_ENCODINGS = {encoding.name: encoding for encoding in (TRIADS, MAJOR_MINOR)}


def chord_encoding(name: ChordEncodingName) -> ChordEncoding:
    """An encoding by name; a `ValueError` where there is none of that name."""
    if name not in _ENCODINGS:
        raise ValueError(f"no chord encoding named {name!r}; there are {', '.join(_ENCODINGS)}")
    return _ENCODINGS[name]


def chords_at_steps(chords: Sequence[Chord], grid: Grid, steps: int) -> tuple[list[str], IntColumn]:
    """Which chord holds at each of T steps: the latest one that began at or before it.

    Returns:
        The different symbols, ``N.C.`` first, and for each step an index into them, int64 ``[T]``.

    Raises:
        ChordError: two different chords begin at one step (``coincident-chords``).
    """
    ordered = sorted(chords, key=lambda chord: chord.time)
    begin = steps_from_seconds(np.array([chord.time for chord in ordered], np.float64), grid.steps_per_second)
    symbols = list(dict.fromkeys([NO_CHORD, *(chord.text for chord in ordered)]))
    number = np.array([0, *(symbols.index(chord.text) for chord in ordered)], np.int64)
    clash = np.flatnonzero((begin[1:] == begin[:-1]) & (number[2:] != number[1:-1]))
    if len(clash):
        one, other = ordered[int(clash[0])], ordered[int(clash[0]) + 1]
        raise ChordError(
            "coincident-chords", f"chords {one.text!r} and {other.text!r} both begin at step {begin[clash[0]]}"
        )
    return symbols, number[np.searchsorted(begin, np.arange(steps), side="right")]


def keys_at_steps(keys: KeySignatures, grid: Grid, steps: int) -> IntColumn:
    """The key that holds at each of T steps, C = 0, int64 ``[T]``; before the first one that is the first."""
    order = np.argsort(keys.time, kind="stable")
    begin = keys.time[order] * grid.steps_per_second
    latest = np.searchsorted(begin, np.arange(steps), side="right") - 1
    held: IntColumn = keys.key[order][np.maximum(latest, 0)]
    return held
