"""Which drums and which bars a verb may change; the rest is locked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gen.errors import UsageError
from gen.midi.events import Ints
from gen.midi.instruments import Mask
from gen.music.verbs.scene import Scene
from gen.notes.drum_maps import drum_pitch

_GROUPS = {
    "kick": (36,),
    "snare": (38,),
    "hats": (42, 46),
    "toms": (45, 48, 50),
    "cymbals": (49, 51),
}


@dataclass(frozen=True)
class Selection:
    """What may change.

    Attributes:
        drums: names such as ``kick``, ``snare``, ``hats``, ``toms``, ``cymbals``, or of General MIDI; None for all.
        keep: names of drums that are locked, whatever ``drums`` says.
        bars: first and last, counted from 1; None for all.
    """

    drums: Sequence[str] | None = None
    keep: Sequence[str] = ()
    bars: tuple[int, int] | None = None

    def classes(self, scene: Scene) -> Mask:
        """Which drum classes of the model may change, ``[K]``.

        Raises:
            UsageError: there is no drum of that name, or none is left to change.
        """
        free = np.zeros(len(scene.player.classes), np.bool_)
        free[_classes(scene, self.drums) if self.drums is not None else slice(None)] = True
        free[_classes(scene, self.keep)] = False
        if not free.any():
            raise UsageError("all drums are kept: there is nothing left to change")
        return free

    def bar_is_free(self, number: Ints) -> Mask:
        """Which bars, by their numbers in the file, may change."""
        if self.bars is None:
            return np.ones(len(number), np.bool_)
        inside: Mask = (number >= self.bars[0]) & (number <= self.bars[1])
        return inside


def _classes(scene: Scene, names: Sequence[str]) -> list[int]:
    pitches: list[int] = []
    for name in names:
        try:
            group = _GROUPS.get(name.strip().lower())
            pitches += group or (drum_pitch(name),)
        except ValueError as error:
            raise UsageError(f"{error}; or say kick, snare, hats, toms or cymbals") from None
    found = scene.player.class_of[pitches] if pitches else np.zeros(0, np.int64)
    if (found < 0).any():
        raise UsageError(f"{scene.player.name} doesn't know every drum of {', '.join(names)}")
    return [int(each) for each in found]


def parse_bars(text: str) -> tuple[int, int]:
    """Bars as a person writes them: ``3-4``, or ``3`` for one; a `UsageError` where they are none."""
    match = re.fullmatch(r"(\d{1,6})(?:-(\d{1,6}))?", text.strip())
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 1 <= first <= last:
        raise UsageError(f"{text!r} are no bars: give them as 3-4, or 3 for one")
    return first, last
