"""Chords and keys as controls: what holds at each step of a part, as a class each, and back.

Chords come from a part's chord symbols, or from its notes where it has none; keys from its key signatures, or with the
chords. Source: magenta, music_vae/data.py (BaseNoteSequenceConverter and OneHotMelodyConverter).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from gen import NoteSequence
from gen.interfaces import OneHot, Rows
from gen.notes import Grid
from gen.notes.chords import (
    ChordEncoding,
    ChordError,
    Harmony,
    chord_encoding,
    chords_at_steps,
    infer_chords,
    keys_at_steps,
)
from gen_converters.common.arrays import Decoded, Ints, Singles, checked_rows
from gen_converters.common.parts import Rejected

_KEYS = 12
_MAGENTA_JS = {"triads": "TriadChordEncoder", "major-minor": "MajorMinorChordEncoder"}

Numbers = npt.NDArray[np.int16]
ChordClasses = Literal["triads", "major-minor"]
UnknownChords = Literal["window", "part"]

_Window = TypeVar("_Window")


class Changes(NamedTuple):
    """What a clip's controls say, where it changes: (step, chord symbol) and (step, key)."""

    chords: Sequence[tuple[int, str]] = ()
    keys: Sequence[tuple[int, int]] = ()


def harmony_of(part: NoteSequence, grid: Grid) -> Harmony:
    """Chords and keys found from the notes of a part; `Rejected` where there are none."""
    try:
        return infer_chords(part, grid)
    except ChordError as error:
        raise Rejected(error.code, f"{error}; give chord symbols, or turn the controls off") from error


def classes_of(symbols: Sequence[str], encoding: ChordEncoding, *, none: int) -> tuple[Ints, dict[int, ChordError]]:
    """The class of each chord symbol, ``none`` where there is no class; and why that is so, by the symbol's index."""
    classes = np.full(len(symbols), none)
    problems: dict[int, ChordError] = {}
    for number, symbol in enumerate(symbols):
        try:
            classes[number] = encoding.encode(symbol)
        except ChordError as error:
            problems[number] = error
    return classes, problems


@dataclass(frozen=True, eq=False)
class Timeline:
    """The conditions of each step of a part."""

    numbers: Numbers  # [T, conditions]: a number for each different chord symbol, then the key
    classes: Ints  # of each number; for one that has none, as `OneHot` stores the absence of a class
    problems: dict[int, ChordError]  # why a number's chord has no class; chords of different symbols may share one
    fields: tuple[OneHot, ...]  # classes of each condition
    unknown_chords: UnknownChords  # what a chord without a class costs

    def at(self, origin: int, steps: int) -> Numbers:
        """The conditions of ``steps`` steps from ``origin`` on; past the end the last ones hold."""
        return self.numbers[np.minimum(np.arange(origin, origin + steps), len(self.numbers) - 1)]

    def known(self, windows: list[_Window], *, conditions: Callable[[_Window], Numbers]) -> list[_Window]:
        """The windows of a part all of whose chords have a class; ``conditions`` finds those of one, ``[T, ...]``.

        Raises:
            Rejected: there are none, or a chord without a class costs the whole part.
        """
        if not self.problems:
            return windows
        bad = np.array(list(self.problems))
        kept = []
        first: ChordError | None = None
        for window in windows:
            found = bad[np.isin(bad, conditions(window)[:, 0])]
            if len(found):
                first = first or self.problems[int(found[0])]
            else:
                kept.append(window)
        if first is not None and (not kept or self.unknown_chords == "part"):
            raise Rejected(first.code, f"{str(first).partition(';')[0]}; correct it, or set another chord_encoding")
        return kept

    def controls(self, numbers: Numbers) -> Rows | None:
        """Conditions ``[T, conditions]`` as rows, whose chords must be `known`; None where there are no conditions."""
        if not self.fields:
            return None
        columns = list(numbers.T)
        if len(self.classes):
            columns[0] = self.classes[columns[0]]
        return Rows(self.fields, columns)


