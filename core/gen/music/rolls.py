"""Piano rolls as text: a row a drum or pitch, a cell a step, with loudness and what is early or late in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from gen.notes.drum_maps import drum_name
from gen.notes.moving import quarters_at
from gen.notes.sequence import FloatColumn, NoteSequence

Kind = Literal["label", "beat", "hit", "early", "late", "held", "line", "rest"]
Span = tuple[str, Kind]
"""Text and what it shows, so that whoever prints it can colour it."""

KIT = {
    35: "kick", 36: "kick", 37: "side stick", 38: "snare", 40: "snare rim", 42: "closed hat", 44: "pedal hat",
    46: "open hat", 43: "low tom", 45: "low tom", 47: "mid tom", 48: "mid tom", 50: "high tom", 49: "crash",
    57: "crash 2", 51: "ride", 53: "ride bell", 59: "ride 2",
}  # fmt: skip
"""Short names of drums."""

_LOUD = "▁▂▃▄▅▆▇█"
_MARKED, _FAR = 5.0, 15.0  # milliseconds off the grid from which on a hit is marked, and marked twice
_NAMES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")
_LABEL = 12
_MOST_ROWS = 60
_ENDLESS = 1e9  # quarter notes


@dataclass(frozen=True)
class Places:
    """Where the notes of a clip are: on which step, how far off it, and what a bar is.

    Attributes:
        quarters, metre: length of a bar in quarter notes, and as it is written.
        grid: steps a quarter, 4 or 3, whichever the notes are nearer to.
        step, last: on which each note begins, and the one in which it ends; counted from the clip's beginning.
        milliseconds: how far each is behind its step; before it where negative.
    """

    quarters: float
    metre: str
    grid: int
    step: np.ndarray[Any, np.dtype[np.int64]]
    last: np.ndarray[Any, np.dtype[np.int64]]
    milliseconds: FloatColumn

    @property
    def steps(self) -> int:
        """Steps of a bar."""
        return max(1, round(self.quarters * self.grid))

    @property
    def bars(self) -> int:
        """Bars up to the end of the last note, at least one."""
        return 1 + int(self.last.max(initial=0)) // self.steps


def places(notes: NoteSequence) -> Places:
    """Count a clip's notes in steps; of several metres the first counts."""
    metres = notes.time_signatures
    sound = np.flatnonzero((metres.numerator > 0) & (metres.denominator > 0))
    above, below = (4, 4) if not len(sound) else (int(metres.numerator[sound[0]]), int(metres.denominator[sound[0]]))
    with np.errstate(all="ignore"):  # strangers' tempos may be endless
        quarters, ends, soon = (
            np.clip(np.nan_to_num(quarters_at(notes, seconds)), 0.0, _ENDLESS)
            for seconds in (notes.start, notes.end, notes.start + 1e-3)
        )
    off = {grid: float(np.abs(quarters - np.round(quarters * grid) / grid).mean()) for grid in (4, 3) if len(notes)}
    grid = 3 if off and off[3] < 0.6 * off[4] else 4
    step = np.floor(quarters * grid + 0.5).astype(np.int64)
    pace = 1e-3 / np.maximum(soon - quarters, 1e-9)  # seconds of a quarter note
    last = np.maximum(step, np.ceil(ends * grid - 0.5).astype(np.int64) - 1)
    return Places(4 * above / below, f"{above}/{below}", grid, step, last, (quarters - step / grid) * pace * 1e3)


def summary(notes: NoteSequence, found: Places) -> str:
    """Loudness and timing of a clip in a line, as one compares them with those of people who play."""
    if not len(notes):
        return "no notes"
    velocity, late = notes.velocity, found.milliseconds
    grid = {4: "sixteenths", 3: "triplets"}[found.grid]
    return (
        f"{len(notes)} notes in {found.bars} bars of {found.metre}: velocity {velocity.min()} to {velocity.max()}, "
        f"spread {velocity.std():.1f}; off the {grid} by {late.mean():+.1f} ms, spread {late.std():.1f} ms"
    )


