"""A beat with some of its hits gone and others new: little by little another one."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from gen.errors import UsageError
from gen.music.verbs.cells import hear
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

    The way goes from where each window lies in latent space to a draw from the prior. A hit goes, or comes, where the
    model first says so on that way; so whatever changes at one amount has changed at every larger one.

    Args:
        trained: a run of a model that hears and says drums as they are played, such as one of ``drums_4bar``.
        content: the file.
        amount: 0, the file as it is, to 100, the whole way.
        selection: drums and bars that may change; all where None.
        seed: of the draws; another seed is another way.
        drums: ``name``, ``channels`` and ``drum_map``, as of `gen.music.humanize`.

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
        away = draws(player, seed=seed, number=number, count=8)[:1]
        ends.append(away[0].double().cpu().numpy())
        z = torch.lerp(mean[None], away, torch.linspace(0.0, 1.0, _PLACES, device=mean.device)[:, None])
        cells = player.say(z, [example] * _PLACES)
        hit = cells.hit > 0.5  # [places, T, K]
        flips = hit != hit[:1]
        when = np.where(flips.any(0), flips.argmax(0), _PLACES) / (_PLACES - 1)  # [T, K]
        flipped = (when <= amount / 100.0) & free_cells(scene, windows, number, classes, selection)
        given = example.outputs[:, : len(player.classes)] > 0.5
        gone |= {(number, step, drum) for step, drum in np.argwhere(flipped & given & hit[0]).tolist()}
        for step, drum in np.argwhere(flipped & ~given & ~hit[0]).tolist():
            at = round(when[step, drum] * (_PLACES - 1))
            bar, inside = divmod(step, player.steps_per_bar)
            said = float(cells.velocity[at, step, drum]), float(cells.early[at, step, drum])
            strikes.append(Strike(int(windows.bars[number, bar]), inside, drum, *said))
    cells_of_hits = zip(hearing.window.tolist(), hearing.step.tolist(), hearing.drum.tolist(), strict=True)
    goes = np.array([cell in gone for cell in cells_of_hits])
    removed = free_hits[goes[free_hits]]
    made, lost = strike(scene, removed=removed, strikes=strikes)
    kept = len(scene.drums) - len(removed)
    told = {"hits": len(scene.drums), "kept": kept, "removed": len(removed), "added": len(strikes) - lost}
    notices = (*scene.notices, f"kept {kept} of {counted(len(scene.drums))} to the byte; {told['added']} are new")
    return Edited(made, told, notices, np.array(ends))
