"""A stiff beat as a drummer would play it: the same hits, with loudness and timing that a model gives them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

import numpy as np

from gen.errors import UsageError
from gen.music.verbs.bars import lay_windows
from gen.music.verbs.cells import hear
from gen.music.verbs.changes import Edited, lay_over, plan_moves
from gen.music.verbs.scene import counted, set_scene
from gen.notes.drum_maps import DrumMap
from gen.training.load import Trained

Only = Literal["velocity", "timing"]


def humanize(
    trained: Trained,
    content: bytes,
    *,
    amount: float = 100.0,
    only: Only | None = None,
    name: str = "this clip",
    channels: Collection[int] = (),
    drum_map: DrumMap | None = None,
    labels: Mapping[str, str] | None = None,
) -> Edited:
    """Give the drums of a MIDI file, of any length and metre, a model's loudness and timing.

    No hit is added or lost, and every byte that isn't a drum's onset, end or velocity stays. The model hears which
    drums are struck on which step, not how, in windows that begin on every bar and fade into each other; what it says
    goes to the hits that are there. A hit moves by as much as the model plays before or after a step, from where it was
    written: swing and triplets stay.

    Args:
        trained: a run whose converter has ``humanize`` on.
        content: the file.
        amount: 0, as written, to 100, as the model plays; every hit goes evenly from the one to the other.
        only: change the velocities or the onsets alone.
        name: what errors and notices call the file.
        channels, drum_map: see `gen.music.verbs.drums.find_drums`; those of the recipe count as well.
        labels: for a model that is told some, such as ``{"style": "jazz"}``.

    Raises:
        UsageError: the run isn't one of a humaniser, or has no such label, or the amount is out of range.
        DataError: there are no drums.
    """
    if not 0.0 <= amount <= 100.0:
        raise UsageError(f"the amount must be from 0 to 100, not {amount:g}")
    if only not in (None, "velocity", "timing"):
        raise UsageError(f"only velocity or timing can be left to change alone, not {only}")
    scene = set_scene(
        trained, content, needs="humanize", name=name, channels=channels, drum_map=drum_map, labels=labels
    )
    player, drums, grid, placed, known = scene.player, scene.drums, scene.grid, scene.placed, scene.known
    notices = scene.notices
    velocity, wanted = drums.velocity.astype(np.float64), drums.tick.astype(np.float64)
    unsaid, z = 0, np.zeros((0, 0))
    if len(known):
        windows = lay_windows(placed.bar[known], player.bars, overlapping=True)
        hearing = hear(player, drums, placed, windows, known)
        means = player.means(hearing.examples)
        z = means.double().cpu().numpy()
        said = player.say(means, hearing.examples)
        sums = np.zeros((3, len(known)))  # hit, velocity, early
        for window, step, share in windows.fading(placed.bar[known], placed.step[known], player.steps_per_bar):
            where = (window, step, hearing.drum[known])
            sums += share * np.stack([said.hit[where], said.velocity[where], said.early[where].clip(-1.0, 1.0)])
        hit, loud, early = sums
        played = hit > 0.5
        unsaid = int(np.count_nonzero(~played))
        rows, first = known[played], hearing.first[known[played]]
        # of several hits in one cell each keeps its share of the loudest
        velocity[rows] = np.clip(127.0 * loud[played] * drums.velocity[rows] / drums.velocity[first], 1.0, 127.0)
        wanted[rows] -= early[played] * grid.step / 2
    if unsaid:
        notices.append(f"{counted(unsaid)} that the model wouldn't play stay as written")
    part = amount / 100.0
    moves = plan_moves(drums, wanted)
    if only != "velocity" and (bound := int(np.count_nonzero(moves.bound))):
        notices.append(f"{counted(bound)} that no note-off ends keep their timing")
    louder = drums.velocity + (0.0 if only == "timing" else part) * (velocity - drums.velocity)
    new_velocity = np.rint(louder).astype(np.int64)
    edited = lay_over(drums, velocity=new_velocity, moves=moves, part=0.0 if only == "velocity" else part)
    moved = moves.part_way(0.0 if only == "velocity" else part)
    new_tick = np.array(
        [moved.get(row, tick) for row, tick in zip(drums.on.tolist(), drums.tick.tolist(), strict=True)]
    )
    said_of = {
        "hits": len(drums),
        "changed": int(np.count_nonzero((new_velocity != drums.velocity) | (new_tick != drums.tick))),
        "as_written": len(drums) - len(known) + unsaid,
        "velocity_spread_before": round(float(drums.velocity.std()), 2),
        "velocity_spread": round(float(new_velocity.std()), 2),
        "moved_by_sixteenths": round(float(np.abs(new_tick - drums.tick).mean() / drums.resolution * 4), 4),
    }
    notices.append(
        f"kept all {counted(len(drums))}; {said_of['changed']} changed: velocities spread by "
        f"{said_of['velocity_spread']:.0f} (before {said_of['velocity_spread_before']:.0f}), "
        f"onsets moved by {said_of['moved_by_sixteenths']:.0%} of a sixteenth on average"
    )
    return Edited(edited, said_of, tuple(notices), z)
