"""A beat with more or less of an attribute: denser, swung, louder, by the vectors that were fitted for a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from gen.data import conversion
from gen.errors import MidiError, UsageError
from gen.midi.writing import midi_bytes
from gen.music.attributes import Attributes
from gen.music.sampling import decode_clips, encode_windows, join_clips
from gen.music.transforming import kept_words
from gen.music.verbs.cells import hear
from gen.music.verbs.changes import Edited, plan_moves
from gen.music.verbs.redo import free_cells, selected
from gen.music.verbs.scene import counted, set_scene
from gen.music.verbs.selection import Selection
from gen.music.verbs.striking import Strike, strike
from gen.music.windows import find_windows, windows_in_turn
from gen.notes.moving import at_tempo
from gen.training.load import Trained

MOST = 5.0
"""How often a vector may be added: beyond, nothing is left of a clip."""
_PLACES = 20
"""Places on the way, for each time that the largest of the vectors is added."""


def apply_attributes(
    trained: Trained,
    content: bytes,
    attributes: Attributes,
    amounts: Mapping[str, float],
    *,
    selection: Selection | None = None,
    **drums: Any,
) -> Edited:
    """Give the drums of a file more of some attributes, or less; everything else in it stays to the byte.

    Each window's z moves by so many times each attribute's vector. A hit goes, or comes, where the model first says so
    on that way; a hit that stays gets as much louder and later as the model says it is at its end than at its
    beginning. So nothing changes where all amounts are 0, and more does, the larger they are.

    Args:
        trained: a run of a model that hears and says drums as they are played, such as one of ``drums_4bar``.
        content: the file.
        attributes: those of the model; see `gen.music.read_attributes`.
        amounts: by attribute, in spreads over the training clips, -5 to 5.
        selection: drums and bars that may change; all where None.
        drums: ``name``, ``channels``, ``drum_map`` and ``labels``, as of `gen.music.humanize`.

    Raises:
        UsageError: a model, an attribute, an amount or a selection that can't be.
        DataError: no drums, or none in these bars.
    """
    require_amounts(amounts)
    selection = selection or Selection()
    scene = set_scene(trained, content, **drums)
    player, placed, hits = scene.player, scene.placed, scene.drums
    shift = attributes.shift(amounts, name=player.name)
    classes, windows, free_hits = selected(scene, selection)
    hearing = hear(player, hits, placed, windows, scene.known)
    most = max((abs(amount) for amount in amounts.values()), default=0.0)
    way = torch.linspace(0.0, 1.0, 1 + max(1, round(most * _PLACES)))
    velocity, wanted = hits.velocity.astype(np.float64), hits.tick.astype(np.float64)
    free = np.zeros(len(hits), np.bool_)
    free[free_hits] = True
    gone = np.zeros(len(hits), np.bool_)
    strikes: list[Strike] = []
    ends = []
    means = player.means(hearing.examples) if most else ()
    for number, (example, mean) in enumerate(zip(hearing.examples, means, strict=False)):
        z = mean + way[:, None].to(mean) * shift.to(mean)
        ends.append(z[-1].double().cpu().numpy())
        cells = player.say(z, [example] * len(z))
        hit = cells.hit > 0.5  # [places, T, K]
        flips = hit != hit[:1]
        flipped = flips.any(0) & free_cells(scene, windows, number, classes, selection)  # [T, K]
        first = flips.argmax(0)
        own = np.flatnonzero((hearing.window == number) & free)
        step, drum = hearing.step[own], hearing.drum[own]
        gone[own] = (flipped & hit[0])[step, drum]
        # what the model plays differently at the end of the way, of hits that it plays at both ends or at none
        share = hits.velocity[own] / np.maximum(hits.velocity[hearing.first[own]], 1)
        velocity[own] += 127.0 * (cells.velocity[-1] - cells.velocity[0])[step, drum] * share
        wanted[own] -= (cells.early[-1].clip(-1, 1) - cells.early[0].clip(-1, 1))[step, drum] * scene.grid.step / 2
        given = example.outputs[:, : len(player.classes)] > 0.5
        for at, which in np.argwhere(flipped & ~given & ~hit[0]).tolist():
            bar, inside = divmod(at, player.steps_per_bar)
            place = -1 if hit[-1, at, which] else int(first[at, which])
            said = float(cells.velocity[place, at, which]), float(cells.early[place, at, which])
            strikes.append(Strike(int(windows.bars[number, bar]), inside, which, *said))
    removed = np.flatnonzero(gone)
    stays = ~gone
    louder = np.where(stays, np.rint(velocity.clip(1, 127)), hits.velocity).astype(np.int64)
    changed = np.flatnonzero(louder != hits.velocity)
    velocities = dict(zip(hits.on[changed].tolist(), louder[changed].tolist(), strict=True))
    ticks = plan_moves(hits, np.where(stays, wanted, hits.tick)).part_way(1.0)
    made, lost = strike(scene, removed=removed, strikes=strikes, ticks=ticks, velocities=velocities)
    told = {
        "hits": len(hits),
        "kept": len(hits) - len(removed),
        "removed": len(removed),
        "added": len(strikes) - lost,
        "velocities_changed": len(velocities),
        "onsets_moved": int(np.isin(hits.on, list(ticks)).sum()),
    }
    nothing = () if most else (f"nothing to turn: {', '.join(attributes.names)} can be turned up and down",)
    notices = (
        *scene.notices,
        *nothing,
        f"kept {told['kept']} of {counted(len(hits))}; {told['added']} are new, {told['velocities_changed']} louder or "
        f"softer, {told['onsets_moved']} earlier or later",
    )
    return Edited(made, told, notices, np.array(ends))


def require_amounts(amounts: Mapping[str, float]) -> None:
    """Make sure that vectors are added so often that something is left of a clip."""
    for name, amount in amounts.items():
        if not -MOST <= amount <= MOST:
            raise UsageError(f"{name} goes from -{MOST:g} to {MOST:g} spreads, not {amount:g}")


def say_again(
    trained: Trained, content: bytes, attributes: Attributes, amounts: Mapping[str, float], *, name: str = "this clip"
) -> Edited:
    """A clip that isn't drums, said anew by its model, window after window, with more of some attributes or less.

    The clip itself, to the byte, where all amounts are 0. Bars that fill no window of the model aren't said.

    Raises:
        UsageError: an attribute or an amount that can't be.
        DataError: nothing that the model can read.
    """
    require_amounts(amounts)
    shift = attributes.shift(amounts, name=trained.recipe.name)
    data = replace(trained.recipe.data, reading="gen")
    try:
        notes = conversion.hear(content, data, in_place=True).notes
    except MidiError as error:
        raise MidiError(f"{name}: {error}", code=error.code) from None
    found = find_windows(trained, notes, name=name, content=content)
    turns = windows_in_turn(found.windows)
    starts, chosen = [start for start, _ in turns], [window for _, window in turns]
    z = encode_windows(trained, chosen).mean
    if not any(amounts.values()):
        return Edited(content, {"notes": len(notes)}, ("nothing to turn: the clip as it is",), z.double().cpu().numpy())
    moved = z + shift.to(z)
    clips = [
        at_tempo(clip, window.example.qpm)
        for own, window in zip(moved, chosen, strict=True)
        for clip in decode_clips(trained, own[None], steps=len(window.example.outputs))
    ]
    made, was = join_clips(clips, starts), join_clips([window.clip for window in chosen], starts)
    said = {"notes": len(was), "notes_now": len(made), "windows": len(chosen)}
    notices = (*found.notices, kept_words(was, made) + f"; {len(made)} now")
    return Edited(midi_bytes(made), said, notices, moved.double().cpu().numpy())
