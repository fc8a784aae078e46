"""The wire format of protocol buffers, as far as checkpoints use it; and the varints that tables use too.

A message is a series of fields, each a number and a value: an integer, eight or four bytes, or a length and that many
bytes (protobuf.dev, "Encoding"). Unknown fields are passed over, as every reader of protocol buffers does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gen.errors import CheckpointError

_MAX_VARINT = 10  # bytes; enough for 64 bits
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


class Field(NamedTuple):
    """One field of a message: ``integer`` is its value, unless ``kind`` is `BYTES`, whose value is ``content``."""

    number: int
    kind: int
    integer: int
    content: bytes


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """An unsigned integer of up to 64 bits, seven bits a byte, lowest first; returns it and where it ends."""
    value = 0
    for index, byte in enumerate(data[at : at + _MAX_VARINT]):
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            if value >> 64:
                break
            return value, at + index + 1
    raise CheckpointError(f"byte {at} doesn't begin a number of up to 64 bits")


def write_varint(value: int) -> bytes:
    """An integer from 0 as a varint."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def read_fields(message: bytes) -> Iterator[Field]:
    """The fields of a message, in its order."""
    at = 0
    while at < len(message):
        key, at = read_varint(message, at)
        number, kind = key >> 3, key & 7
        integer, content = 0, b""
        if kind == VARINT:
            integer, at = read_varint(message, at)
        else:
            if kind == BYTES:
                size, at = read_varint(message, at)
            elif kind in (FIXED64, FIXED32):
                size = 8 if kind == FIXED64 else 4
            else:
                raise CheckpointError(f"a field of wire type {kind} at byte {at}, which is none in use")
            content = message[at : at + size]
            if len(content) < size:
                raise CheckpointError(f"a field of {size} bytes at byte {at}, but the message has {len(message)}")
            if kind != BYTES:
                integer, content = int.from_bytes(content, "little"), b""
            at += size
        if number == 0:
            raise CheckpointError("a field of number 0, which is none")
        yield Field(number, kind, integer, content)


def signed(integer: int) -> int:
    """An ``int64`` field's value: negative ones are written as their two's complement."""
    return integer - (1 << 64) if integer >> 63 else integer


def integer_field(number: int, value: int) -> bytes:
    """An integer from 0 as a field; nothing for 0, the default."""
    return write_varint(number << 3 | VARINT) + write_varint(value) if value else b""


def bytes_field(number: int, content: bytes) -> bytes:
    """Bytes, or a message in a message, as a field."""
    return write_varint(number << 3 | BYTES) + write_varint(len(content)) + content


def fixed32_field(number: int, value: int) -> bytes:
    """Four bytes as a field."""
    return write_varint(number << 3 | FIXED32) + value.to_bytes(4, "little")
