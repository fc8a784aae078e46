"""Where the tracks of a file are (SMF 1.0, part 2), with what people's files have around them.

A file may stand in a RIFF wrapper (``.rmi``) or behind 128 bytes of MacBinary. Tracks beyond the number that the header
announces are tracks all the same; the original reads no further than that.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from gen.errors import MidiError

_CHUNK_HEADER = 8  # four letters and a 32-bit length
_MOST_TRACKS = 0xFFFF  # that a header can announce
_MACBINARY = 128
_END_OF_TRACK = b"\xff\x2f\x00"
_PADDING = b"\0\x1a\xff"  # of files that were kept on media with blocks


@dataclass(frozen=True)
class Layout:
    """Where the tracks lie.

    Attributes:
        format: 0, 1 or 2.
        ticks_per_quarter: 1 to 32767.
        tracks: of each its events' first byte, and one past the last.
        announced: how many tracks the header announces.
        outside: bytes that are in no chunk; 0 where they are mere padding.
        wrapper: what the file stands in; empty for nothing.
        mended: numbers from 1 of tracks that end as a track does, and elsewhere than they say.
    """

    format: int
    ticks_per_quarter: int
    tracks: tuple[tuple[int, int], ...]
    announced: int
    outside: int = 0
    wrapper: str = ""
    mended: tuple[int, ...] = ()

    @property
    def empty(self) -> int:
        """Tracks that say they have no byte."""
        return sum(start == end for start, end in self.tracks)


def find_tracks(data: bytes, *, original: bool = False) -> Layout:
    """Read the header and find the tracks; chunks of other kinds are skipped.

    With ``original``, tracks beyond the announced number aren't looked for, and fewer are refused.
    """
    start, wrapper = _unwrapped(data)
    head = data[start : start + 14]
    if head[:4] != b"MThd":
        riff = "; it is a RIFF file in which gen finds no MIDI file" if data[:4] == b"RIFF" else ""
        raise MidiError(
            f"not a MIDI file: expected it to begin with 'MThd', found {data[:4]!r}{riff}", offset=0, code="not-midi"
        )
    if len(head) < 14:
        raise MidiError(
            f"truncated header: expected 14 bytes, found {len(head)}", offset=start + len(head), code="truncated"
        )
    length, layout, count, division = struct.unpack(">4xIHHH", head)
    if length < 6:
        raise MidiError(f"bad header: expected at least 6 bytes of it, its length says {length}", offset=start + 4)
    if layout > 2:
        raise MidiError(f"bad header: expected format 0, 1 or 2, found {layout}", offset=start + 8)
    if layout == 2 and count > 1:
        raise MidiError(
            f"format 2 holds {count} independent patterns, not one piece: save each pattern to a file of its own",
            offset=start + 8,
            code="format-2",
        )
    if count == 0:
        raise MidiError("bad header: expected at least one track, it announces none", offset=start + 10)
    if division & 0x8000:
        raise MidiError(
            "time is given in SMPTE frames, only ticks per quarter note are supported: save the file with musical time",
            offset=start + 12,
            code="smpte",
        )
    if division == 0:
        raise MidiError("bad header: expected 1 or more ticks per quarter note, found 0", offset=start + 12)
    tracks, after, mended = _walk(data, start + _CHUNK_HEADER + length, count, original=original)
    rest = b"" if wrapper else data[after:]
    outside = len(rest) if rest.strip(_PADDING) else 0
    return Layout(layout, division, tracks, count, outside, wrapper, mended)


def _unwrapped(data: bytes) -> tuple[int, str]:
    """Where the file begins, and in what it stands."""
    if data[:4] == b"RIFF" and data[8:12] == b"RMID":
        position = 12
        while position + _CHUNK_HEADER <= len(data):
            name, length = struct.unpack_from("<4sI", data, position)
            if name == b"data":
                return position + _CHUNK_HEADER, "a RIFF wrapper"
            position += _CHUNK_HEADER + length + length % 2
    if data[_MACBINARY : _MACBINARY + 4] == b"MThd" and data[:1] == b"\0":
        return _MACBINARY, "a MacBinary wrapper"
    return 0, ""


def _walk(
    data: bytes, position: int, count: int, *, original: bool
) -> tuple[tuple[tuple[int, int], ...], int, tuple[int, ...]]:
    """The tracks, the byte after the last chunk, and the numbers of tracks whose length is wrong."""
    tracks: list[tuple[int, int]] = []
    mended: list[int] = []
    others = 0
    while len(tracks) < (count if original else _MOST_TRACKS):
        expected = len(tracks) < count
        name, length = struct.unpack(">4sI", data[position : position + _CHUNK_HEADER].ljust(_CHUNK_HEADER, b"\0"))
        start, end = position + _CHUNK_HEADER, position + _CHUNK_HEADER + length
        nameless = not _is_name(name) and (end > len(data) or not original)
        if start > len(data) or nameless:
            if not expected or (tracks and not original):
                break
            raise _missing(data, position, count, len(tracks))
        if not original and name == b"MTrk" and (ends := _true_end(data, start, end)) != end:
            mended.append(len(tracks) + 1)
            end = ends
        if end > len(data):
            if not expected:
                break
            kind = f"track {len(tracks)}" if name == b"MTrk" else f"chunk {name!r}"
            raise MidiError(
                f"truncated file: expected {length} bytes of {kind}, {len(data) - start} are left",
                offset=position,
                code="truncated",
            )
        if name == b"MTrk":
            tracks.append((start, end))
        elif (others := others + 1) > _MOST_TRACKS:
            text = f"it has more than {_MOST_TRACKS:,} chunks that are no tracks"
            raise MidiError(text, offset=position, code="too-many")
        position = end
    return tuple(tracks), min(position, len(data)), tuple(mended)


def _true_end(data: bytes, start: int, end: int) -> int:
    """Where a track ends: as it says; or with the file, or, if its length was never written, as tracks end."""
    if end > len(data):
        return len(data) if data.endswith(_END_OF_TRACK) else end
    if end > start or start + 4 > len(data) or _is_name(data[start : start + 4]):
        return end
    found, following = data.find(_END_OF_TRACK, start), data.find(b"MTrk", start)
    return end if found < 0 or 0 <= following < found else found + len(_END_OF_TRACK)


def _is_name(name: bytes) -> bool:
    """Whether four bytes can be the name of a chunk."""
    return all(0x20 <= byte < 0x7F for byte in name)


def _missing(data: bytes, position: int, count: int, found: int) -> MidiError:
    """The header announces more tracks than there are; true of what is there instead."""
    announced = f"the header announces {count} {'track' if count == 1 else 'tracks'}, found {found}"
    if position + _CHUNK_HEADER > len(data):
        return MidiError(f"truncated file: {announced}", offset=min(position, len(data)), code="truncated")
    return MidiError(f"{announced}: {len(data) - position} bytes that are no chunk stand here", offset=position)
