"""What a file holds, in numbers that decide whether it is of use."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np

from gen.data.check.drum_guess import DrumGuess, guess_drums
from gen.midi.reading import Survey
from gen.notes.moving import quarters_at
from gen.notes.sequence import FloatColumn, NoteSequence

T = TypeVar("T")

_MOST_CHANGES = 8  # of tempo and metre that are listed; all are counted


@dataclass(frozen=True)
class Change:
    """A tempo or metre, such as ``96.5 qpm`` or ``3/4``, and from where on it holds; bars are counted from 1."""

    seconds: float
    bar: int
    value: str


@dataclass(frozen=True)
class Facts:
    """One file.

    Attributes:
        format, tracks, ticks_per_quarter: see `gen.midi.reading.Survey`.
        notes, drum_notes: how many.
        silent_onsets: note-ons of velocity 0.
        seconds: up to the last note's end.
        bars: up to the bar of the last onset.
        tempos, metres: the first eight changes of each, the one at the start included.
        tempo_changes, metre_changes: how often they change after that.
        programs: General MIDI programs of notes that aren't drums.
        lowest, highest: pitches of these notes; -1 where there are none.
        at_once: the most of these notes that one instrument plays at once.
        drums: drum notes by pitch.
        guess: a channel that looks like drums where none is on channel 10.
    """

    format: int
    tracks: int
    ticks_per_quarter: int
    notes: int
    drum_notes: int
    silent_onsets: int
    seconds: float
    bars: int
    tempos: tuple[Change, ...]
    metres: tuple[Change, ...]
    tempo_changes: int
    metre_changes: int
    programs: tuple[int, ...]
    lowest: int
    highest: int
    at_once: int
    drums: Mapping[int, int]
    guess: DrumGuess | None


def facts_of(notes: NoteSequence, found: Survey) -> Facts:
    """The facts of a file, from what is heard of it and how it is made."""
    melodic = notes.select(~notes.is_drum)
    table = notes.time_signatures
    signatures = list(zip(table.numerator.tolist(), table.denominator.tolist(), strict=True))
    tempos, tempo_changes = _changes(notes, notes.tempos.time, notes.tempos.qpm.tolist(), "{:.5g} qpm".format)
    metres, metre_changes = _changes(notes, table.time, signatures, lambda metre: "{}/{}".format(*metre))
    pitches, counts = np.unique(notes.pitch[notes.is_drum], return_counts=True)
    return Facts(
        format=found.format,
        tracks=found.tracks,
        ticks_per_quarter=found.ticks_per_quarter,
        notes=len(notes),
        drum_notes=int(notes.is_drum.sum()),
        silent_onsets=found.silent_onsets,
        seconds=round(float(notes.end.max(initial=0.0)), 3),
        bars=bar_numbers(notes, np.array([notes.start.max()]))[0] if len(notes) else 0,
        tempos=tempos,
        metres=metres,
        tempo_changes=tempo_changes,
        metre_changes=metre_changes,
        programs=tuple(np.unique(melodic.program).tolist()),
        lowest=int(melodic.pitch.min(initial=127)) if len(melodic) else -1,
        highest=int(melodic.pitch.max(initial=0)) if len(melodic) else -1,
        at_once=_at_once(melodic),
        drums=dict(zip(pitches.tolist(), counts.tolist(), strict=True)),
        guess=guess_drums(found.channels) if not notes.is_drum.any() else None,
    )


def changing(kind: Literal["tempo", "metre"], facts: Facts) -> str:
    """How often a file's tempo or metre changes and where first, for people; nothing where it doesn't change."""
    tempo = kind == "tempo"
    count, changes = (facts.tempo_changes, facts.tempos) if tempo else (facts.metre_changes, facts.metres)
    if not count:
        return ""
    times = "once" if count == 1 else f"{count:,} times, first"
    change = changes[0] if changes[0].seconds > 0 else changes[1]
    return f"{kind} changes {times} at {change.seconds:.1f} s (bar {change.bar}) to {change.value}"


def bar_numbers(notes: NoteSequence, seconds: FloatColumn) -> list[int]:
    """The bar of each time, from 1 on, through changes of tempo and metre; a metre begins a bar where it is set.

    Before the first metre 4/4 holds.
    """
    quarters = quarters_at(notes, seconds)
    table = notes.time_signatures
    begin, length, before = [0.0], [4.0], [0]
    starts = quarters_at(notes, table.time).tolist()
    for start, numerator, denominator in zip(starts, table.numerator.tolist(), table.denominator.tolist(), strict=True):
        if start > begin[-1]:
            before.append(before[-1] + max(1, math.ceil((start - begin[-1]) / length[-1] - 1e-6)))
            begin.append(start)
            length.append(4.0 * numerator / denominator)
        else:
            length[-1] = 4.0 * numerator / denominator
    index = np.maximum(np.searchsorted(begin, quarters + 1e-6, side="right") - 1, 0)
    since = np.maximum(quarters - np.array(begin)[index], 0.0)
    bars = np.array(before)[index] + np.floor(since / np.array(length)[index] + 1e-6).astype(np.int64) + 1
    return [int(bar) for bar in bars]


def _changes(
    notes: NoteSequence, times: FloatColumn, values: list[T], spell: Callable[[T], str]
) -> tuple[tuple[Change, ...], int]:
    """The first changes of a tempo or metre, and how often it changes after the start."""
    rows = [row for row, value in enumerate(values) if row == 0 or value != values[row - 1]]
    count = max(0, len(rows) - 1) + int(len(rows) > 0 and times[rows[0]] > 0)
    few = rows[:_MOST_CHANGES]
    listed = zip(times[few].tolist(), bar_numbers(notes, times[few]), few, strict=True)
    return tuple(Change(round(time, 3), bar, spell(values[row])) for time, bar, row in listed), count


def _at_once(notes: NoteSequence) -> int:
    """The most notes that sound at once on any one instrument; one that ends where another begins doesn't count."""
    most = 0
    for instrument in np.unique(notes.instrument):
        own = notes.instrument == instrument
        times = np.concatenate([notes.end[own], notes.start[own]])
        steps = np.repeat([-1, 1], int(own.sum()))
        order = np.lexsort((steps, times))
        most = max(most, int(np.cumsum(steps[order]).max(initial=0)))
    return most
