"""Hits taken away and hits added, laid over the bytes of a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gen.midi.editing import AFTER, BEFORE, Added, edit
from gen.midi.events import Ints
from gen.music.verbs.scene import Scene


@dataclass(frozen=True)
class Strike:
    """A new hit: model bar, step in it, drum class, velocity of 0 to 1, and half steps that it is early."""

    bar: int
    step: int
    drum: int
    velocity: float
    early: float


def strike(
    scene: Scene,
    *,
    removed: Ints,
    strikes: Sequence[Strike],
    ticks: Mapping[int, int] | None = None,
    velocities: Mapping[int, int] | None = None,
) -> tuple[bytes, int]:
    """The file without some hits, by row, and with new ones; and how many of those found no room.

    Hits that stay may get other onsets and other velocities, as `gen.midi.editing.edit` takes them.

    A new hit has the pitch, track and channel that its drum mostly has in the file. It has no room where a hit of its
    pitch still sounds, or where the bar of the file has no such step.
    """
    drums = scene.drums
    gone = np.zeros(len(drums), np.bool_)
    gone[removed] = True
    ends_kept = {int(row) for row in drums.off[~gone]}
    rows = [*drums.on[gone].tolist(), *(int(row) for row in {*drums.off[gone].tolist()} - ends_kept if row >= 0)]
    taken = _Room(scene, ~gone)
    added: list[Added] = []
    lost = 0
    half = max(1, round(scene.grid.step / 2))
    for each in sorted(strikes, key=lambda each: (each.bar, each.step, each.drum)):
        bar = np.array([each.bar])
        nominal = float(scene.grid.tick(bar, np.array([each.step]))[0])
        tick = max(0, round(nominal - each.early * scene.grid.step / 2))
        track, channel, pitch = taken.lane(each.drum)
        end = taken.take((track, channel, pitch), tick, tick + half)
        if end is None or each.step >= int(scene.grid.steps_in(bar)[0]):
            lost += 1
            continue
        velocity = int(np.clip(round(127.0 * each.velocity), 1, 127))
        added.append(Added(track, tick, AFTER, bytes((0x90 | channel, pitch, velocity))))
        added.append(Added(track, end, BEFORE, bytes((0x80 | channel, pitch, 0))))
    return edit(drums.content, removed=rows, added=added, ticks=ticks, velocities=velocities), lost


Lane = tuple[int, int, int]
"""Track, channel from 0, and written pitch."""


class _Room:
    """Who sounds when on each lane, and the lane on which each drum is mostly played."""

    def __init__(self, scene: Scene, kept: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> None:
        drums = scene.drums
        events = drums.events
        lanes: list[Lane] = list(
            zip(
                events.track[drums.on].tolist(),
                (events.status[drums.on] & 0x0F).tolist(),
                events.data1[drums.on].tolist(),
                strict=True,
            )
        )
        ends = np.where(drums.off >= 0, events.tick[drums.off], drums.tick + 1)
        self._spans: dict[Lane, list[tuple[int, int]]] = {}
        for lane, start, end in zip(
            np.array(lanes)[kept].tolist(), drums.tick[kept].tolist(), ends[kept].tolist(), strict=True
        ):
            self._spans.setdefault(tuple(lane), []).append((start, end))
        classes = scene.player.class_of[drums.pitch].tolist()
        self._main = Counter(lane[:2] for lane in lanes).most_common(1)[0][0]
        self._usual = {
            drum: Counter(lane for lane, own in zip(lanes, classes, strict=True) if own == drum).most_common(1)[0][0]
            for drum in {*classes}
        }
        self._first = [pitches[0] for pitches in scene.player.classes]

    def lane(self, drum: int) -> Lane:
        """Where a drum is played, or would be."""
        return self._usual.get(drum) or (*self._main, self._first[drum])

    def take(self, lane: Lane, start: int, end: int) -> int | None:
        """Make room from a tick on, up to another or less; where it ends, or None where there is none."""
        spans = self._spans.setdefault(lane, [])
        end = min([end, *(begin for begin, _ in spans if begin > start)])
        if any(begin <= start < stop or begin == start for begin, stop in spans):
            return None
        spans.append((start, end))
        return end
