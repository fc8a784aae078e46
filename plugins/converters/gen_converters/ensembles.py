"""Who plays what, and when melody, bass and drums play together.

An instrument is heard in a bar where one of its notes sounds. Rests of up to twice ``gap`` bars count as heard, and in
the first and last ``gap`` bars of a piece it is enough that one of the three is heard at all.
Source: magenta, music_vae/data.py: TrioConverter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from gen import Grid, NoteSequence
from gen_converters.programs import program_set

Flags = npt.NDArray[np.bool_]

MELODY, BASS, DRUMS = 0, 1, 2
ROLES = ("melody", "bass", "drums")
_NONE = 3


@dataclass(frozen=True, eq=False)
class Ensemble:
    """The instruments of a part that play a role.

    Attributes:
        numbers: instrument numbers, ascending, int64 ``[I]``.
        role: `MELODY`, `BASS` or `DRUMS` of each.
        heard: in which bars, boolean ``[I, B]``.
    """

    numbers: npt.NDArray[np.int64]
    role: npt.NDArray[np.int64]
    heard: Flags

    @property
    def missing(self) -> list[str]:
        """Roles that nobody plays."""
        return [name for role, name in enumerate(ROLES) if role not in self.role]

    def trios(self) -> Iterator[tuple[int, int, int]]:
        """Indices of every melody, bass and drums, in order of their instrument numbers."""
        melodies, basses, drums = (np.flatnonzero(self.role == role).tolist() for role in (MELODY, BASS, DRUMS))
        yield from product(melodies, basses, drums)


def ensemble(notes: NoteSequence, grid: Grid, *, bars: int, steps_per_bar: int) -> Ensemble:
    """Find the instruments of a part that play a role; one whose notes don't agree on it plays none.

    Args:
        notes: the part.
        grid: where its notes fall.
        bars: B; later bars don't count.
        steps_per_bar: S.
    """
    melody, bass = program_set("melody")[notes.program], program_set("bass")[notes.program]
    of_note = np.select([notes.is_drum, melody, bass], [DRUMS, MELODY, BASS], _NONE)
    numbers, index = np.unique(notes.instrument, return_inverse=True)
    least, most = np.full(len(numbers), _NONE), np.full(len(numbers), MELODY)
    np.minimum.at(least, index, of_note)
    np.maximum.at(most, index, of_note)
    kept = np.flatnonzero((least == most) & (least != _NONE))

    first = np.minimum(grid.start_step // steps_per_bar, bars)
    after = np.minimum(-(-grid.end_step // steps_per_bar), bars)
    changes = np.zeros((len(numbers), bars + 1), np.int64)
    np.add.at(changes, (index, first), 1)
    np.add.at(changes, (index, after), -1)
    heard = changes.cumsum(axis=1)[:, :bars] > 0
    return Ensemble(numbers[kept], least[kept], heard[kept])


def bridge(heard: Flags, gap: int) -> Flags:
    """Bars ``[..., B]`` that are at most ``gap`` bars from one in which something is heard."""
    if not gap:
        return heard
    pad = [(0, 0)] * (heard.ndim - 1) + [(gap, gap)]
    near = np.lib.stride_tricks.sliding_window_view(np.pad(heard, pad), 2 * gap + 1, axis=-1)
    bridged: Flags = np.logical_or.reduce(near, axis=-1)
    return bridged


def together(heard: Flags, gap: int) -> Flags:
    """Bars ``[B]`` in which three instruments play together.

    Args:
        heard: where each is, bridged, ``[3, B]``.
        gap: so many bars at the beginning, and at the end, count if any of the three is heard in any of them.
    """
    bars: Flags = np.logical_and.reduce(heard)
    if gap:
        bars[:gap] = heard[:, :gap].any()
        bars[-gap:] = heard[:, -gap:].any()
    return bars


def window_starts(bars: Flags, length: int) -> list[int]:
    """First bar of every run of ``length`` bars ``[B]`` that are all true."""
    if len(bars) < length:
        return []
    whole = np.lib.stride_tricks.sliding_window_view(bars, length).all(axis=-1)
    return [int(first) for first in np.flatnonzero(whole)]


def longest_run(bars: Flags) -> int:
    """Length of the longest run of true bars ``[B]``."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], bars, [False]])))
    return int((edges[1::2] - edges[::2]).max(initial=0))
