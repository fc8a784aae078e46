"""Unpacking Snappy, which tables may use for their blocks (google/snappy, format_description.txt)."""

from __future__ import annotations

from gen.checkpoints.formats.wire import read_varint
from gen.errors import CheckpointError

_MOST_FROM_A_BYTE = 32  # the densest element copies 64 bytes and takes 3


def unpack(data: bytes) -> bytes:
    """The bytes that were packed; never more than 32 for each of ``data``.

    Raises:
        CheckpointError: the data is damaged, or claims more than it could hold.
    """
    size, at = read_varint(data, 0)
    if size > _MOST_FROM_A_BYTE * len(data):
        raise CheckpointError(f"{len(data)} packed bytes claim to hold {size}")
    out = bytearray()
    while at < len(data):
        tag = data[at]
        at += 1
        if tag & 3 == 0:
            length, at = _literal_length(data, tag, at)
            piece = data[at : at + length]
            if len(piece) < length:
                raise CheckpointError(f"a literal of {length} bytes at byte {at} of {len(data)}")
            out += piece
            at += length
        else:
            length, distance, at = _copy(data, tag, at)
            if not 0 < distance <= len(out):
                raise CheckpointError(f"a copy from {distance} bytes back, of {len(out)}")
            start = len(out) - distance
            repeats = -(-length // distance)  # a copy may reach into what it writes
            out += (out[start:] * repeats)[:length]
        if len(out) > size:
            break
    if len(out) != size:
        raise CheckpointError(f"unpacks to another size than the {size} bytes it claims")
    return bytes(out)


def _literal_length(data: bytes, tag: int, at: int) -> tuple[int, int]:
    length = tag >> 2
    if length < 60:
        return length + 1, at
    extra = length - 59
    return int.from_bytes(_exactly(data, at, extra), "little") + 1, at + extra


def _copy(data: bytes, tag: int, at: int) -> tuple[int, int, int]:
    """Length, distance, and where the element ends."""
    if tag & 3 == 1:
        return (tag >> 2 & 7) + 4, tag >> 5 << 8 | _exactly(data, at, 1)[0], at + 1
    extra = 2 if tag & 3 == 2 else 4
    return (tag >> 2) + 1, int.from_bytes(_exactly(data, at, extra), "little"), at + extra


def _exactly(data: bytes, at: int, count: int) -> bytes:
    piece = data[at : at + count]
    if len(piece) < count:
        raise CheckpointError(f"ends within an element, at byte {at}")
    return piece
