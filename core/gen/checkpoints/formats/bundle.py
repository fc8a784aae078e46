"""What the index of a TensorFlow checkpoint says (tensorflow/core/protobuf/tensor_bundle.proto and the files it names).

A table of messages: under the empty key a header, under each variable's name an entry that says where its bytes lie.
The entry of a variable that was saved in parts lists them; each part is an entry of its own, under a key that encodes
the variable's name and where the part lies (saved_tensor_slice_util.cc, EncodeTensorNameSlice; the encoding keeps
order, ordered_code.cc).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gen.checkpoints.formats import wire
from gen.checkpoints.formats.variables import Array, Shape, Variable, elements
from gen.errors import CheckpointError

DTYPES = {  # TensorFlow's numbers of the types that are read
    1: "float32", 2: "float64", 3: "int32", 4: "uint8", 5: "int16", 6: "int8", 8: "complex64", 9: "int64", 10: "bool",
    14: "bfloat16", 17: "uint16", 18: "complex128", 19: "float16", 22: "uint32", 23: "uint64",
}  # fmt: skip
_OTHERS = {
    7: "string", 11: "qint8", 12: "quint8", 13: "qint32", 15: "qint16", 16: "quint16", 20: "resource", 21: "variant",
}  # fmt: skip

Extents = tuple[tuple[int, int], ...]  # start and length on every axis; length -1 is the whole axis


@dataclass(frozen=True)
class Header:
    """How the data is kept: the number of data files, and whether numbers in them are big-endian."""

    shards: int
    big_endian: bool


@dataclass(frozen=True)
class Entry:
    """Where a variable lies: bytes of a data file, with their checksum, masked; or the places of its parts."""

    variable: Variable
    shard: int
    offset: int
    size: int
    checksum: int
    slices: tuple[Extents, ...] = ()


def read_header(message: bytes) -> Header:
    """The entry under the empty key."""
    shards, endianness = 0, 0
    for field in wire.read_fields(message):
        if field.number == 1 and field.kind == wire.VARINT:
            shards = wire.signed(field.integer)
        elif field.number == 2 and field.kind == wire.VARINT:
            endianness = field.integer
        elif field.number == 3 and field.kind == wire.BYTES:
            oldest = [each.integer for each in wire.read_fields(field.content) if each.number == 2]
            if any(version > 1 for version in oldest):
                raise CheckpointError(f"needs a reader of version {oldest[-1]}, and this is version 1")
    if not 0 < shards < 1 << 20 or endianness > 1:
        raise CheckpointError(f"a header of {shards} data files, byte order {endianness}")
    return Header(shards, endianness == 1)


def read_entry(message: bytes) -> Entry:
    """A variable's entry."""
    numbers = {1: 0, 3: 0, 4: 0, 5: 0}
    checksum, slices = 0, []
    shape: Shape = ()
    for field in wire.read_fields(message):
        if field.number in numbers and field.kind == wire.VARINT:
            numbers[field.number] = wire.signed(field.integer)
        elif field.number == 2 and field.kind == wire.BYTES:
            shape = _shape(field.content)
        elif field.number == 6 and field.kind == wire.FIXED32:
            checksum = field.integer
        elif field.number == 7 and field.kind == wire.BYTES:
            slices.append(_extents(field.content))
    dtype, shard, offset, size = numbers.values()
    if min(shard, offset, size) < 0:
        raise CheckpointError(f"{size} bytes at {offset} of data file {shard}")
    elements(shape)
    name = DTYPES.get(dtype) or _OTHERS.get(dtype) or f"type {dtype}"
    return Entry(Variable(name, shape), shard, offset, size, checksum, tuple(slices))


def stored_dtype(dtype: str, *, big_endian: bool) -> np.dtype[Any]:
    """How numpy sees a type's bytes; 16-bit integers for ``bfloat16``, which numpy lacks, and bytes for ``bool``."""
    if dtype not in DTYPES.values():
        raise CheckpointError(f"its values are of type {dtype}, which isn't read")
    stored = {"bfloat16": "uint16", "bool": "uint8"}.get(dtype, dtype)
    ordered: np.dtype[Any] = np.dtype(stored).newbyteorder(">" if big_endian else "<")
    return ordered


