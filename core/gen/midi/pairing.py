"""Note-ons and note-offs to notes, by the rules of pretty_midi (``PrettyMIDI._load_instruments``).

Within one track, channel and pitch:

* a closing event (note-off, or note-on of velocity 0) ends every open note that began at an earlier tick;
* a note that began at the closing tick itself stays open if the event ended some other note, else it is discarded;
* a closing event with nothing to close is ignored; what is open at the end of the track is discarded.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gen.midi.events import Events, Ints

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Rows of `Events` that begin and end each note, in order of ending; notes ended together, in order of onset."""

    on: Ints
    off: Ints


def pair_notes(events: Events) -> Pairs:
    """Find the closing event of every note."""
    rows = ((events.status & 0xE0) == 0x80).nonzero()[0]  # 0x80 to 0x9f
    status, tick = events.status[rows], events.tick[rows]
    is_on = (status >= 0x90) & (events.data2[rows] > 0)
    lane = (events.track[rows] << 11) | ((status & 0x0F).astype(np.int64) << 7) | events.data1[rows]
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
    return Pairs(on_row[by_end], off_row[by_end])


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
