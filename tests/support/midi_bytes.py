"""MIDI files of awkward kinds, byte by byte."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

TICKS = 96

Struck = tuple[int, int, int, int]
"""Tick, channel (1 to 16), pitch, velocity of a note that is a sixteenth long."""


def meta(kind: int, content: bytes) -> bytes:
    """A meta event."""
    return bytes((0xFF, kind, len(content))) + content


def tempo(qpm: float) -> bytes:
    """A tempo event."""
    return meta(0x51, round(6e7 / qpm).to_bytes(3, "big"))


def metre(numerator: int, denominator: int = 4) -> bytes:
    """A time signature; the denominator is a power of two."""
    return meta(0x58, bytes((numerator, denominator.bit_length() - 1, 24, 8)))


def _number(value: int) -> bytes:
    digits = [value & 0x7F]
    while value := value >> 7:
        digits.append(value & 0x7F | 0x80)
    return bytes(reversed(digits))


def track(events: Iterable[tuple[int, bytes]]) -> bytes:
    """A chunk of (tick, message), in any order; messages of one tick keep theirs."""
    content, now = b"", 0
    for tick, message in sorted(events, key=lambda event: event[0]):
        content += _number(tick - now) + message
        now = tick
    content += b"\0" + meta(0x2F, b"")
    return b"MTrk" + struct.pack(">I", len(content)) + content


def notes(struck: Sequence[Struck]) -> list[tuple[int, bytes]]:
    """Note-ons and note-offs."""
    events = []
    for tick, channel, pitch, velocity in struck:
        events.append((tick, bytes((0x90 | channel - 1, pitch, velocity))))
        events.append((tick + TICKS // 4 - 1, bytes((0x80 | channel - 1, pitch, 0))))
    return events


def midi(*tracks: bytes, layout: int = 1, division: int = TICKS) -> bytes:
    """A file."""
    return b"MThd" + struct.pack(">IHHH", 6, layout, len(tracks), division) + b"".join(tracks)


def beat(bars: int, *, channel: int = 10, quarters: int = 4, shift: int = 0, velocity: int = 100) -> list[Struck]:
    """Kick, snare and hi-hats, every bar a little different; ``shift`` moves every pitch."""
    struck = []
    for bar in range(bars):
        begin = bar * quarters * TICKS
        for quarter in range(quarters):
            tick = begin + quarter * TICKS
            struck.append((tick, channel, (38 if quarter % 2 else 36) + shift, velocity))
            struck += [(tick + half, channel, 42 + shift, velocity) for half in (0, TICKS // 2)]
        struck.append((begin + (bar % 8) * TICKS // 2 + TICKS // 4, channel, 46 + shift, velocity))
    return struck


def tune(bars: int, *, channel: int = 1, base: int = 60, step: int = 5) -> list[Struck]:
    """A line of eighth notes."""
    return [(index * TICKS // 2, channel, base + index * index * step % 13, 90) for index in range(bars * 8)]
