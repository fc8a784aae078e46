"""What every verb begins with: a model, the drums of a file, and where these lie on its grid."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from gen.midi.events import Ints
from gen.music.verbs.bars import Grid, Placed, lay_grid, place
from gen.music.verbs.cells import Player, player_of
from gen.music.verbs.drums import Drums, find_drums
from gen.notes.drum_maps import DrumMap
from gen.training.load import Trained


@dataclass(frozen=True, eq=False)
class Scene:
    """A player and the drums before it; ``known`` are the rows of hits that it has a class for."""

    player: Player
    drums: Drums
    grid: Grid
    placed: Placed
    known: Ints

    @property
    def notices(self) -> list[str]:
        """What was decided and what isn't heard, for people."""
        strange = len(self.drums) - len(self.known)
        found = [*self.drums.notices]
        if strange:
            missing = self.drums.pitch[self.player.class_of[self.drums.pitch] < 0]
            pitches = ", ".join(str(pitch) for pitch in np.unique(missing).tolist())
            found.append(
                f"{counted(strange)} at pitches that the model doesn't know ({pitches}) stay as written; "
                "say what they are with --drum-map"
            )
        return found


def set_scene(
    trained: Trained,
    content: bytes,
    *,
    needs: str | None = None,
    name: str = "this clip",
    channels: Collection[int] = (),
    drum_map: DrumMap | None = None,
    labels: Mapping[str, str] | None = None,
) -> Scene:
    """Find the drums of a file for a model; ``needs``, ``labels`` and errors as of `player_of` and `find_drums`.

    The drum channels and the drum map of the model's recipe count as well.
    """
    player = player_of(trained, needs=needs, labels=labels)
    data = trained.recipe.data
    drums = find_drums(
        content, name=name, channels={*data.drum_channels, *channels}, drum_map=drum_map or data.drum_map
    )
    grid = lay_grid(
        drums.resolution,
        drums.metres,
        steps_per_bar=player.steps_per_bar,
        steps_per_quarter=player.steps_per_quarter,
    )
    known = np.flatnonzero(player.class_of[drums.pitch] >= 0)
    return Scene(player, drums, grid, place(drums, grid), known)


def counted(count: int) -> str:
    """So many hits, in words."""
    return "1 hit" if count == 1 else f"{count:,} hits"
