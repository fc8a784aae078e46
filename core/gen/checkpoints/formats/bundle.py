"""What the index of a TensorFlow checkpoint says (tensorflow/core/protobuf/tensor_bundle.proto and the files it names).

A table of messages: under the empty key a header, under each variable's name an entry that says where its bytes lie.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gen.checkpoints.formats import wire
from gen.checkpoints.formats.variables import Shape, Variable, elements
from gen.errors import CheckpointError

DTYPES = {
    1: "float32",
    2: "float64",
    3: "int32",
    4: "uint8",
    5: "int16",
    6: "int8",
    8: "complex64",
    9: "int64",
    10: "bool",
    14: "bfloat16",
    17: "uint16",
    18: "complex128",
    19: "float16",
    22: "uint32",
    23: "uint64",
}
"""TensorFlow's numbers of the types that are read."""

_OTHERS = {
    7: "string",
    11: "qint8",
    12: "quint8",
    13: "qint32",
    15: "qint16",
    16: "quint16",
    20: "resource",
    21: "variant",
}


@dataclass(frozen=True)
class Header:
    """How the data is kept.

    Attributes:
        shards: number of data files.
        big_endian: byte order of every number in them.
    """

    shards: int
    big_endian: bool


@dataclass(frozen=True)
class Entry:
    """Where a variable lies.

    Attributes:
        variable: its type and shape.
        shard: which data file.
        offset, size: the bytes in it.
        checksum: of those bytes, masked.
        slices: for a variable that was saved in parts, where each part begins and how long it is on every axis (-1
            for the whole axis); the parts have entries of their own.
    """

    variable: Variable
    shard: int
    offset: int
    size: int
    checksum: int
    slices: tuple[tuple[tuple[int, int], ...], ...] = ()


def read_header(message: bytes) -> Header:
    """The entry under the empty key.

    Raises:
        CheckpointError: the message is damaged, or of a version this reader doesn't know.
    """
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
    """A variable's entry.

    Raises:
        CheckpointError: the message is damaged.
    """
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
    """How numpy sees the bytes of a type; 16-bit integers for ``bfloat16``, which numpy lacks, and bytes for ``bool``.

    Raises:
        CheckpointError: a type that no weight has.
    """
    if dtype not in DTYPES.values():
        raise CheckpointError(f"its values are of type {dtype}, which isn't read")
    stored = {"bfloat16": "uint16", "bool": "uint8"}.get(dtype, dtype)
    ordered: np.dtype[Any] = np.dtype((">" if big_endian else "<") + np.dtype(stored).str[1:])
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


def _shape(message: bytes) -> Shape:
    sizes = []
    for field in wire.read_fields(message):
        if field.number == 2 and field.kind == wire.BYTES:
            axis = [each.integer for each in wire.read_fields(field.content) if each.number == 1]
            sizes.append(wire.signed(axis[-1]) if axis else 0)
        elif field.number == 3 and field.integer:
            raise CheckpointError("a variable of unknown shape")
    return tuple(sizes)


def _extents(message: bytes) -> tuple[tuple[int, int], ...]:
    extents = []
    for field in wire.read_fields(message):
        if field.number == 1 and field.kind == wire.BYTES:
            numbers = {each.number: wire.signed(each.integer) for each in wire.read_fields(field.content)}
            extents.append((numbers.get(1, 0), numbers.get(2, -1)))
    return tuple(extents)
