"""The drums of a MIDI file: every hit with the events that begin and end it, found in whatever band plays around them.

N hits. Times are ticks: verbs that keep a file's tempo needn't know it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from gen.data.check.facts import guess_drums
from gen.errors import DataError, MidiError
from gen.midi.chunks import find_tracks
from gen.midi.events import Events, Ints, read_events
from gen.midi.instruments import pair_notes
from gen.midi.programs import part_of
from gen.midi.reading import survey
from gen.midi.rhythm import rhythm_of
from gen.notes.drum_maps import DrumMap

_METRE = 0x58


@dataclass(frozen=True, eq=False)
class Drums:
    """Hits in order of onset, then of the file; ``[N]`` each.

    Attributes:
        content: the file.
        name: what errors and notices call it.
        events: of the file.
        on, off: rows of the events that begin and end a hit; ``off`` is -1 where none ends it.
        tick, velocity: as written.
        pitch: what it is taken for; ``lane`` tells the written pitch, channel and track apart.
        resolution: ticks a quarter note.
        metres: tick, numerator and denominator of each change, the first at tick 0.
        notices: what was decided on the way, for people.
    """

    content: bytes
    name: str
    events: Events
    on: Ints
    off: Ints
    tick: Ints
    velocity: Ints
    pitch: Ints
    lane: Ints
    resolution: int
    metres: tuple[tuple[int, int, int], ...]
    notices: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.on)


def lane_of(events: Events, rows: Ints) -> Ints:
    """Written pitch, channel and track of note-ons and note-offs, in one number."""
    status, pitch = events.status[rows].astype(np.int64), events.data1[rows].astype(np.int64)
    return (events.track[rows] << 11) | ((status & 0x0F) << 7) | pitch


def find_drums(
    content: bytes, *, name: str = "this clip", channels: Collection[int] = (), drum_map: DrumMap | None = None
) -> Drums:
    """The hits of a file: on channel 10 and on ``channels``, 1 to 16; without any, on a channel that looks like drums.

    Raises:
        MidiError: the file can't be read.
        DataError: no hit is found; the text names the option that says where they are.
    """
    try:
        layout = find_tracks(content)
        events = read_events(content, layout.tracks)
    except MidiError as error:
        raise MidiError(f"{name}: {error}", code=error.code) from None
    onset = np.flatnonzero(((events.status & 0xF0) == 0x90) & (events.data2 > 0))
    channel = (events.status[onset] & 0x0F).astype(np.int64)
    struck = rhythm_of(events, len(layout.tracks), channels).percussive[part_of(events, onset)]
    notices = []
    if not struck.any():
        if channels:
            listed = ", ".join(str(number) for number in sorted(channels))
            raise DataError(f"{name}: there is no note on channel 10 or {listed}: {_channels(channel)}")
        guess = guess_drums(survey(content).channels)
        if guess is None:
            raise DataError(
                f"{name}: no drums found: no note is on channel 10, and no other channel looks like drums. "
                f"Say which has them with --drum-channel N; {_channels(channel)}"
            )
        struck = channel == guess.channel - 1
        notices.append(f"no note is on channel 10; channel {guess.channel} is taken for the drums: {guess.why}")
    on = onset[struck]
    on = on[np.argsort(events.tick[on], kind="stable")]
    pairs = pair_notes(events)
    end_of = np.full(len(events.status), -1)
    end_of[pairs.on] = pairs.off
    written = DrumMap() if drum_map is None else drum_map
    meant = np.arange(128)
    for pitch, to in written.pairs:
        meant[pitch] = to
    return Drums(
        content=content,
        name=name,
        events=events,
        on=on,
        off=end_of[on],
        tick=events.tick[on],
        velocity=events.data2[on].astype(np.int64),
        pitch=meant[events.data1[on]],
        lane=lane_of(events, on),
        resolution=layout.ticks_per_quarter,
        metres=_metres(events),
        notices=tuple(notices),
    )


def _metres(events: Events) -> tuple[tuple[int, int, int], ...]:
    """Of any track, where tracks differ of the first; 4/4 until the first one. What nobody can count in is left out."""
    found = {0: (4, 4)}
    for meta in reversed(events.metas(_METRE)):
        if len(meta.content) >= 2:
            numerator, exponent = meta.content[:2]
            if numerator and exponent <= 6:
                found[int(events.tick[meta.event])] = (numerator, 1 << exponent)
    return tuple((tick, *metre) for tick, metre in sorted(found.items()))


def _channels(channel: Ints) -> str:
    there = ", ".join(str(number + 1) for number in np.unique(channel).tolist())
    return f"there are notes on {there}" if there else "there is no note at all"
