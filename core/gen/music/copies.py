"""How near clips are to those that a model was trained on, beside how near clips are that it wasn't trained on.

Nearness is the part of their notes that two clips share, those of one pitch on one sixteenth note: twice the shared
ones by the sum of both (Dice 1945). Pitched clips are moved by up to an octave first, whichever way is nearest. What
clips of the same style share anyway shows in those that were held out; so a clip that is nearer to the training than
nearly all of them is flagged, and one whose every note is a training clip's always is.

Letters in shape comments: N training clips, C cells, that is pitches on steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gen.data.examples import Examples
from gen.data.prepare import Prepared
from gen.interfaces.converter import Converter
from gen.interfaces.rows import FloatArray
from gen.notes.moving import quarters_at
from gen.notes.sequence import NoteSequence

PERCENTILE = 95.0
"""Of the held-out clips' nearness: what is nearer than that many of a hundred is flagged."""

MOST_HELD_OUT = 500
"""Held-out clips that are compared; of more, evenly many."""

_STEPS = 4  # a quarter note
_BOUNDARY = 0.48  # of a step; not a half, where a thirty-second note would fall to either side by a rounding error
_OCTAVE = 12
_AT_ONCE = 2048
Cells = frozenset[tuple[int, int]]


@dataclass(frozen=True)
class Nearness:
    """A clip and the training clip that is nearest to it.

    Attributes:
        clip, nearest: their names.
        shared: part of the notes that both have, 0 to 1.
        copy: whether every note of the one is a note of the other.
        flagged: whether it is nearer to the training than nearly all that was held out, or a copy.
        moved: semitones by which the clip was moved to be so near.
        velocity: how far apart the shared notes' velocities are, on average.
    """

    clip: str
    nearest: str
    shared: float
    copy: bool
    flagged: bool
    moved: int
    velocity: float


@dataclass(frozen=True)
class CopyMeter:
    """How near clips are to the training.

    Attributes:
        clips: one each, in the order given.
        held_out: nearness of each held-out clip to the training, ascending.
        limit: their `PERCENTILE`, above which a clip is flagged; 1 where nothing was held out.
        training: how many clips there are to be near to.
    """

    clips: tuple[Nearness, ...]
    held_out: tuple[float, ...]
    limit: float
    training: int

    @property
    def flagged(self) -> tuple[Nearness, ...]:
        """Those that nobody should publish unlooked at."""
        return tuple(each for each in self.clips if each.flagged)

    @property
    def caution(self) -> str:
        """Why the limit says little; empty where it says something."""
        if not self.held_out:
            return "nothing was held out, so nobody knows how near clips of this style are anyway"
        if self.limit >= 1.0:
            copies = sum(shared >= 1.0 for shared in self.held_out)
            return (
                f"{copies} of {len(self.held_out)} held-out clips are note for note a training clip: so alike is the "
                "music that a copy can't be told from the style"
            )
        return ""

    def to_json(self) -> dict[str, Any]:
        """Everything, for a file."""
        return {
            "training": self.training,
            "held_out": [round(shared, 4) for shared in self.held_out],
            "percentile": PERCENTILE,
            "limit": self.limit,
            "caution": self.caution,
            "flagged": len(self.flagged),
            "clips": [asdict(each) for each in self.clips],
        }


