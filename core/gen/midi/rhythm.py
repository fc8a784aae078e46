"""Which channels are drums: the tenth, and those that a file makes so, as synthesisers heed it.

* Roland GS: a system exclusive message makes a part a rhythm part, or none (SC-55 manual, "use for rhythm part").
* Yamaha XG: likewise ("part mode"), and bank 127 of a program has drum kits (XG specification 1.35).
* General MIDI 2: bank 120 has drum kits, bank 121 melodic instruments (RP-024).

What holds when a channel's first note begins, holds for all its notes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gen.midi.events import Events, Ints, Meta, require_few
from gen.midi.programs import part_of, ports_of
from gen.notes.drum_maps import Voice

_DRUM_CHANNEL = 9
_NAME = 0x03  # of a track
_CONTROL_CHANGE, _PROGRAM_CHANGE, _BANK_SELECT = 0xB0, 0xC0, 0
_GS_RESET = bytes((0x42, 0x12, 0x40, 0x00, 0x7F))
_GS_PARTS = (9, *range(9), *range(10, 16))  # the channel of each part block
_BANKS = {120: True, 121: False, 127: True}
_MOST_BANKS = 1 << 17
_MT32_BANK = 127  # in GS, the sounds of an MT-32


class Setting(NamedTuple):
    """A channel of a MIDI port, counted from 0, becomes drums or stops being so, and what says it."""

    tick: int
    port: int
    channel: int
    is_drum: bool
    by: str


class Rhythm(NamedTuple):
    """``percussive`` says of each part (track * 16 + channel) whether it is drums, ``voice`` which one drum it is, or
    -1; ``told`` is what a file says of channels beside or instead of the tenth, by channel, counted from 1.
    """

    percussive: npt.NDArray[np.bool_]
    voice: Ints
    told: dict[int, Setting]


def rhythm_of(
    events: Events,
    tracks: int,
    drum_channels: Collection[int] = (),
    voices: Sequence[Voice] = (),
    *,
    original: bool = False,
) -> Rhythm:
    """Find the drums; ``drum_channels``, counted from 1, are some in any case, and so are ``voices``, which are one
    drum each. ``original`` knows no other but the tenth channel.
    """
    percussive = np.zeros((tracks, 16), np.bool_)
    percussive[:, _DRUM_CHANNEL] = True
    told: dict[int, Setting] = {}
    settings = [] if original else sorted(_settings(events), key=lambda setting: setting.tick)
    if settings:
        ports = ports_of(events)
        is_on = (((events.status & 0xF0) == 0x90) & (events.data2 > 0)).nonzero()[0]
        part, first = np.unique(part_of(events, is_on), return_index=True)
        begins: dict[tuple[int, int], int] = {}  # of each channel, its first note's tick
        for number, row in zip(part.tolist(), is_on[first].tolist(), strict=True):
            key, tick = (ports.get(number >> 4, 0), number & 0x0F), int(events.tick[row])
            begins[key] = min(tick, begins.get(key, tick))
        state = {(each.port, each.channel): each for each in settings if each.tick <= begins.get(each[1:3], -1)}
        for number in part.tolist():
            setting = state.get((ports.get(number >> 4, 0), number & 0x0F))
            if setting is not None and setting.is_drum != percussive[number >> 4, setting.channel]:
                percussive[number >> 4, setting.channel] = setting.is_drum
                told[setting.channel + 1] = setting
    percussive[:, [channel - 1 for channel in drum_channels]] = True
    voice = np.full((tracks, 16), -1)
    named = events.metas(_NAME) if voices else []
    names = {(int(events.track[meta.event]), meta.text.strip().casefold()) for meta in named}
    for each in voices:
        if each.kind == "channel":
            voice[:, int(each.name) - 1] = each.pitch
        else:
            voice[[track for track, name in names if name == each.name.casefold()]] = each.pitch
    percussive |= voice >= 0
    unasked = {number: each for number, each in told.items() if number not in drum_channels}
    return Rhythm(percussive.reshape(-1), voice.reshape(-1), unasked)


def _settings(events: Events) -> Iterator[Setting]:
    """Everything that says of a channel what it is for."""
    ports = ports_of(events)

    def place(row: int) -> tuple[int, int]:
        return int(events.tick[row]), ports.get(int(events.track[row]), 0)

    gs = False
    for meta in events.exclusives():
        gs = gs or (meta.content[0] == 0x41 and meta.content[2:7] == _GS_RESET)
        found = _roland(meta) or _yamaha(meta)
        if found is not None:
            tick, port = place(meta.event)
            yield Setting(tick, port, *found)
    kind = events.status & 0xF0
    banks = (kind == _CONTROL_CHANGE) & (events.data1 == _BANK_SELECT)
    if not (banks & np.isin(events.data2, list(_BANKS))).any():
        return
    rows = np.flatnonzero(banks | (kind == _PROGRAM_CHANGE))
    require_few(len(rows), "programs and banks", _MOST_BANKS)
    bank: dict[tuple[int, int], int] = {}
    made: set[tuple[int, int]] = set()  # drums by their bank
    for row in rows[np.argsort(events.tick[rows], kind="stable")].tolist():
        tick, port = place(row)
        channel = int(events.status[row]) & 0x0F
        if kind[row] == _CONTROL_CHANGE:
            bank[port, channel] = int(events.data2[row])
        elif (number := bank.get((port, channel), 0)) in _BANKS and not (gs and number == _MT32_BANK):
            made.add((port, channel))
            yield Setting(tick, port, channel, _BANKS[number], f"bank {number}")
        elif (port, channel) in made:
            made.discard((port, channel))
            yield Setting(tick, port, channel, channel == _DRUM_CHANNEL, f"bank {number}")


def _roland(meta: Meta) -> tuple[int, bool, str] | None:
    """Channel, drums or not, and words, of F0 41 device 42 12 40 1x 15 value checksum F7."""
    content = meta.content
    if len(content) < 8 or content[0] != 0x41 or content[2:5] != b"\x42\x12\x40":
        return None
    if content[5] >> 4 != 1 or content[6] != 0x15:
        return None
    return _GS_PARTS[content[5] & 0x0F], content[7] > 0, "a GS message"


def _yamaha(meta: Meta) -> tuple[int, bool, str] | None:
    """The same of F0 43 1n 4C 08 part 07 mode F7."""
    content = meta.content
    if len(content) < 7 or content[0] != 0x43 or content[1] >> 4 != 1 or content[2:4] != b"\x4c\x08":
        return None
    if content[5] != 0x07 or content[4] > 15:
        return None
    return content[4], content[6] > 0, "an XG message"
