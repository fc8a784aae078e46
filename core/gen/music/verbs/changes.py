"""Other loudness and other onsets for the hits of a file, laid over its bytes; and what became of it, for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from gen.midi.editing import edit
from gen.midi.events import Ints
from gen.midi.instruments import Mask
from gen.music.verbs.drums import Drums, lane_of
from gen.notes.sequence import FloatColumn


@dataclass(frozen=True, eq=False)
class Edited:
    """A file that a verb made of another.

    Attributes:
        content: its bytes.
        said: what was kept and what changed: numbers by name, for programs.
        notices: the same in sentences, for people.
        z: latent vectors that it was made of, ``[N, Z]``.
    """

    content: bytes
    said: Mapping[str, float]
    notices: tuple[str, ...]
    z: FloatColumn = field(default_factory=lambda: np.zeros((0, 0)))


@dataclass(frozen=True, eq=False)
class Moves:
    """Where the note-ons and note-offs of all hits' pitches may go, ``[M]`` each.

    Attributes:
        row, tick: events, and where they stand.
        target: where they go in the end; on the way there, all stand in the order in which they stood.
        bound: hits ``[N]`` that can't move, since nothing ends them.
    """

    row: Ints
    tick: Ints
    target: FloatColumn
    bound: Mask

    def part_way(self, part: float) -> dict[int, int]:
        """The ticks of the events that moved, 0 of the way to 1."""
        to = np.rint(self.tick + part * (self.target - self.tick)).astype(np.int64)
        moved = np.flatnonzero(to != self.tick)
        return dict(zip(self.row[moved].tolist(), to[moved].tolist(), strict=True))


def plan_moves(drums: Drums, wanted: FloatColumn) -> Moves:
    """Let each hit go to the tick nearest to the one wanted, ``[N]``, and its note-off with it.

    Who ends whom depends on the order of the events of one pitch alone, so they keep it: none goes before the file
    begins or past another. A note-off and the next onset may meet.
    """
    events = drums.events
    row = np.flatnonzero((events.status & 0xE0) == 0x80)
    row = row[np.isin(lane_of(events, row), drums.lane)]
    own = lane_of(events, row)
    is_on = (events.status[row] >= 0x90) & (events.data2[row] > 0)
    order = np.lexsort((row, is_on, events.tick[row], own))
    row, own, is_on = row[order], own[order], is_on[order]
    tick = events.tick[row]

    shift = np.zeros(len(events.status))
    shift[drums.on] = np.rint(wanted) - drums.tick
    ended = np.flatnonzero(drums.off >= 0)
    shift[drums.off[ended]] = shift[drums.on[ended]]  # of several that it ends, of the last
    target = np.maximum(tick + shift[row], 0.0)
    endless = np.isin(row, drums.on[drums.off < 0])
    _, begin = np.unique(own, return_index=True)
    for part in map(slice, begin.tolist(), [*begin[1:].tolist(), len(row)]):
        # something may not get an end by moving: what is at its tick stays there
        still = np.isin(tick[part], tick[part][endless[part]])
        target[part] = _in_order(tick[part], is_on[part], target[part], still)
    return Moves(row, tick, target, drums.off < 0)


def _in_order(tick: Ints, is_on: Mask, wanted: FloatColumn, still: Mask) -> FloatColumn:
    """Places nearest to those wanted for events of one pitch, ``[M]``, that keep their order and the ``still`` ones."""
    gap = np.minimum(np.append(False, is_on[:-1]), np.diff(tick, prepend=tick[:1]))  # after an onset, a tick at least
    apart = np.cumsum(gap)
    ceiling = np.minimum.accumulate(np.where(still, tick - apart, np.inf)[::-1])[::-1]
    held = np.where(still, tick, wanted) - apart
    placed: FloatColumn = np.maximum.accumulate(np.minimum(held, ceiling)) + apart
    return placed


def lay_over(drums: Drums, *, velocity: Ints, moves: Moves, part: float = 1.0) -> bytes:
    """The file with its hits at other velocities, ``[N]``, of 1 to 127, and a part of the way to where they move."""
    changed = np.flatnonzero(velocity != drums.velocity)
    velocities = dict(zip(drums.on[changed].tolist(), velocity[changed].tolist(), strict=True))
    return edit(drums.content, ticks=moves.part_way(part), velocities=velocities)
