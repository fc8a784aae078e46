"""Who plays what: instruments as pretty_midi forms them, and the control changes and bends each one gets.

There is one instrument per program, channel and track, numbered in the order in which their first note *ends*; the
program is the one in force when a note ends. An instrument without notes does not exist.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gen.errors import MidiError
from gen.midi.events import Events, Ints
from gen.midi.pairing import Pairs

_DRUM_CHANNEL = 9
_PROGRAM_CHANGE = 0xC0
_MOST_ROWS = 1 << 22  # of controls and bends; beyond, a small file could fill the memory (see `share_out`)


@dataclass(frozen=True, eq=False)
class Instruments:
    """Instruments in their order.

    Attributes:
        part: int64 ``[I]``, track and channel in one number: ``track * 16 + channel``.
        program: int64 ``[I]``.
        since: int64 ``[I]``, the event that ended the first note.
        of_note: int64 ``[N]``, the instrument of each note, in the order of `Pairs`.
        drum_channels: those beside the tenth whose instruments are percussion, counted from 1.
    """

    part: Ints
    program: Ints
    since: Ints
    of_note: Ints
    drum_channels: Collection[int] = ()

    @property
    def is_drum(self) -> npt.NDArray[np.bool_]:
        """Percussion ``[I]``: everything on the tenth channel, and on others that were named."""
        percussive = np.zeros(16, np.bool_)
        percussive[[_DRUM_CHANNEL, *(channel - 1 for channel in self.drum_channels)]] = True
        is_drum: npt.NDArray[np.bool_] = percussive[self.part & 0x0F]
        return is_drum

    def __len__(self) -> int:
        return len(self.part)


def form_instruments(events: Events, pairs: Pairs, drum_channels: Collection[int] = ()) -> Instruments:
    """Group notes into instruments; ``drum_channels``, counted from 1, are percussion beside the tenth."""
    part = part_of(events, pairs.off)
    program = programs_at(events, pairs.off, part)
    code = (part << 7) | program
    if len(code) and (code == code[0]).all():  # the common case of one instrument needs no sorting
        return Instruments(part[:1], program[:1], pairs.off[:1], np.zeros(len(code), np.int64), drum_channels)
    _, first, group = np.unique(code, return_index=True, return_inverse=True)
    order = np.argsort(first)
    number = np.empty_like(order)
    number[order] = np.arange(len(order))
    first = first[order]
    return Instruments(part[first], program[first], pairs.off[first], number[group], drum_channels)


def part_of(events: Events, rows: Ints) -> Ints:
    """Track and channel of events, in one number."""
    return (events.track[rows] << 4) | (events.status[rows] & 0x0F)


def programs_at(events: Events, rows: Ints, part: Ints) -> Ints:
    """The program in force on its track and channel at each of some events; 0 before the first program change."""
    changes = ((events.status & 0xF0) == _PROGRAM_CHANGE).nonzero()[0]
    if not len(changes):
        return np.zeros(len(rows), np.int64)
    span = len(events.status)
    moments = part_of(events, changes) * span + changes
    order = np.argsort(moments)
    moments, changes = moments[order], changes[order]
    latest = np.searchsorted(moments, part * span + rows) - 1
    known = (latest >= 0) & (moments[latest] // span == part)
    return np.where(known, events.data1[changes[latest]], 0).astype(np.int64)


def share_out(events: Events, instruments: Instruments) -> tuple[Ints, Ints]:
    """Hand control changes and pitch bends to the instruments.

    An event goes to the instrument of its track, channel and program where that exists already. Otherwise it is held
    aside in a pool of its track and channel; instruments formed after the pool began share the pool: each of them has
    everything in it, and whatever reaches one of them reaches all.

    Returns:
        Rows of ``events``, and the instrument that gets each: instrument by instrument, each in file order.
    """
    kind = events.status & 0xF0
    rows = ((kind == 0xB0) | (kind == 0xE0)).nonzero()[0]
    if not len(rows) or not len(instruments):
        none = np.zeros(0, np.int64)
        return none, none
    part = part_of(events, rows)
    code = (part << 7) | programs_at(events, rows, part)
    own_codes = (instruments.part << 7) | instruments.program
    if len(own_codes) == 1 and (code == own_codes[0]).all():  # a drummer's hi-hat pedal, say: 0.05 ms instead of 0.2
        return rows, np.zeros(len(rows), np.int64)
    by_code = np.argsort(own_codes)
    found = np.minimum(np.searchsorted(own_codes[by_code], code), len(by_code) - 1)
    target = by_code[found]
    exists = (own_codes[target] == code) & (instruments.since[target] < rows)

    pool_parts, begin = np.unique(part[~exists], return_index=True)
    pool_since = np.append(rows[~exists][begin], len(events.status))  # a last entry for "no pool"
    pool = np.searchsorted(pool_parts, instruments.part)
    has_pool = np.append(pool_parts, -1)[pool] == instruments.part
    shares = instruments.since > np.where(has_pool, pool_since[pool], len(events.status))

    direct = exists & ~shares[target]
    pooled_rows, pooled_part = rows[~direct], part[~direct]
    order = np.argsort(pooled_part, kind="stable")
    pooled_rows, pooled_part = pooled_rows[order], pooled_part[order]
    sharers = np.flatnonzero(shares)
    low = np.searchsorted(pooled_part, instruments.part[sharers], side="left")
    count = np.searchsorted(pooled_part, instruments.part[sharers], side="right") - low
    if count.sum() > _MOST_ROWS:
        raise MidiError(
            f"{len(rows)} control changes shared by {len(sharers)} instruments make {count.sum()}, "
            f"more than the limit of {_MOST_ROWS}: the file is likely corrupt"
        )
    copies = np.repeat(low - np.cumsum(count) + count, count) + np.arange(count.sum())
    event = np.concatenate((rows[direct], pooled_rows[copies]))
    owner = np.concatenate((target[direct], np.repeat(sharers, count)))
    order = np.argsort(owner * np.int64(len(events.status)) + event)
    return event[order], owner[order]
