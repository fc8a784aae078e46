"""What a file holds, in numbers that decide whether it is of use."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gen.data.check.drum_guess import DrumGuess, guess_drums
from gen.midi.survey import Survey
from gen.notes.sequence import FloatColumn, NoteSequence
from gen.notes.timing import quarters_at

_MOST_CHANGES = 8  # of tempo and metre that are listed; all are counted


@dataclass(frozen=True)
class Change:
    """A tempo or metre, and from where on it holds.

    Attributes:
        seconds: from the start.
        bar: counted from 1.
        value: such as ``96.5 qpm`` or ``3/4``.
    """

    seconds: float
    bar: int
    value: str


@dataclass(frozen=True)
class Facts:
    """One file.

    Attributes:
        format, tracks, ticks_per_quarter: see `gen.midi.survey.Survey`.
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
    """The facts of a file.

    Args:
        notes: what is heard of it.
        found: how it is made.
    """
    melodic = notes.select(~notes.is_drum)
    metres = list(
        zip(notes.time_signatures.numerator.tolist(), notes.time_signatures.denominator.tolist(), strict=True)
    )
    tempo_rows, metre_rows = _changing(notes.tempos.qpm.tolist()), _changing(metres)
    when_tempo = notes.tempos.time[tempo_rows]
    when_metre = notes.time_signatures.time[metre_rows]
    tempos = _listed(notes, when_tempo, [f"{notes.tempos.qpm[row]:.5g} qpm" for row in tempo_rows])
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
        metres=_listed(notes, when_metre, ["{}/{}".format(*metres[row]) for row in metre_rows]),
        tempo_changes=_count_changes(when_tempo),
        metre_changes=_count_changes(when_metre),
        programs=tuple(np.unique(melodic.program).tolist()),
        lowest=int(melodic.pitch.min(initial=127)) if len(melodic) else -1,
        highest=int(melodic.pitch.max(initial=0)) if len(melodic) else -1,
        at_once=_at_once(melodic),
        drums=dict(zip(pitches.tolist(), counts.tolist(), strict=True)),
        guess=guess_drums(found.channels) if not notes.is_drum.any() else None,
    )


def changing(kind: str, count: int, changes: Sequence[Change]) -> str:
    """How often a tempo or metre changes and where first, for people; nothing where it doesn't change.

    Args:
        kind: ``tempo`` or ``metre``.
        count: how often.
        changes: as `Facts` lists them.
    """
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


def _changing(values: list[float] | list[tuple[int, int]]) -> list[int]:
    """Rows whose value is another than that of the row before."""
    return [row for row, value in enumerate(values) if row == 0 or value != values[row - 1]]


def _count_changes(times: FloatColumn) -> int:
    return max(0, len(times) - 1) + int(len(times) > 0 and times[0] > 0)


def _listed(notes: NoteSequence, times: FloatColumn, values: list[str]) -> tuple[Change, ...]:
    few = times[:_MOST_CHANGES]
    bars = bar_numbers(notes, few)
    return tuple(
        Change(round(time, 3), bar, value) for time, bar, value in zip(few.tolist(), bars, values, strict=False)
    )


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
