"""Chords and keys as controls: what holds at each step of a part, as a class each, and back.

Chords come from a part's chord symbols, or from its notes where it has none; keys from its key signatures, or with the
chords. Source: magenta, music_vae/data.py (BaseNoteSequenceConverter and OneHotMelodyConverter).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt

from gen import NoteSequence, Rejection
from gen.interfaces import OneHot, Rows
from gen.notes import Grid
from gen.notes.chords import ChordEncoding, ChordError, chord_encoding, chords_at_steps, infer_chords, keys_at_steps
from gen_converters.common import magenta_js
from gen_converters.common.one_hot import checked_rows

_KEYS = 12

Numbers = npt.NDArray[np.int16]
UnknownChords = Literal["window", "part"]

_Window = TypeVar("_Window")


@dataclass(frozen=True, eq=False)
class Changes:
    """What a clip's controls say, where it changes: (step, chord symbol) and (step, key)."""

    chords: Sequence[tuple[int, str]] = ()
    keys: Sequence[tuple[int, int]] = ()


@dataclass(frozen=True, eq=False)
class Timeline:
    """The conditions of each step of a part.

    Attributes:
        numbers: int16 ``[T, conditions]``: a number for each different chord symbol, then the key.
        problems: why a number's chord has no class; chords of different symbols may share one.
        classes: class of each number, int64; for one that has none, as `OneHot` stores the absence of a class.
        fields: classes of each condition.
        unknown_chords: what a chord without a class costs.
    """

    numbers: Numbers
    classes: npt.NDArray[np.int64]
    problems: dict[int, ChordError]
    fields: tuple[OneHot, ...]
    unknown_chords: UnknownChords

    def at(self, origin: int, steps: int) -> Numbers:
        """The conditions of ``steps`` steps from ``origin`` on; past the end the last ones hold."""
        return self.numbers[np.minimum(np.arange(origin, origin + steps), len(self.numbers) - 1)]

    def beside(self, events: npt.NDArray[np.int16], origin: int) -> npt.NDArray[np.int16]:
        """Events ``[T]`` that begin at step ``origin``, and the conditions beside them: ``[T, 1 + conditions]``."""
        return np.concatenate([events[:, np.newaxis], self.at(origin, len(events))], axis=1)

    def known(
        self, windows: list[_Window], *, conditions: Callable[[_Window], Numbers] | None = None
    ) -> list[_Window] | Rejection:
        """The windows all of whose chords have a class; none of a part where one hasn't and that costs the part.

        Args:
            windows: of one part.
            conditions: finds a window's conditions ``[T, conditions]``; None where they stand behind its events.
        """
        if not self.problems:
            return windows
        bad = np.array(list(self.problems))
        kept = []
        first: ChordError | None = None
        for window in windows:
            numbers = conditions(window) if conditions else np.asarray(window)[:, 1:]
            found = bad[np.isin(bad, numbers[:, 0])]
            if len(found):
                first = first or self.problems[int(found[0])]
            else:
                kept.append(window)
        if first is not None and (not kept or self.unknown_chords == "part"):
            return Rejection(first.code, f"{first}; correct it, or set another chord_encoding")
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
    """Which controls examples have.

    Args:
        encoding: classes of chords; None for no chords.
        keys: whether keys are controls.
        unknown_chords: what a chord without a class costs.

    Raises:
        ValueError: there is no such encoding, or nothing else that a chord could cost.
    """

    def __init__(
        self, encoding: Literal["triads", "major-minor"] | None, *, keys: bool, unknown_chords: UnknownChords
    ) -> None:
        if unknown_chords not in ("window", "part"):
            raise ValueError(f"unknown_chords must be window or part, got {unknown_chords!r}")
        self._encoding: ChordEncoding | None = None if encoding is None else chord_encoding(encoding)
        self._keys = keys
        self._unknown_chords: UnknownChords = unknown_chords
        chords = (OneHot(self._encoding.depth, roots=self._encoding.roots),) if self._encoding else ()
        self._fields = (*chords, *((OneHot(_KEYS, roots=((0, _KEYS),)),) if keys else ()))

    @property
    def depth(self) -> int:
        """Width of the controls; 0 for none."""
        return sum(field.width for field in self._fields)

    @property
    def fields(self) -> tuple[OneHot, ...]:
        """What the columns of the controls mean: chords, then keys."""
        return self._fields

    def magenta_js(self) -> dict[str, Any]:
        """What says the same beside a converter of magenta.js."""
        return magenta_js.conditions(None if self._encoding is None else self._encoding.name, keys=self._keys)

    def timeline(self, part: NoteSequence, grid: Grid) -> Timeline | Rejection:
        """The conditions of a part, or why there are none.

        Args:
            part: with one tempo and metre; chords are found from these notes.
            grid: where they fall.
        """
        chords, keys = part.chords, part.key_signatures
        if (self._encoding and not chords) or (self._keys and not len(keys)):
            if chords:
                return Rejection(
                    "no-key",
                    "there are chord symbols but no key signature; add one, take the chords out so that both are "
                    "found from the notes, or turn condition_on_key off",
                )
            try:
                harmony = infer_chords(part, grid)
            except ChordError as error:
                return Rejection(error.code, f"{error}; give chord symbols, or turn the controls off")
            chords, keys = harmony.chords, harmony.keys
        steps = max(grid.total_steps, 1)
        columns: list[npt.NDArray[np.int64]] = []
        symbols: list[str] = []
        if self._encoding:
            try:
                symbols, numbers = chords_at_steps(chords, grid, steps)
            except ChordError as error:
                return Rejection(error.code, f"{error}; keep one of them")
            columns.append(numbers)
        if self._keys:
            columns.append(keys_at_steps(keys, grid, steps) % _KEYS)
        classes, problems = self._classes(symbols)
        numbers16 = np.stack(columns, axis=1).astype(np.int16) if columns else np.zeros((steps, 0), np.int16)
        return Timeline(numbers16, classes, problems, self._fields, self._unknown_chords)

    def _classes(self, symbols: Sequence[str]) -> tuple[npt.NDArray[np.int64], dict[int, ChordError]]:
        """The class of each chord symbol, and why some have none."""
        problems: dict[int, ChordError] = {}
        if self._encoding is None:
            return np.zeros(0, np.int64), problems
        classes = np.full(len(symbols), self._fields[0].empty)
        for number, symbol in enumerate(symbols):
            try:
                classes[number] = self._encoding.encode(symbol)
            except ChordError as error:
                problems[number] = error
        return classes, problems

    def progression(self, chords: Sequence[str], *, key: int | None, steps: int) -> npt.NDArray[np.float32]:
        """Controls ``[steps, depth]`` of chord symbols, each for an equal share of the steps, in a key.

        Raises:
            ValueError: there are no chords among the controls, a chord has no class, there are more chords than steps,
                or the key is missing or has no use.
        """
        if self._encoding is None:
            raise ValueError("this model doesn't play to chords")
        if self._keys and key is None:
            raise ValueError("this model plays to chords in a key: give the key as well")
        if key is not None and not self._keys:
            raise ValueError("this model plays to chords, and to no key: leave the key out")
        if not 1 <= len(chords) <= steps:
            raise ValueError(f"{len(chords)} chords can't share {steps} steps")
        classes = np.array([self._encoding.encode(chord) for chord in chords])
        columns = [classes[np.arange(steps) * len(chords) // steps]]
        if key is not None:
            columns.append(np.full(steps, key % _KEYS))
        return Rows(self._fields, columns).dense()

    def checked(self, controls: npt.NDArray[np.floating] | None, shape: tuple[int, ...]) -> npt.NDArray[np.floating]:
        """Controls ``[B, T, depth]`` that fit outputs of a shape ``[B, T]``; without any, ``[B, T, 0]``.

        Raises:
            ValueError: they have another shape.
        """
        if controls is None or not self._fields:
            return np.zeros((*shape[:2], 0))
        rows = checked_rows(controls, self.depth, name="controls")
        if rows.shape[:2] != shape[:2]:
            raise ValueError(f"controls are {list(rows.shape[:2])} steps where the outputs are {list(shape[:2])}")
        return rows

    def decode(self, controls: npt.NDArray[np.floating], *, original_decode: bool) -> Changes:
        """What the controls of a clip ``[T, depth]`` say; nothing where they are ``[T, 0]``."""
        if not controls.shape[1]:
            return Changes()
        chords: list[tuple[int, str]] = []
        keys: list[tuple[int, int]] = []
        if self._encoding:
            width = self._encoding.depth - (_KEYS if original_decode and not self._keys else 0)
            chords = [(step, self._encoding.decode(number)) for step, number in _changes(controls[:, :width])]
        if self._keys:
            keys = _changes(controls[:, -_KEYS:])
        return Changes(chords, keys)


def _changes(rows: npt.NDArray[np.floating]) -> list[tuple[int, int]]:
    """(step, class) wherever the likeliest class ``[T, depth]`` changes, the first step included."""
    classes = rows.argmax(axis=1)
    return [(int(step), int(classes[step])) for step in np.flatnonzero(np.diff(classes, prepend=-1))]