class Known:
    """Clips to be near to: rows ``[N, C]`` of which cells each has."""

    def __init__(self, clips: Sequence[NoteSequence], names: Sequence[str]) -> None:
        self._clips, self._names = clips, names
        self._cells = [cells_of(clip) for clip in clips]
        every = sorted({cell for cells in self._cells for cell in cells})
        self._columns = {cell: column for column, cell in enumerate(every)}
        self._sizes = np.array([len(cells) for cells in self._cells])

    def __len__(self) -> int:
        return len(self._clips)

    @cached_property
    def _rows(self) -> FloatArray:
        rows = np.zeros((len(self._cells), len(self._columns)), np.float32)
        for row, cells in zip(rows, self._cells, strict=True):
            row[[self._columns[cell] for cell in cells]] = 1.0
        return rows

    def nearest(self, clip: NoteSequence) -> tuple[float, int, int]:
        """The part of its notes that the nearest clip shares, the number of that clip, and semitones moved."""
        cells = cells_of(clip)
        best = (0.0, 0, 0)
        if not cells or not len(self):
            return best
        moves = [0] if bool(clip.is_drum.any()) else sorted(range(-_OCTAVE, _OCTAVE + 1), key=abs)
        asked = np.zeros((len(self._columns), len(moves)), np.float32)  # [C, moves]
        for place, move in enumerate(moves):
            there = [self._columns.get((pitch + move, step)) for pitch, step in cells]
            asked[[column for column in there if column is not None], place] = 1.0
        for first in range(0, len(self), _AT_ONCE):
            part = slice(first, first + _AT_ONCE)
            shared = 2.0 * (self._rows[part] @ asked) / (self._sizes[part, None] + len(cells))  # [N, moves]
            place = int(shared.T.argmax())  # of equally near ones the one that is moved least
            move, row = divmod(place, len(shared))
            if shared[row, move] > best[0]:
                best = (float(shared[row, move]), first + row, moves[move])
        return best

    def nearness(self, clip: NoteSequence, name: str, limit: float) -> Nearness:
        """What is to be said of a clip; ``limit`` is that of the held-out ones."""
        shared, number, move = self.nearest(clip)
        copy = shared > 1.0 - 1e-6
        apart = _velocities_apart(clip, self._clips[number], move) if shared else float("nan")
        return Nearness(
            name, self._names[number] if shared else "", round(shared, 4), copy, copy or shared > limit, move, apart
        )


def cells_of(clip: NoteSequence) -> Cells:
    """Pitches on sixteenth notes."""
    return frozenset(_placed(clip))


def _placed(clip: NoteSequence) -> dict[tuple[int, int], int]:
    """Cells, and the velocity of each."""
    steps = np.floor(quarters_at(clip, clip.start) * _STEPS + 1.0 - _BOUNDARY).astype(np.int64)
    return dict(zip(zip(clip.pitch.tolist(), steps.tolist(), strict=True), clip.velocity.tolist(), strict=True))


def _velocities_apart(clip: NoteSequence, other: NoteSequence, move: int) -> float:
    own, theirs = _placed(clip), _placed(other)
    apart = [
        abs(velocity - theirs[pitch + move, step])
        for (pitch, step), velocity in own.items()
        if (pitch + move, step) in theirs
    ]
    return round(float(np.mean(apart)), 1)


def copy_meter(
    clips: Sequence[NoteSequence],
    training: Sequence[NoteSequence],
    held_out: Sequence[NoteSequence],
    *,
    names: Sequence[str] = (),
    training_names: Sequence[str] = (),
) -> CopyMeter:
    """How near clips are to training clips, and which are nearer than clips of the same music are that were held out.

    All of them begin with a bar and are about equally long: windows of a model, or loops. A longer clip is compared as
    far as it goes; cut it first.

    Args:
        clips: to be judged.
        training: those that a model was trained on.
        held_out: others of the same music, that it wasn't trained on.
        names, training_names: what to call them; by their numbers, counted from 1, where there are none.
    """
    known = Known(training, training_names or [f"training clip {number}" for number in range(1, len(training) + 1)])
    near = sorted(known.nearest(clip)[0] for clip in held_out)
    # one of the clips, not something between two: of twenty the nearest but one
    limit = float(np.percentile(near, PERCENTILE, method="lower")) if near else 1.0
    called = names or [f"clip {number}" for number in range(1, len(clips) + 1)]
    found = tuple(known.nearness(clip, name, limit) for clip, name in zip(clips, called, strict=True))
    return CopyMeter(found, tuple(near), limit, len(training))


def copies_of_training(
    clips: Sequence[NoteSequence], prepared: Prepared, converter: Converter, *, names: Sequence[str] = ()
) -> CopyMeter:
    """`copy_meter` of clips that a model made, beside the examples that it was trained on, as it says them.

    Args:
        clips: of the length of examples, at any tempo.
        prepared: the model's data; what isn't its training split is held out.
        converter: the model's in mode ``infer``, as that of the clips: it turns examples to clips again.
    """
    held_out: list[NoteSequence] = []
    for split in ("test", "validation"):
        if split in prepared.splits:
            held_out += said(converter, prepared.require(split).evenly(MOST_HELD_OUT))
    training = prepared.require("train")
    files = prepared.report.files
    called = [files[int(number)].id for number in training.source]
    return copy_meter(clips, said(converter, training), held_out, names=names, training_names=called)


def said(converter: Converter, examples: Examples) -> list[NoteSequence]:
    """Examples as clips, at 120 quarter notes a minute."""
    clips: list[NoteSequence] = []
    for some in examples.batches(512):
        clips += converter.from_tensors(some.outputs, some.controls)
    return clips
