"""The outer structure of a Standard MIDI File: one header chunk, then track chunks (SMF 1.0, part 2)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from gen.errors import MidiError

_CHUNK_HEADER = 8  # four letters and a 32-bit length


@dataclass(frozen=True)
class Layout:
    """Where the tracks lie.

    ``format`` is 0, 1 or 2, ``ticks_per_quarter`` 1 to 32767; a track is its events' first byte and one past the last.
    """

    format: int
    ticks_per_quarter: int
    tracks: tuple[tuple[int, int], ...]


def find_tracks(data: bytes) -> Layout:
    """Read the header and find the tracks it announces; other chunks, and bytes after the last track, are skipped.

    Raises:
        MidiError: not a MIDI file, cut short, several independent patterns (format 2), or timed by SMPTE frames.
    """
    if data[:4] != b"MThd":
        wrapped = "; this is a RIFF wrapper, extract the MIDI file from it first" if data[:4] == b"RIFF" else ""
        raise MidiError(
            f"not a MIDI file: expected it to begin with 'MThd', found {data[:4]!r}{wrapped}", offset=0, code="not-midi"
        )
    if len(data) < 14:
        raise MidiError(f"truncated header: expected 14 bytes, found {len(data)}", offset=len(data), code="truncated")
    length, layout, count, division = struct.unpack(">4xIHHH", data[:14])
    if length < 6:
        raise MidiError(f"bad header: expected at least 6 bytes of it, its length says {length}", offset=4)
    if layout > 2:
        raise MidiError(f"bad header: expected format 0, 1 or 2, found {layout}", offset=8)
    if layout == 2 and count > 1:
        raise MidiError(
            f"format 2 holds {count} independent patterns, not one piece: save each pattern to a file of its own",
            offset=8,
            code="format-2",
        )
    if count == 0:
        raise MidiError("bad header: expected at least one track, it announces none", offset=10)
    if division & 0x8000:
        raise MidiError(
            "time is given in SMPTE frames, only ticks per quarter note are supported: save the file with musical time",
            offset=12,
            code="smpte",
        )
    if division == 0:
        raise MidiError("bad header: expected 1 or more ticks per quarter note, found 0", offset=12)
    return Layout(layout, division, _walk(data, _CHUNK_HEADER + length, count))


def _walk(data: bytes, position: int, count: int) -> tuple[tuple[int, int], ...]:
    tracks: list[tuple[int, int]] = []
    while len(tracks) < count:
        if position + _CHUNK_HEADER > len(data):
            raise MidiError(
                f"truncated file: the header announces {count} tracks, found {len(tracks)}",
                offset=min(position, len(data)),
                code="truncated",
            )
        name, length = struct.unpack_from(">4sI", data, position)
        start, end = position + _CHUNK_HEADER, position + _CHUNK_HEADER + length
        if end > len(data):
            kind = f"track {len(tracks)}" if name == b"MTrk" else f"chunk {name!r}"
            raise MidiError(
                f"truncated file: expected {length} bytes of {kind}, {len(data) - start} are left",
                offset=position,
                code="truncated",
            )
        if name == b"MTrk":
            tracks.append((start, end))
        position = end
    return tuple(tracks)
