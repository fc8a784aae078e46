"""A beat with some of its hits gone and others new: little by little another one."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from gen.errors import UsageError
from gen.interfaces.converter import Example
from gen.midi.events import Ints
from gen.midi.instruments import Mask
from gen.music.verbs.cells import Player, hear
from gen.music.verbs.changes import Edited
from gen.music.verbs.filling import draws
from gen.music.verbs.redo import free_cells, selected
from gen.music.verbs.scene import counted, set_scene
from gen.music.verbs.selection import Selection
from gen.music.verbs.striking import Strike, strike
from gen.training.load import Trained

_PLACES = 25
"""Places on the way at which a model is heard."""


def vary(
    trained: Trained,
    content: bytes,
    *,
    amount: float = 30.0,
    selection: Selection | None = None,
    seed: int = 0,
    **drums: Any,
) -> Edited:
    """Change some hits of a file's drums as they change on the way to another clip; the others stay to the byte.

    The way goes from where each window lies in latent space to a draw from the prior: of eight, that with the most like
    as many hits. Hits go, and others come, in the order in which the model says so from there on to the end, the weak
    steps first, and as large a part of the ones as of the others; so a beat doesn't thin out on its way, and whatever
    changes at one amount has changed at every larger one.

    Args:
        trained: a run of a model that hears and says drums as they are played, such as one of ``drums_4bar``.
        content: the file.
        amount: 0, the file as it is, to 100, the whole way.
        selection: drums and bars that may change; all where None.
        seed: of the draws; another seed is another way.
        drums: ``name``, ``channels``, ``drum_map`` and ``labels``, as of `gen.music.humanize`.

    Raises:
        UsageError: a model or a selection that can't be.
        DataError: no drums, or none in these bars.
    """
    if not 0.0 <= amount <= 100.0:
        raise UsageError(f"the amount must be from 0 to 100, not {amount:g}")
    selection = selection or Selection()
    scene = set_scene(trained, content, **drums)
    player, placed = scene.player, scene.placed
    classes, windows, free_hits = selected(scene, selection)
    hearing = hear(player, scene.drums, placed, windows, scene.known)
    strikes: list[Strike] = []
    gone: set[tuple[int, int, int]] = set()
    ends = []
    means = player.means(hearing.examples)
    for number, (example, mean) in enumerate(zip(hearing.examples, means, strict=True)):
        away = _like(player, example, draws(player, seed=seed, number=number, count=8))
        ends.append(away[0].double().cpu().numpy())
        z = torch.lerp(mean[None], away, torch.linspace(0.0, 1.0, _PLACES, device=mean.device)[:, None])
        cells = player.say(z, [example] * _PLACES)
        hit = cells.hit > 0.5  # [places, T, K]
        goes = hit[-1] != hit[0]  # in between, where clips blur, much falls silent that comes again
        still = hit == hit[:1]
        when = _PLACES - still[::-1].argmax(0)  # [T, K]: from which place on
        free = goes & free_cells(scene, windows, number, classes, selection)
        given = example.outputs[:, : len(player.classes)] > 0.5
        part = amount / 100.0
        gone |= {(number, *cell) for cell in _first(free & given & hit[0], when, part)}
        for step, drum in _first(free & ~given & ~hit[0], when, part):
            at = min(_PLACES - 1, int(when[step, drum]))
            bar, inside = divmod(step, player.steps_per_bar)
            said = float(cells.velocity[at, step, drum]), float(cells.early[at, step, drum])
            strikes.append(Strike(int(windows.bars[number, bar]), inside, drum, *said))
    cells_of_hits = zip(hearing.window.tolist(), hearing.step.tolist(), hearing.drum.tolist(), strict=True)
    lost_hits = np.array([cell in gone for cell in cells_of_hits])
    removed = free_hits[lost_hits[free_hits]]
    made, lost = strike(scene, removed=removed, strikes=strikes)
    kept = len(scene.drums) - len(removed)
    told = {"hits": len(scene.drums), "kept": kept, "removed": len(removed), "added": len(strikes) - lost}
    notices = (*scene.notices, f"kept {kept} of {counted(len(scene.drums))} to the byte; {told['added']} are new")
    return Edited(made, told, notices, np.array(ends))


def _first(cells: Mask, when: Ints, part: float) -> list[tuple[int, int]]:
    """Of cells ``[T, K]``, as (step, drum), the part that changes first; of those of one place the weak steps first."""
    found = [(int(when[step, drum]), step & -step or 1 << 20, step, drum) for step, drum in np.argwhere(cells).tolist()]
    return [(step, drum) for _, _, step, drum in sorted(found)[: round(part * len(found))]]


def _like(player: Player, example: Example, away: Tensor) -> Tensor:
    """Of draws ``[N, Z]`` the one ``[1, Z]`` with as many hits as a window has, or most nearly so."""
    said = (player.say(away, [example] * len(away)).hit > 0.5).sum((1, 2))
    given = (example.outputs[:, : len(player.classes)] > 0.5).sum()
    best = int(np.abs(said - given).argmin())
    return away[best : best + 1]
