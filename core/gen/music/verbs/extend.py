"""More bars of drums behind those of a file, as a model would go on."""

from __future__ import annotations

from typing import Any

import numpy as np

from gen.errors import DataError, UsageError
from gen.music.verbs.changes import Edited
from gen.music.verbs.filling import complete
from gen.music.verbs.scene import counted, set_scene
from gen.music.verbs.striking import Strike, strike
from gen.training.load import Trained

MOST_BARS = 256


def extend(
    trained: Trained, content: bytes, *, bars: int = 4, amount: float = 60.0, seed: int = 0, **drums: Any
) -> Edited:
    """Go on with the drums of a file for some bars; all that is there stays, to the byte.

    A window's first half is what was played last, its second half what comes: of clips about one in which the first
    half comes again, the one is taken that agrees best with the first half.

    Args:
        trained: a run of a model that hears and says drums as they are played, such as one of ``drums_4bar``.
        content: the file.
        bars: how many, of the length that bars have at its end.
        amount: how far from a mere repetition clips are drawn, above 0 to 100; see `gen.music.redo`.
        seed: of the draws.
        drums: ``name``, ``channels``, ``drum_map`` and ``labels``, as of `gen.music.humanize`.

    Raises:
        UsageError: a model or a number that can't be.
        DataError: no drums, or none that the model knows.
    """
    if not 1 <= bars <= MOST_BARS:
        raise UsageError(f"the bars to go on for must be from 1 to {MOST_BARS}, not {bars}")
    if not 0.0 < amount <= 100.0:
        raise UsageError(f"the amount must be above 0, and at most 100, not {amount:g}")
    scene = set_scene(trained, content, **drums)
    player, placed, known = scene.player, scene.placed, scene.known
    if not len(known):
        raise DataError(f"{scene.drums.name}: {player.name} knows none of its drums; say what they are with --drum-map")
    if player.bars < 2:
        raise UsageError(f"{player.name} makes single bars, and hears nothing before them: give another run")
    context = player.bars // 2
    last = int(scene.grid.at(scene.drums.tick.astype(np.float64))[0].max())
    pieces = int(scene.grid.pieces[-1])
    last += -(last + 1 - int(scene.grid.before[-1])) % pieces  # a bar of the file ends with its last piece
    first = int(placed.bar[known].min())
    played: dict[int, list[tuple[int, int, int, float]]] = {}  # by model bar: step, pitch, velocity, how early
    rows = zip(placed.step, scene.drums.pitch, scene.drums.velocity, placed.early, strict=True)
    for row, (bar, values) in enumerate(zip(placed.bar.tolist(), rows, strict=True)):
        if player.class_of[scene.drums.pitch[row]] >= 0:
            played.setdefault(bar, []).append(values)
    z, strikes = [], []
    span = min(context, last - first + 1)
    until = last + bars * pieces
    while last < until:
        before = [last - context + 1 + place for place in range(context)]
        heard = [bar if bar > last - span else last - span + 1 + (bar - last - 1) % span for bar in before]
        hits = [
            (place * player.steps_per_bar + step, pitch, velocity, early)
            for place, bar in enumerate([*heard, *(heard[index % context] for index in range(player.bars - context))])
            for step, pitch, velocity, early in played.get(bar, [])
        ]
        columns = [np.array([hit[column] for hit in hits]) for column in range(4)]
        example = player.hear(
            columns[0].astype(np.int64), columns[1].astype(np.int64), columns[2].astype(np.int64), columns[3]
        )
        free = np.zeros((player.bars * player.steps_per_bar, len(player.classes)), np.bool_)
        free[context * player.steps_per_bar :] = True
        cells, own = complete(player, example, free, amount=amount / 100.0, seed=seed, number=last)
        z.append(own.double().cpu().numpy())
        new = min(player.bars - context, until - last)
        for step, drum in np.argwhere(free & (cells.hit[0] > 0.5)).tolist():
            place, inside = divmod(step, player.steps_per_bar)
            bar = last + 1 + place - context
            if bar > last + new:
                continue
            velocity, early = float(cells.velocity[0, step, drum]), float(cells.early[0, step, drum])
            strikes.append(Strike(bar, inside, drum, velocity, early))
            pitch = player.classes[drum][0]
            played.setdefault(bar, []).append((inside, pitch, max(1, min(127, round(127 * velocity))), early))
        last += new
        span = context
    made, lost = strike(scene, removed=np.zeros(0, np.int64), strikes=strikes)
    numbers = scene.grid.at(scene.grid.tick(np.array([until]), np.array([0])))[2]
    said = {"hits": len(scene.drums), "kept": len(scene.drums), "added": len(strikes) - lost, "bars": bars}
    notices = [
        *scene.notices,
        f"kept all {counted(len(scene.drums))} to the byte; added {said['added']} in bars "
        f"{int(numbers[0]) - bars + 1} to {int(numbers[0])}",
    ]
    return Edited(made, said, tuple(notices), np.array(z))
