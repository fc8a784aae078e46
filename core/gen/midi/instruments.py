"""Who plays what: note-ons and note-offs to notes, and notes to instruments.

Within one track, channel and pitch, as in pretty_midi (``PrettyMIDI._load_instruments``):

* a closing event (note-off, or note-on of velocity 0) ends every open note that began at an earlier tick;
* a note that began at the closing tick itself stays open if the event ended some other note, else it is discarded;
* a closing event with nothing to close is ignored; what is open at the end of the track is discarded.

What is discarded so is an onset all the same, and of drums nothing else matters: `strokes` gives these a length.

There is one instrument per program, channel and track, numbered in the order in which their first note *ends*. An
instrument without notes does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gen.errors import MidiError
from gen.midi.events import Events, Ints
from gen.midi.programs import Programs, part_of

Mask = npt.NDArray[np.bool_]
_MOST_ROWS = 1 << 19  # of controls and bends; beyond, a small file could fill the memory (see `share_out`)


@dataclass(frozen=True, eq=False)
class Pairs:
    """Rows of `Events` that begin and end each note, in order of ending; notes ended together, in order of onset.

    ``end`` is the tick at which each ends. A stroke that nothing ends has its onset in both rows.
    """

    on: Ints
    off: Ints
    end: Ints


def pair_notes(events: Events) -> Pairs:
    """Find the closing event of every note."""
    rows = ((events.status & 0xE0) == 0x80).nonzero()[0]  # 0x80 to 0x9f
    status, tick = events.status[rows], events.tick[rows]
    is_on = (status >= 0x90) & (events.data2[rows] > 0)
    lane = _lanes(events, rows)
    small = lane.astype(np.uint16) if lane.max(initial=0) < 1 << 16 else lane  # 16 bits sort several times faster
    order = np.argsort(small, kind="stable")
    lane, tick, is_on = lane[order], tick[order], is_on[order]

    # A last closing event in a lane of its own stands for "none"; there are two, for the event after the next.
    is_off = ~is_on
    on, off = is_on.nonzero()[0], is_off.nonzero()[0]
    off_lane = np.append(lane[off], (-1, -1))
    off_tick = np.append(tick[off], (0, 0))
    # The first closing event after an onset has as its number the count of closing events before the onset.
    closing: Ints = np.cumsum(is_off, dtype=np.int64)[on]
    same_lane: Mask = off_lane[closing] == lane[on]
    waiting: Mask = same_lane & (off_tick[closing] == tick[on])
    if waiting.any():
        keeps = _keeps_open(closing, waiting, same_lane, off_lane, off_tick)
        discarded = waiting & ~keeps[closing]
        closing = closing + waiting.astype(np.int64)
        same_lane = (off_lane[closing] == lane[on]) & ~discarded
    ended = same_lane & (off_tick[closing] > tick[on])

    on_row, off_row = rows[order[on[ended]]], rows[order[off[closing[ended]]]]
    by_end = np.argsort(off_row * np.int64(len(events.status)) + on_row)
    on_row, off_row = on_row[by_end], off_row[by_end]
    return Pairs(on_row, off_row, events.tick[off_row])


@dataclass(frozen=True, eq=False)
class Lost:
    """Rows of the onsets that are no note by the rules of pairing, and which of them nothing ever ends."""

    on: Ints
    endless: Mask  # of the others the end is at their own tick

    def of(self, rows: Mask) -> Lost:
        """Some of them."""
        return Lost(self.on[rows], self.endless[rows])


def lost_onsets(events: Events, pairs: Pairs) -> Lost:
    """What `pair_notes` discards."""
    is_on = ((events.status & 0xF0) == 0x90) & (events.data2 > 0)
    is_off = ((events.status & 0xE0) == 0x80) & ~is_on
    is_on[pairs.on] = False
    rows = is_on.nonzero()[0]
    if not len(rows):
        return Lost(rows, np.zeros(0, np.bool_))
    off = is_off.nonzero()[0]
    span = len(events.status)
    ends = np.sort(_lanes(events, off) * span + off)
    lane = _lanes(events, rows)
    following = np.append(ends, -1)[np.searchsorted(ends, lane * span + rows)]
    return Lost(rows, following // span != lane)


def strokes(events: Events, pairs: Pairs, lost: Lost, *, ticks: int) -> Pairs:
    """Notes, and among them some onsets as strokes of so many ticks, or up to the next onset of their pitch."""
    if not len(lost.on):
        return pairs
    every = (((events.status & 0xF0) == 0x90) & (events.data2 > 0)).nonzero()[0]
    span = int(events.tick.max()) + 2
    moments = np.sort(_lanes(events, every) * span + events.tick[every])
    own = _lanes(events, lost.on) * span + events.tick[lost.on]
    following = np.append(moments, own.max() + span)[np.searchsorted(moments, own, side="right")]
    end = events.tick[lost.on] + np.minimum(following - own, max(ticks, 1))
    on, off = np.concatenate([pairs.on, lost.on]), np.concatenate([pairs.off, lost.on])
    order = np.argsort(off * np.int64(len(events.status)) + on, kind="stable")
    return Pairs(on[order], off[order], np.concatenate([pairs.end, end])[order])


def _lanes(events: Events, rows: Ints) -> Ints:
    """Track, channel and pitch of events, in one number."""
    return (part_of(events, rows) << 7) | events.data1[rows]


def _keeps_open(closing: Ints, waiting: Mask, same_lane: Mask, off_lane: Ints, off_tick: Ints) -> Mask:
    """Which closing events leave the notes of their own tick open, because they end an earlier note."""
    ends_earlier = np.zeros(len(off_lane), np.bool_)
    ends_earlier[closing[same_lane & ~waiting]] = True
    keeps = np.zeros(len(off_lane), np.bool_)
    for index in np.unique(closing[waiting]).tolist():
        # Notes kept by the event before are earlier ones too.
        inherited = keeps[index - 1] and off_lane[index - 1] == off_lane[index]
        keeps[index] = ends_earlier[index] or (inherited and off_tick[index - 1] < off_tick[index])
    return keeps


@dataclass(frozen=True, eq=False)
class Instruments:
    """Instruments in their order."""

    part: Ints  # [I], track and channel in one number: track * 16 + channel
    program: Ints  # [I]
    since: Ints  # [I], the event that ended the first note
    of_note: Ints  # [N], the instrument of each note, in the order of `Pairs`
    is_drum: Mask  # [I], percussion

    def __len__(self) -> int:
        return len(self.part)


def form_instruments(events: Events, pairs: Pairs, programs: Programs, percussive: Mask) -> Instruments:
    """Group notes into instruments; ``percussive`` says of each part whether it is drums."""
    part = part_of(events, pairs.off)
    program = programs.of_notes(pairs.on, pairs.off)
    code = (part << 7) | program
    if len(code) and (code == code[0]).all():  # the common case of one instrument needs no sorting
        return Instruments(part[:1], program[:1], pairs.off[:1], np.zeros(len(code), np.int64), percussive[part[:1]])
    _, first, group = np.unique(code, return_index=True, return_inverse=True)
    order = np.argsort(first)
    number = np.empty_like(order)
    number[order] = np.arange(len(order))
    first = first[order]
    return Instruments(part[first], program[first], pairs.off[first], number[group], percussive[part[first]])


def share_out(events: Events, instruments: Instruments, programs: Programs) -> tuple[Ints, Ints]:
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
    code = (part << 7) | programs.at(rows)
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
            f"{len(rows):,} control changes shared by {len(sharers)} instruments make {count.sum():,}, and gen reads "
            f"up to {_MOST_ROWS:,}",
            code="too-many-controls",
        )
    copies = np.repeat(low - np.cumsum(count) + count, count) + np.arange(count.sum())
    event = np.concatenate((rows[direct], pooled_rows[copies]))
    owner = np.concatenate((target[direct], np.repeat(sharers, count)))
    order = np.argsort(owner * np.int64(len(events.status)) + event)
    return event[order], owner[order]