def rolls(notes: NoteSequence, *, first: int, last: int, width: int) -> Iterator[list[Span]]:
    """Lines of text, of bars from ``first`` to ``last``, counted from 1, as many beside one another as fit.

    A block is a hit, the higher the louder; ``‹ ›`` stand at what is over 5 ms early or late, ``« »`` over 15.
    """
    found = places(notes)
    rows = sorted({(bool(drum), int(pitch)) for drum, pitch in zip(notes.is_drum, notes.pitch, strict=True)})
    rows = [*reversed([row for row in rows if not row[0]]), *reversed([row for row in rows if row[0]])]
    cell = max(1, min(3, (width - _LABEL - 2) // found.steps))
    beside = max(1, (width - _LABEL - 1) // (found.steps * cell + 1))
    for bar in range(first, last + 1, beside):
        shown = range(bar, min(bar + beside, last + 1))
        begin, end = (shown[0] - 1) * found.steps, shown[-1] * found.steps
        there = (found.step < end) & (found.last >= begin)
        yield _ruler(shown, found, cell)
        here = [row for row in rows if ((notes.is_drum == row[0]) & (notes.pitch == row[1]) & there).any()]
        for drum, pitch in here[:_MOST_ROWS]:
            chosen = np.flatnonzero(there & (notes.is_drum == drum) & (notes.pitch == pitch))
            yield _row(notes, found, chosen, range(begin, end), cell)
        if len(here) > _MOST_ROWS:
            yield [(f"{len(here) - _MOST_ROWS} more rows", "label")]
        yield []


def note_rows(notes: NoteSequence, *, timing: bool = False) -> list[list[float]]:
    """A row a note, as pages draw and play them: start and end in seconds, pitch, velocity, program, 1 for drums; with
    ``timing`` also how many milliseconds it is late.
    """
    times = (notes.start.round(4), notes.end.round(4))
    columns = [*times, notes.pitch, notes.velocity, notes.program, notes.is_drum.astype(int)]
    columns += [places(notes).milliseconds.round(1)] if timing else []
    return [list(row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def _ruler(shown: range, found: Places, cell: int) -> list[Span]:
    spans: list[Span] = [(" " * _LABEL, "label")]
    for bar in shown:
        beats = "".join(
            f"{bar}.{1 + step // found.grid}".ljust(cell * found.grid)[: cell * found.grid]
            for step in range(0, found.steps, found.grid)
        )
        spans.append((" " + beats[: found.steps * cell].ljust(found.steps * cell), "beat"))
    return spans


def _row(
    notes: NoteSequence, found: Places, chosen: np.ndarray[Any, np.dtype[np.int64]], steps: range, cell: int
) -> list[Span]:
    cells: dict[int, list[Span]] = {}
    drum = bool(notes.is_drum[chosen[0]])
    for index in sorted(chosen.tolist(), key=lambda each: int(notes.velocity[each])):
        step, last = int(found.step[index]), int(found.last[index])
        for held in range(max(step + 1, steps[0]), min(last, steps[-1]) + 1):
            if not drum:
                cells.setdefault(held, [("─" * cell, "held")])
        if step in steps:
            cells[step] = _hit(int(notes.velocity[index]), float(found.milliseconds[index]), cell)
    name = row_name(int(notes.pitch[chosen[0]]), drum=drum)[: _LABEL - 1]
    spans: list[Span] = [(f"{name:>{_LABEL - 1}} ", "label")]
    for step in steps:
        if step % found.steps == 0:
            spans.append(("│", "line"))
        rest = ("·" if step % found.steps % found.grid == 0 else " ").center(cell)
        spans += cells.get(step, [(rest, "rest")])
    return [*spans, ("│", "line")]


def _hit(velocity: int, milliseconds: float, cell: int) -> list[Span]:
    """A block and, where there is room, marks before or behind it."""
    block = _LOUD[min(7, velocity // 16)]
    far = abs(milliseconds) >= _FAR
    kind: Kind = "hit" if abs(milliseconds) < _MARKED else "early" if milliseconds < 0 else "late"
    mark = {"hit": " ", "early": "«" if far else "‹", "late": "»" if far else "›"}[kind]
    if cell == 1:
        return [(block, kind)]
    if cell == 2:
        return [(block + mark, kind)]
    return [(mark + block + " " if kind == "early" else " " + block + mark, kind)]


def row_name(pitch: int, *, drum: bool) -> str:
    """What a row of a roll is called: a drum of the kit, or a pitch such as C4."""
    if drum:
        return KIT.get(pitch) or drum_name(pitch).lower() or f"drum {pitch}"
    return f"{_NAMES[pitch % 12]}{pitch // 12 - 1}"
