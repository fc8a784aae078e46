"""Messages of MIDI files as bytes."""

from __future__ import annotations

from gen.errors import MidiError

LONGEST_DELTA = (1 << 28) - 1
"""The most ticks of one delta time, and the most bytes of one meta event."""


def variable_length(value: int) -> bytes:
    """A variable-length quantity: seven bits a byte, most significant first.

    Raises:
        MidiError: it is negative or takes more than four bytes.
    """
    if not 0 <= value <= LONGEST_DELTA:
        raise MidiError(f"{value} has no place in a MIDI file, which holds 0 to {LONGEST_DELTA}")
    digits = [value & 0x7F]
    while value := value >> 7:
        digits.append(value & 0x7F | 0x80)
    return bytes(reversed(digits))


def meta(kind: int, content: bytes) -> bytes:
    """A meta event."""
    return bytes((0xFF, kind)) + variable_length(len(content)) + content
