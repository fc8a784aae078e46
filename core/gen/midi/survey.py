"""What a MIDI file is made of, apart from its music: format, tracks, and who plays on which channel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gen.midi.chunks import find_tracks
from gen.midi.events import Events, Ints, read_events
from gen.midi.instruments import Pairs, pair_notes, part_of, programs_at

_TRACK_NAME = 0x03


@dataclass(frozen=True, eq=False)
class Channel:
    """A channel, 1 to 16, on which notes are played.

    ``pitches`` are notes of each pitch, int64 ``[128]``; ``programs`` those of its notes, ascending; ``names`` those of
    the tracks that play on it; ``typical_length`` is the median of a note, in quarter notes.
    """

    number: int
    pitches: Ints
    programs: tuple[int, ...]
    names: tuple[str, ...]
    typical_length: float


@dataclass(frozen=True, eq=False)
class Survey:
    """A whole file: its channels with notes, ascending, and how many note-ons have velocity 0, which MIDI takes for
    note-offs. The format is 0 for one track of all channels, 1 for several; 2 with one track counts as one piece too.
    """

    format: int
    tracks: int
    ticks_per_quarter: int
    channels: tuple[Channel, ...]
    silent_onsets: int


def survey(data: bytes) -> Survey:
    """Look the contents of a file over.

    Raises:
        MidiError: as `gen.read_midi`, but for tempos and signatures, which aren't looked at.
    """
    layout = find_tracks(data)
    events = read_events(data, layout.tracks)
    pairs = pair_notes(events)
    return Survey(
        format=layout.format,
        tracks=len(layout.tracks),
        ticks_per_quarter=layout.ticks_per_quarter,
        channels=_channels(events, pairs, layout.ticks_per_quarter),
        silent_onsets=int(np.count_nonzero(((events.status & 0xF0) == 0x90) & (events.data2 == 0))),
    )


def _channels(events: Events, pairs: Pairs, ticks_per_quarter: int) -> tuple[Channel, ...]:
    channel = events.status[pairs.on] & 0x0F
    programs = programs_at(events, pairs.off, part_of(events, pairs.off))
    length = (events.tick[pairs.off] - events.tick[pairs.on]) / ticks_per_quarter
    names: dict[int, list[str]] = {}
    for meta in events.metas:
        if meta.type == _TRACK_NAME and meta.content:
            names.setdefault(int(events.track[meta.event]), []).append(meta.content.decode("latin-1").strip())
    found = []
    for number in np.unique(channel).tolist():
        own = channel == number
        tracks = np.unique(events.track[pairs.on[own]]).tolist()
        found.append(
            Channel(
                number=number + 1,
                pitches=np.bincount(events.data1[pairs.on[own]], minlength=128).astype(np.int64),
                programs=tuple(np.unique(programs[own]).tolist()),
                names=tuple(dict.fromkeys(name for track in tracks for name in names.get(track, ()))),
                typical_length=float(np.median(length[own])),
            )
        )
    return tuple(found)
