"""Who plays what, and when melody, bass and drums play together.

An instrument is heard in a bar where one of its notes sounds. Rests of up to twice ``gap`` bars count as heard, and in
the first and last ``gap`` bars of a piece it is enough that one of the three is heard at all.
Source: magenta, music_vae/data.py: TrioConverter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product

import numpy as np

from gen import NoteSequence
from gen.notes import Grid
from gen_converters.common.arrays import Bools, Ints
from gen_converters.common.options import program_set

MELODY, BASS, DRUMS = 0, 1, 2
ROLES = ("melody", "bass", "drums")
_NONE = 3
_AT_A_TIME = 256  # trios; a file with hundreds of instruments has more than fit into memory
_MELODY_PROGRAMS, _BASS_PROGRAMS = program_set("melody"), program_set("bass")


@dataclass(frozen=True, eq=False)
class Ensemble:
    """The instruments of a part that play a role."""

    numbers: Ints  # [I], ascending
    role: Ints  # [I]: MELODY, BASS or DRUMS
    heard: Bools  # [I, B], in which bars each is

    @property
    def missing(self) -> list[str]:
        """Roles that nobody plays."""
        return [name for role, name in enumerate(ROLES) if role not in self.role]

    def trios(self) -> Iterator[Ints]:
        """Indices of every melody, bass and drums, in order of their instrument numbers: some at a time, ``[R, 3]``."""
        every = product(*(np.flatnonzero(self.role == role).tolist() for role in (MELODY, BASS, DRUMS)))
        while some := list(islice(every, _AT_A_TIME)):
            yield np.array(some)


def ensemble(notes: NoteSequence, grid: Grid, *, bars: int, steps_per_bar: int) -> Ensemble:
    """The instruments of a part that play a role, in its first B ``bars``; one whose notes don't agree plays none."""
    of_program = np.where(_MELODY_PROGRAMS, MELODY, np.where(_BASS_PROGRAMS, BASS, _NONE))
    of_note = np.where(notes.is_drum, DRUMS, of_program[notes.program])
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


def bridge(heard: Bools, gap: int) -> Bools:
    """Bars ``[..., B]`` that are at most ``gap`` bars from one in which something is heard."""
    if not gap:
        return heard
    pad = [(0, 0)] * (heard.ndim - 1) + [(gap, gap)]
    near = np.lib.stride_tricks.sliding_window_view(np.pad(heard, pad), 2 * gap + 1, axis=-1)
    bridged: Bools = np.logical_or.reduce(near, axis=-1)
    return bridged


def together(heard: Bools, gap: int) -> Bools:
    """Bars ``[..., B]`` in which three instruments, bridged ``[..., 3, B]``, play together."""
    bars: Bools = np.logical_and.reduce(heard, axis=-2)
    if gap:
        for end in (np.s_[..., :gap], np.s_[..., -gap:]):
            bars[end] = np.logical_or.reduce(heard[end], axis=(-2, -1))[..., np.newaxis]
    return bars


def windows_within(bars: Bools, length: int) -> Bools:
    """Whether the ``length`` bars from each bar on are all true, ``[..., B - length + 1]``."""
    count = np.zeros((*bars.shape[:-1], bars.shape[-1] + 1), np.int64)
    np.cumsum(bars, axis=-1, out=count[..., 1:])
    whole: Bools = count[..., length:] - count[..., :-length] == length
    return whole


def longest_run(bars: Bools) -> int:
    """Length of the longest run of true bars in any row ``[..., B]``."""
    apart = np.zeros((*bars.shape[:-1], bars.shape[-1] + 1), np.bool_)  # a row's last bar doesn't touch the next row
    apart[..., :-1] = bars
    edges = np.flatnonzero(np.diff(apart.ravel(), prepend=False))
    return int((edges[1::2] - edges[::2]).max(initial=0))
