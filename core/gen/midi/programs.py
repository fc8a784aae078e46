"""Which program sounds: that of the channel, as a synthesiser plays it, or of the track alone, as pretty_midi has it.

A synthesiser knows channels, not tracks. A program that is set on one track, often the first, so holds for the notes of
another; but where tracks that share a channel each say a program of their own, each is meant for its own notes. So a
track's own programs count, and with them those of tracks that play nothing on the channel; where these say nothing yet,
those of any other track. Tracks of another MIDI port are of another synthesiser.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np
import numpy.typing as npt

from gen.midi.events import Events, Ints

_PROGRAM_CHANGE = 0xC0
_PORT = 0x21


def part_of(events: Events, rows: Ints) -> Ints:
    """Track and channel of events, in one number: track * 16 + channel."""
    return (events.track[rows] << 4) | (events.status[rows] & 0x0F)


def ports_of(events: Events) -> Mapping[int, int]:
    """The MIDI port of the tracks that say one; the others are on port 0."""
    said = [meta for meta in events.metas(_PORT) if meta.content]
    return {int(events.track[meta.event]): meta.content[0] for meta in reversed(said)}


class Programs:
    """The programs of a file's notes; with ``original``, a track's own alone, and that at the end of a note."""

    def __init__(self, events: Events, *, original: bool = False) -> None:
        self._events = events
        self._changes = ((events.status & 0xF0) == _PROGRAM_CHANGE).nonzero()[0]
        self._original = original

    def of_notes(self, on: Ints, off: Ints) -> Ints:
        """The program of notes, by the rows that begin and end them."""
        return self.at(off if self._original else on)

    def at(self, rows: Ints) -> Ints:
        """The program in force on its channel at each of some events; 0 before the first program change."""
        return self._found(rows)[0]

    def borrowed(self, on: Ints) -> frozenset[int]:
        """Parts (see `part_of`) with notes, by the rows that begin them, to which another track says a program."""
        elsewhere = self._found(on)[1]
        return frozenset(np.unique(part_of(self._events, on[elsewhere])).tolist())

    def _found(self, rows: Ints) -> tuple[Ints, npt.NDArray[np.bool_]]:
        """Programs, and whether another track says them."""
        changes, events = self._changes, self._events
        if not len(changes):
            return np.zeros(len(rows), np.int64), np.zeros(len(rows), np.bool_)
        part = part_of(events, rows)
        # in the order of the file; or of time, where a program that is set after the onset at its very tick counts
        when, asked = (changes, rows) if self._original else (events.tick[changes], events.tick[rows])
        span = max(int(when.max()), int(asked.max(initial=0))) + 1
        moments = part_of(events, changes) * span + when
        order = np.argsort(moments, kind="stable")
        moments, ordered = moments[order], changes[order]
        latest = np.searchsorted(moments, part * span + asked, side="right") - 1
        known = (latest >= 0) & (moments[latest] // span == part)
        found = np.where(known, events.data1[ordered[latest]], 0).astype(np.int64)
        elsewhere = np.zeros(len(rows), np.bool_)
        if self._original or events.track[0] == events.track[-1]:  # nothing but one track
            return found, elsewhere
        own = np.where(known, events.tick[ordered[latest]], -1)
        channel = self._channels(rows)
        own_channel, plays = self._said
        for setting_up in (True, False):  # tracks that play nothing on the channel; then, where nobody says any, all
            wanting = np.flatnonzero(own < 0) if not setting_up else np.arange(len(rows))
            chosen = changes[~(plays & setting_up)]
            numbers = own_channel[~(plays & setting_up)]
            for number in np.intersect1d(numbers, channel[wanting]).tolist():
                here = wanting[channel[wanting] == number]
                said = chosen[numbers == number]
                said = said[np.argsort(events.tick[said], kind="stable")]
                at = np.searchsorted(events.tick[said], events.tick[rows[here]], side="right") - 1
                later = (at >= 0) & (events.tick[said[at]] > own[here])
                found[here[later]] = events.data1[said[at[later]]]
                own[here[later]] = events.tick[said[at[later]]]
                elsewhere[here[later]] = True
        return found, elsewhere

    @cached_property
    def _said(self) -> tuple[Ints, npt.NDArray[np.bool_]]:
        """The channel of each program change, and whether its track plays on it."""
        parts = np.unique(part_of(self._events, self._onsets()))
        return self._channels(self._changes), np.isin(part_of(self._events, self._changes), parts)

    @cached_property
    def _ports(self) -> Ints:
        """The port of each track."""
        events = self._events
        ports = ports_of(events)
        of_track: Ints = np.zeros(int(events.track.max()) + 1, np.int64)
        of_track[list(ports)] = list(ports.values())
        return of_track

    def _channels(self, rows: Ints) -> Ints:
        """Port and channel of events, in one number."""
        events = self._events
        found: Ints = (self._ports[events.track[rows]] << 4) | (events.status[rows] & 0x0F)
        return found

    def _onsets(self) -> Ints:
        rows: Ints = (((self._events.status & 0xF0) == 0x90) & (self._events.data2 > 0)).nonzero()[0]
        return rows
