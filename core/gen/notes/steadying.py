"""The same music without the changes of tempo and metre that no note feels, for who needs one of both.

What no note feels:

* a tempo while nothing is struck or held, such as before the first note and after the last;
* tempos within a thousandth of each other, as rounding leaves them;
* a metre whose bars are as long as those before it, such as 2/2 after 4/4, and one before the first note or after the
  last;
* a first bar that is shorter than the metre after it (a pick-up), whose notes go to the end of a whole bar; and a
  shorter last bar, as the pick-up's counterpart.

Places in quarter notes stay as they are, but for whole bars or a pick-up's missing beats at the beginning; times in
seconds follow from the tempos that are left. A change that is felt stays.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gen.notes.moving import quarters_at
from gen.notes.sequence import DEFAULT_QPM, FloatColumn, NoteSequence, Tempos, TimeSignatures

_ALIKE = 1e-3  # of a tempo; the least change that anybody hears is ten times as large
_SILENCE = 2  # bars
_NEAR = 1e-6  # quarter notes
_TABLES = ("key_signatures", "control_changes", "pitch_bends")


@dataclass(frozen=True)
class _Span:
    """What holds from one place in quarter notes up to another: a tempo, or a metre's numerator and denominator."""

    begin: float
    end: float
    value: tuple[float, ...]

    @property
    def bar(self) -> float:
        """Quarter notes of a bar, if it is a metre."""
        return 4.0 * self.value[0] / self.value[1]


def steady(notes: NoteSequence) -> NoteSequence:
    """A sequence without changes that no note feels; the same one where there are none."""
    tempos, metres = notes.tempos, notes.time_signatures
    plain = len(tempos) < 2 and len(metres) < 2 and not tempos.time.any() and not metres.time.any()
    sound = (np.isfinite(tempos.qpm) & (tempos.qpm > 0)).all() and (metres.numerator > 0).all()
    if plain or not len(notes) or not sound or not (metres.denominator > 0).all():
        return notes
    start = quarters_at(notes, notes.start)
    stop = np.where(notes.is_drum, start, quarters_at(notes, notes.end))  # a stroke is over when it is struck
    clocks = _spans(quarters_at(notes, tempos.time), [(qpm,) for qpm in tempos.qpm.tolist()], (DEFAULT_QPM,))
    signatures = list(zip(metres.numerator.tolist(), metres.denominator.tolist(), strict=True))
    bars = _spans(quarters_at(notes, metres.time), signatures, (4.0, 4.0))
    kept_clocks = _felt_tempos(clocks, start, stop)
    kept_bars, shift = _felt_metres(bars, start)
    if len(kept_clocks) == len(clocks) and len(kept_bars) == len(bars) and not shift:
        return notes
    return _retimed(notes, kept_clocks, kept_bars if len(metres) else [], shift)


def _spans(places: FloatColumn, values: list[tuple[Any, ...]], default: tuple[float, ...]) -> list[_Span]:
    """What holds where; of several things at one place the last one, and nothing that is said again."""
    order = np.argsort(places, kind="stable").tolist()
    changes: list[tuple[float, tuple[float, ...]]] = [(0.0, default)]
    for place, value in [(max(float(places[index]), 0.0), values[index]) for index in order]:
        if place <= changes[-1][0] + _NEAR:
            changes[-1] = (changes[-1][0], value)
        elif value != changes[-1][1]:
            changes.append((place, value))
    ends = [*(place for place, _ in changes[1:]), np.inf]
    return [_Span(place, end, value) for (place, value), end in zip(changes, ends, strict=True)]


def _felt_tempos(spans: list[_Span], start: FloatColumn, stop: FloatColumn) -> list[_Span]:
    """The tempos that are left; the first begins at 0."""
    order = np.argsort(start, kind="stable")
    struck, held = start[order], np.maximum.accumulate(stop[order])  # of notes up to each
    begin = np.array([-np.inf, *(span.begin for span in spans[1:])])
    until = np.searchsorted(struck, np.array([span.end for span in spans]) - _NEAR)  # notes before the end
    onsets = until > np.searchsorted(struck, begin - _NEAR)
    sounding = np.append(-np.inf, held)[until] > begin + _NEAR
    kept: list[_Span] = []
    for span, felt in zip(spans, (onsets | sounding).tolist(), strict=True):
        if felt and not (kept and abs(span.value[0] / kept[-1].value[0] - 1.0) < _ALIKE):
            kept.append(span)
    return [replace(kept[0], begin=0.0), *kept[1:]]