def write_header() -> bytes:
    """A header for one data file in little-endian order, version 1."""
    return wire.integer_field(1, 1) + wire.bytes_field(3, wire.integer_field(1, 1))


def write_entry(entry: Entry) -> bytes:
    """An entry's message, fields in the order in which TensorFlow writes them."""
    numbers = {name: number for number, name in DTYPES.items()}
    axes = b"".join(wire.bytes_field(2, wire.integer_field(1, size)) for size in entry.variable.shape)
    return (
        wire.integer_field(1, numbers[entry.variable.dtype])
        + wire.bytes_field(2, axes)
        + wire.integer_field(3, entry.shard)
        + wire.integer_field(4, entry.offset)
        + wire.integer_field(5, entry.size)
        + wire.fixed32_field(6, entry.checksum)
    )


def assembled(entry: Entry, read: Callable[[Extents], Array]) -> Array:
    """A variable from its parts, which ``read`` gives."""
    shape = entry.variable.shape
    parts = []
    for extents in entry.slices:
        if len(extents) != len(shape):
            raise CheckpointError(f"a part on {len(extents)} axes of {len(shape)}")
        place = tuple(
            slice(start, size if length < 0 else start + length)
            for (start, length), size in zip(extents, shape, strict=True)
        )
        if any(not 0 <= each.start <= each.stop <= size for each, size in zip(place, shape, strict=True)):
            raise CheckpointError(f"a part {list(extents)} that reaches out of {list(shape)}")
        parts.append((place, read(extents)))
    # nothing is made before its size is known to be there: together the parts are as large as the whole
    if sum(part.size for _, part in parts) != elements(shape) or not parts:
        raise CheckpointError(f"its parts are not as large as {list(shape)} together")
    whole = np.empty(shape, parts[0][1].dtype)
    filled = np.zeros(shape, np.bool_)
    for place, part in parts:
        if part.shape != whole[place].shape or part.dtype != whole.dtype or filled[place].any():
            raise CheckpointError("its parts overlap or are of other shapes than it says")
        whole[place], filled[place] = part, True
    return whole


def slice_key(name: str, extents: Extents) -> bytes:
    """The key of a part."""
    escaped = name.encode().replace(b"\0", b"\0\xff")  # no byte of UTF-8 is 0xff, which would be escaped too
    key = _number(0) + escaped + b"\0\1" + _number(len(extents))
    return key + b"".join(_signed(start) + _signed(length) for start, length in extents)


def _shape(message: bytes) -> Shape:
    sizes = []
    for field in wire.read_fields(message):
        if field.number == 2 and field.kind == wire.BYTES:
            axis = [each.integer for each in wire.read_fields(field.content) if each.number == 1]
            sizes.append(wire.signed(axis[-1]) if axis else 0)
        elif field.number == 3 and field.integer:
            raise CheckpointError("a variable of unknown shape")
    return tuple(sizes)


def _extents(message: bytes) -> Extents:
    extents = []
    for field in wire.read_fields(message):
        if field.number == 1 and field.kind == wire.BYTES:
            numbers = {each.number: wire.signed(each.integer) for each in wire.read_fields(field.content)}
            extents.append((numbers.get(1, 0), numbers.get(2, -1)))
    return tuple(extents)


def _number(value: int) -> bytes:
    content = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return bytes([len(content)]) + content


def _signed(value: int) -> bytes:
    """As many leading ones as bytes, then (from 0 up) a zero, and the number in the bits left; inverted below 0."""
    size = 1
    while not -(1 << 7 * size - 1) <= value < 1 << 7 * size - 1:
        size += 1
    header = ((1 << size) - 1) << 7 * size  # in a word of 8 * size bits; it flips the sign bit too
    return ((value & (1 << 8 * size) - 1) ^ header).to_bytes(size, "big")