class Conditioning:
    """Which controls examples have: options of a recipe.

    Args:
        encoding: give the chord of each step: ``triads`` (49 classes) or ``major-minor`` (25). Where a part has
            no chord symbols they are found from its notes.
        condition_on_key: give the key of each step too (12 classes).
        unknown_chords: what a chord that has no class costs: the ``window`` it is in, or the whole ``part``, as in the
            original.

    Raises:
        ValueError: there is no such encoding, or nothing else that a chord could cost.
    """

    def __init__(
        self,
        encoding: ChordClasses | None = None,
        *,
        condition_on_key: bool = False,
        unknown_chords: UnknownChords = "window",
    ) -> None:
        if unknown_chords not in ("window", "part"):
            raise ValueError(f"unknown_chords must be window or part, got {unknown_chords!r}")
        self.encoding: ChordEncoding | None = None if encoding is None else chord_encoding(encoding)
        self._keys = condition_on_key
        self._unknown_chords: UnknownChords = unknown_chords
        chords = (OneHot(self.encoding.depth, roots=self.encoding.roots),) if self.encoding else ()
        self.fields: tuple[OneHot, ...] = chords
        if condition_on_key:
            self.fields += (OneHot(_KEYS, roots=((0, _KEYS),)),)

    def magenta_js(self) -> dict[str, Any]:
        """What says the same beside a converter of magenta.js (core/chords.ts)."""
        chords = {"chordEncoder": _MAGENTA_JS[self.encoding.name]} if self.encoding else {}
        return {**chords, "conditionOnKey": True} if self._keys else chords

    def timeline(self, part: NoteSequence, grid: Grid) -> Timeline:
        """The conditions of a part of one tempo and metre, whose chords may be found from its notes; or `Rejected`."""
        chords, keys = part.chords, part.key_signatures
        if (self.encoding and not chords) or (self._keys and not len(keys)):
            if chords:
                raise Rejected(
                    "no-key",
                    "there are chord symbols but no key signature; add one, take the chords out so that both are "
                    "found from the notes, or turn condition_on_key off",
                )
            harmony = harmony_of(part, grid)
            chords, keys = harmony.chords, harmony.keys
        steps = max(grid.total_steps, 1)
        columns: list[Ints] = []
        classes = np.zeros(0, np.int64)
        problems: dict[int, ChordError] = {}
        if self.encoding:
            try:
                symbols, numbers = chords_at_steps(chords, grid, steps)
            except ChordError as error:
                raise Rejected(error.code, f"{error}; keep one of them") from error
            columns.append(numbers)
            classes, problems = classes_of(symbols, self.encoding, none=self.fields[0].empty)
        if self._keys:
            columns.append(keys_at_steps(keys, grid, steps) % _KEYS)
        numbers16 = np.stack(columns, axis=1).astype(np.int16) if columns else np.zeros((steps, 0), np.int16)
        return Timeline(numbers16, classes, problems, self.fields, self._unknown_chords)

    def check_key(self, key: int | None) -> None:
        """Check that there are chords among the controls, and a key exactly where there are keys; else a ValueError."""
        if self.encoding is None:
            raise ValueError("this model doesn't play to chords")
        if self._keys and key is None:
            raise ValueError("this model plays to chords in a key: give the key as well")
        if key is not None and not self._keys:
            raise ValueError("this model plays to chords, and to no key: leave the key out")

    def progression(self, chords: Sequence[str], *, key: int | None, steps: int) -> Singles:
        """Controls ``[steps, depth]`` of chord symbols, each for an equal share of the steps, in a key.

        A ValueError as of `check_key`; or where a chord has no class, or there are more chords than steps.
        """
        self.check_key(key)
        if not 1 <= len(chords) <= steps:
            raise ValueError(f"{len(chords)} chords can't share {steps} steps")
        assert self.encoding is not None
        classes = np.array([self.encoding.encode(chord) for chord in chords])
        columns = [classes[np.arange(steps) * len(chords) // steps]]
        if key is not None:
            columns.append(np.full(steps, key % _KEYS))
        return Rows(self.fields, columns).dense()

    def checked(self, controls: Decoded | None, shape: tuple[int, ...]) -> Decoded:
        """Controls ``[B, T, depth]``, if they fit outputs of a shape ``[B, T, ...]``; without any, ``[B, T, 0]``."""
        if controls is None or not self.fields:
            return np.zeros((*shape[:2], 0))
        rows = checked_rows(controls, sum(field.width for field in self.fields), name="controls")
        if rows.shape[:2] != shape[:2]:
            raise ValueError(f"controls are {list(rows.shape[:2])} steps where the outputs are {list(shape[:2])}")
        return rows

    def decode(self, controls: Decoded, *, original_decode: bool) -> Changes:
        """What the controls of a clip ``[T, depth]`` say; nothing where they are ``[T, 0]``.

        As the original has it, the last 12 classes of chords (the diminished ones) are no chord where there are no
        keys.
        """
        if not controls.shape[1]:
            return Changes()
        chords: list[tuple[int, str]] = []
        keys: list[tuple[int, int]] = []
        if self.encoding:
            width = self.encoding.depth - (_KEYS if original_decode and not self._keys else 0)
            chords = [(step, self.encoding.decode(number)) for step, number in _changes(controls[:, :width])]
        if self._keys:
            keys = _changes(controls[:, -_KEYS:])
        return Changes(chords, keys)


def _changes(rows: Decoded) -> list[tuple[int, int]]:
    """(step, class) wherever the likeliest class ``[T, depth]`` changes, the first step included."""
    classes = rows.argmax(axis=1)
    return [(int(step), int(classes[step])) for step in np.flatnonzero(np.diff(classes, prepend=-1))]
