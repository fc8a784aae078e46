"""Some drums of some bars played anew, to what the others play."""

from __future__ import annotations

from typing import Any

import numpy as np

from gen.errors import DataError, UsageError
from gen.midi.events import Ints
from gen.midi.instruments import Mask
from gen.music.verbs.bars import Windows, lay_windows
from gen.music.verbs.cells import hear
from gen.music.verbs.changes import Edited
from gen.music.verbs.filling import complete
from gen.music.verbs.scene import Scene, counted, set_scene
from gen.music.verbs.selection import Selection
from gen.music.verbs.striking import Strike, strike
from gen.training.load import Trained


def redo(
    trained: Trained,
    content: bytes,
    selection: Selection,
    *,
    amount: float = 100.0,
    seed: int = 0,
    **drums: Any,
) -> Edited:
    """Play what is selected of a file's drums anew; every other hit, and everything else, stays to the byte.

    Args:
        trained: a run of a model that hears and says drums as they are played, such as one of ``drums_4bar``.
        content: the file.
        selection: drums and bars to play anew.
        amount: how far from the window as it is clips are drawn among which the one is chosen that agrees best with
            what stays: 100 is as far as the prior reaches.
        seed: of the draws.
        drums: ``name``, ``channels``, ``drum_map`` and ``labels``, as of `gen.music.humanize`.

    Raises:
        UsageError: a model or a selection that can't be.
        DataError: no drums, or none in these bars.
    """
    if not 0.0 < amount <= 100.0:
        raise UsageError(f"the amount must be above 0, and at most 100, not {amount:g}")
    scene = set_scene(trained, content, **drums)
    classes, windows, free_hits = selected(scene, selection)
    hearing = hear(scene.player, scene.drums, scene.placed, windows, scene.known)
    strikes: list[Strike] = []
    z = []
    touched = np.unique(windows.of(np.unique(scene.placed.bar[scene.known]))[0])
    for number in touched[touched >= 0].tolist():
        free = free_cells(scene, windows, number, classes, selection)
        if not free.any():
            continue
        cells, own = complete(
            scene.player, hearing.examples[number], free, amount=amount / 100.0, seed=seed, number=number
        )
        z.append(own.double().cpu().numpy())
        strikes += [
            Strike(
                int(windows.bars[number, step // scene.player.steps_per_bar]),
                step % scene.player.steps_per_bar,
                drum,
                float(cells.velocity[0, step, drum]),
                float(cells.early[0, step, drum]),
            )
            for step, drum in np.argwhere(free & (cells.hit[0] > 0.5)).tolist()
        ]
    made, lost = strike(scene, removed=free_hits, strikes=strikes)
    kept = len(scene.drums) - len(free_hits)
    said = {"hits": len(scene.drums), "kept": kept, "removed": len(free_hits), "added": len(strikes) - lost}
    notices = [*scene.notices, f"kept {counted(kept)} to the byte; played {said['added']} anew for {said['removed']}"]
    return Edited(made, said, tuple(notices), np.array(z))


def selected(scene: Scene, selection: Selection) -> tuple[Mask, Windows, Ints]:
    """Classes ``[K]`` that may change, windows over the file, and the rows of the hits that may."""
    classes = selection.classes(scene)
    if not len(scene.known):
        raise DataError(
            f"{scene.drums.name}: {scene.player.name} knows none of its drums; say what they are with --drum-map"
        )
    last = int(scene.placed.number.max())
    if selection.bars is not None and selection.bars[0] > last:
        raise DataError(f"{scene.drums.name} has {last} bars of drums; there is none from {selection.bars[0]} on")
    drum = scene.player.class_of[scene.drums.pitch]
    rows = np.flatnonzero((drum >= 0) & classes[drum] & selection.bar_is_free(scene.placed.number))
    return classes, lay_windows(scene.placed.bar[scene.known], scene.player.bars), rows


def free_cells(scene: Scene, windows: Windows, number: int, classes: Mask, selection: Selection) -> Mask:
    """Which cells of a window may change, ``[T, K]``: of free bars over which it has the say, as far as they go."""
    per_bar = scene.player.steps_per_bar
    bars = windows.bars[number]
    mine, place = windows.of(bars)
    own = (mine == number) & (place == np.arange(len(bars)))  # in a loop, only the first time
    starts = scene.grid.tick(bars, np.zeros(len(bars), np.int64))
    own &= selection.bar_is_free(scene.grid.at(starts)[2])
    steps = np.arange(per_bar) < scene.grid.steps_in(bars)[:, None]  # [W, steps of a bar]
    free: Mask = (own[:, None] & steps).reshape(-1)[:, None] & classes
    return free
