"""Events to the bytes of a Standard MIDI File."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from enum import IntEnum
from typing import NamedTuple


class Rank(IntEnum):
    """Order of events at one tick: a note-off comes before the next note-on, settings before what they apply to."""

    NOTE_OFF = 0
    STATE = 1
    NOTE_ON = 2


class Event(NamedTuple):
    """A message at an absolute tick."""

    tick: int
    rank: Rank
    message: bytes


def meta(kind: int, content: bytes) -> bytes:
    """A meta event."""
    return bytes((0xFF, kind)) + variable_length(len(content)) + content


def variable_length(value: int) -> bytes:
    """A variable-length quantity: seven bits a byte, most significant first."""
    digits = [value & 0x7F]
    while value := value >> 7:
        digits.append(value & 0x7F | 0x80)
    return bytes(reversed(digits))


def header_chunk(tracks: int, ticks_per_quarter: int) -> bytes:
    """The header of a file of format 1."""
    return b"MThd" + struct.pack(">IHHH", 6, 1, tracks, ticks_per_quarter)


def track_chunk(events: Iterable[Event], *, end: int) -> bytes:
    """A track chunk; events of equal tick and rank keep their order.

    Args:
        events: in any order.
        end: tick of the end of the track, unless an event is later.
    """
    content = bytearray()
    now = 0
    for event in sorted(events, key=lambda event: event[:2]):
        content += variable_length(event.tick - now) + event.message
        now = event.tick
    content += variable_length(max(0, end - now)) + meta(0x2F, b"")
    return b"MTrk" + struct.pack(">I", len(content)) + content