def _felt_metres(spans: list[_Span], start: FloatColumn) -> tuple[list[_Span], float]:
    """The metres that are left, and quarter notes by which all goes later, so that the first one's bars begin at 0."""
    first, last = float(start.min()) + _NEAR, float(start.max())
    kept = [span for span in spans if span.begin <= last + _NEAR and span.end > first]
    kept = kept or spans[-1:]
    joined: list[_Span] = []
    for span in kept:
        if joined and span.bar == joined[-1].bar and _whole(span.begin - joined[-1].begin, span.bar):
            joined[-1] = replace(joined[-1], end=span.end)
        else:
            joined.append(span)
    kept = joined
    if len(kept) > 1 and _is_short_bar(kept[0], kept[0].end, kept[1].bar):
        kept = kept[1:]  # a pick-up
    if len(kept) > 1 and _is_short_bar(kept[-1], last, kept[-2].bar):
        kept = [*kept[:-2], replace(kept[-2], end=kept[-1].end)] if _follows(kept[-2], kept[-1]) else kept
    shift = -kept[0].begin % kept[0].bar if kept[0].begin > 0 else 0.0
    shift = 0.0 if min(shift, kept[0].bar - shift) < _NEAR else shift
    return [replace(kept[0], begin=0.0), *(replace(span, begin=span.begin + shift) for span in kept[1:])], shift


def _is_short_bar(span: _Span, end: float, bar: float) -> bool:
    """Whether a metre holds for one bar at most, up to an end, and that is shorter than another's."""
    return span.bar < bar and end <= span.begin + span.bar + _NEAR


def _follows(before: _Span, span: _Span) -> bool:
    """Whether a metre begins at a bar line of the one before it."""
    return _whole(span.begin - before.begin, before.bar)


def _whole(length: float, bar: float) -> bool:
    return abs(length / bar - round(length / bar)) * bar < _NEAR


def _retimed(notes: NoteSequence, clocks: list[_Span], metres: list[_Span], shift: float) -> NoteSequence:
    """The same places in quarter notes, moved by ``shift``, at other tempos."""
    begin = np.array([0.0, *(span.begin + shift for span in clocks[1:])])
    qpm = np.array([span.value[0] for span in clocks])
    since = np.concatenate([[0.0], np.cumsum(np.diff(begin) * 60.0 / qpm[:-1])])

    def seconds(places: FloatColumn) -> FloatColumn:
        index = np.maximum(np.searchsorted(begin, places, side="right") - 1, 0)
        found: FloatColumn = since[index] + (places - begin[index]) * 60.0 / qpm[index]
        return found

    def moved(times: FloatColumn) -> FloatColumn:
        return seconds(quarters_at(notes, times) + shift)

    tables: dict[str, Any] = {
        name: replace(table, time=moved(table.time)) for name in _TABLES for table in [getattr(notes, name)]
    }
    start = moved(notes.start)
    signatures = np.array([span.value for span in metres], np.int64).reshape(-1, 2)
    return replace(
        notes,
        start=start,
        end=np.maximum(moved(notes.end), start),
        tempos=Tempos(since, qpm),
        time_signatures=TimeSignatures(seconds(np.array([span.begin for span in metres])), *signatures.T),
        **tables,
        chords=tuple(replace(each, time=float(moved(np.array(each.time)))) for each in notes.chords),
        total_time=float(moved(np.array(notes.total_time))),
    )


def without_leading_silence(notes: NoteSequence) -> tuple[NoteSequence, int]:
    """A sequence without the whole bars before its first note, if they are two or more, and how many these were.

    Nothing is left out where tempo or metre change, or bars can't be counted; a bar's rest is music, or a count-in.
    """
    tempos, metres = notes.tempos, notes.time_signatures
    if not len(notes) or len(tempos) > 1 or len(metres) > 1 or tempos.time.any() or metres.time.any():
        return notes, 0
    qpm = tempos.first
    top, bottom = (int(metres.numerator[0]), int(metres.denominator[0])) if len(metres) else (4, 4)
    if not (np.isfinite(qpm) and qpm > 0 and top > 0 and bottom > 0):
        return notes, 0
    bar = 240.0 / qpm * top / bottom
    early = bar / (top * 4)  # a note that is played so early belongs to the bar after it
    count = int((float(notes.start.min()) + early) // bar)
    if count < _SILENCE:
        return notes, 0
    length = count * bar
    tables: dict[str, Any] = {
        name: replace(table, time=np.maximum(table.time - length, 0.0))
        for name in _TABLES
        for table in [getattr(notes, name)]
    }
    return (
        replace(
            notes,
            start=notes.start - length,
            end=np.maximum(notes.end - length, notes.start - length),
            **tables,
            chords=tuple(replace(each, time=max(each.time - length, 0.0)) for each in notes.chords),
            total_time=notes.total_time - length,
        ),
        count,
    )
