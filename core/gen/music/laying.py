"""A clip as a model counts, whatever its length, metre and tempo; and what the model makes of it, laid back.

A model hears windows of whole bars in one metre at one tempo. A short clip is a loop, and comes again until a window is
full; a bar of another metre fills the beginning of a model's bar, or is cut into several; changes of tempo are followed
in beats. A melody in another metre isn't laid: it would be a melody with holes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from gen.midi.events import Ints
from gen.model.build import build_converter
from gen.music.verbs.bars import Grid, lay_grid
from gen.music.windows import rejection_of
from gen.notes.moving import quarters_at, seconds_at
from gen.notes.sequence import FloatColumn, NoteSequence, Tempos, TimeSignatures
from gen.training.load import Trained

_QUARTER = 5040  # ticks: steps of any metre and of any model are whole
_HELPED = {"too-short", "tempo-change", "metre-change", "wrong-metre"}
_TEMPOS = (10.0, 1000.0)


@dataclass(frozen=True, eq=False)
class Laid:
    """A clip laid into a model's bars.

    Attributes:
        notes: the clip as the model counts it, at one tempo, at least a window long.
        clip: as it was.
        notices: what was done, for people.
    """

    notes: NoteSequence
    clip: NoteSequence
    notices: tuple[str, ...]
    grid: Grid
    seconds: float
    bars: int

    def own(self, made: NoteSequence) -> NoteSequence:
        """Of what was made of ``notes``, that which the clip's bars have a place for, the first time in a loop."""
        bar, inside, _ = self._at(made)
        kept = (bar < self.bars) & (inside < self.grid.steps_in(np.minimum(bar, self.bars - 1)))
        return made.select(kept)

    def back(self, made: NoteSequence) -> NoteSequence:
        """That of it, in the clip's own time."""
        made = self.own(made)
        bar, inside, off = self._at(made)
        tick = self.grid.tick(bar, inside) + off * self.grid.step
        ends = tick + (made.end - made.start) / self.seconds * self.grid.step
        start, end = (seconds_at(self.clip, np.maximum(each, 0.0) / _QUARTER) for each in (tick, ends))
        clip = self.clip
        return replace(
            made,
            start=start,
            end=np.maximum(end, start),
            tempos=clip.tempos,
            time_signatures=clip.time_signatures,
            key_signatures=clip.key_signatures,
            chords=(),
            total_time=clip.total_time,
        )

    def _at(self, made: NoteSequence) -> tuple[Ints, Ints, FloatColumn]:
        """The model bar and step nearest to each onset, and how far off it is, in steps."""
        place = made.start / self.seconds
        step = np.rint(place).astype(np.int64)
        bar, inside = np.divmod(step, self.grid.steps_per_bar)
        return bar, inside, place - step


def lay(trained: Trained, notes: NoteSequence, *, any_metre: bool = True) -> Laid | None:
    """Lay a clip into a model's bars; None where the model hears it as it is, or couldn't all the same.

    Drums may be in any metre, unless ``any_metre`` is off; several bars, as of 2/4, may make one of the model's.
    """
    converter = build_converter(trained.recipe)
    rejection = rejection_of(trained, notes)
    if rejection is None or rejection.code not in _HELPED or not len(notes):
        return None
    if not (np.isfinite(notes.tempos.qpm) & (notes.tempos.qpm > 0)).all():  # nobody can count in it
        return None
    quarters = trained.recipe.converter.arguments.get("quarters_per_bar") or 4
    if converter.steps is None or converter.steps_per_bar is None or not isinstance(quarters, int):
        return None
    metres = tuple((tick, *_felt(top, bottom, quarters)) for tick, top, bottom in _metres(notes))
    whole = not any_metre or converter.drum_classes is None
    if whole and any(Fraction(4 * top, bottom) != quarters for _, top, bottom in metres):
        return None
    per_bar = converter.steps_per_bar
    grid = lay_grid(_QUARTER, metres, steps_per_bar=per_bar, steps_per_quarter=per_bar // quarters)
    qpm = float(np.clip(notes.tempos.first, *_TEMPOS))
    seconds = 60.0 / qpm / (per_bar // quarters)
    start, end = (quarters_at(notes, each) * _QUARTER for each in (notes.start, notes.end))
    bar, step, _ = grid.at(start)
    begin = (bar * per_bar + step + (start - grid.tick(bar, step)) / grid.step) * seconds
    length = (end - start) / grid.step * seconds
    bars = int(bar.max()) + 1
    window = converter.steps // per_bar
    turns = max(1, -(-window // bars))
    shifts = np.arange(turns) * bars * per_bar * seconds
    again = np.tile(np.arange(len(notes)), turns)
    shift = np.repeat(shifts, len(notes))
    onset = np.maximum(begin[again] + shift, 0.0)
    laid = replace(
        notes.select(again),
        start=onset,
        end=onset + np.maximum(length[again], 1e-3),
        tempos=Tempos(np.zeros(1), np.array([qpm])),
        time_signatures=TimeSignatures(np.zeros(1), np.array([quarters]), np.array([4])),
        chords=(),
        total_time=max(bars * turns, window) * per_bar * seconds,
    )
    if rejection_of(trained, laid) is not None:
        return None
    return Laid(laid, notes, tuple(_notices(notes, metres, quarters, bars, window)), grid, seconds, bars)


def _metres(notes: NoteSequence) -> tuple[tuple[int, int, int], ...]:
    """Tick, numerator and denominator of each metre that can be counted in, 4/4 until the first."""
    table = notes.time_signatures
    ticks = np.rint(quarters_at(notes, table.time) * _QUARTER).astype(np.int64).tolist()
    found = {0: (4, 4)}
    for tick, top, bottom in zip(ticks, table.numerator.tolist(), table.denominator.tolist(), strict=True):
        if top > 0 and bottom > 0 and tick >= 0:
            found[tick] = (top, bottom)
    return tuple((tick, *metre) for tick, metre in sorted(found.items()))


def _felt(top: int, bottom: int, quarters: int) -> tuple[int, int]:
    """The model's metre in place of one of which several bars are one of its own, such as 2/4."""
    bars = Fraction(quarters * bottom, 4 * top)
    return (quarters, 4) if bars.denominator == 1 else (top, bottom)


def _notices(
    notes: NoteSequence, metres: Sequence[tuple[int, int, int]], quarters: int, bars: int, window: int
) -> list[str]:
    said = []
    if bars < window:
        said.append(
            f"shorter than a window of {window} bars: heard as a loop of {bars} {'bar' if bars == 1 else 'bars'}"
        )
    strange = sorted({f"{top}/{bottom}" for _, top, bottom in metres if Fraction(4 * top, bottom) != quarters})
    if strange:
        said.append(
            f"the model counts in {quarters}/4: bars of {', '.join(strange)} are heard as the beginning of its own"
        )
    if len({*notes.tempos.qpm.tolist()}) > 1:
        said.append("its changes of tempo are kept: the model hears beats")
    return said
