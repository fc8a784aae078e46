"""Sorted tables and their blocks, plain and packed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gen.checkpoints.formats.crc32c import crc32c, masked
from gen.checkpoints.formats.table import read_table, unpack, write_table
from gen.checkpoints.formats.wire import read_fields, read_varint, write_varint
from gen.errors import CheckpointError


@given(st.dictionaries(st.binary(max_size=40), st.binary(max_size=60)))
def test_a_table_gives_back_what_it_was_given(entries):
    assert dict(read_table(write_table(entries))) == entries


def test_a_table_of_many_blocks_gives_back_what_it_was_given():
    entries = {b"variable/%06d/kernel" % number: bytes(300) for number in range(4000)}
    file = write_table(entries)
    assert len(file) > 4 * 262_144
    assert list(read_table(file)) == sorted(entries.items())


def test_tensorflows_own_tables_are_written_byte_for_byte(golden):
    files = sorted(golden.glob("models/*/*.index"))
    assert len(files) == 16
    for file in files:
        content = file.read_bytes()
        assert write_table(dict(read_table(content))) == content


def with_block(content: bytes, packing: int) -> bytes:
    """A table of one data block, given as it is stored."""
    plain = write_table({b"k": b"v"})
    trailer = bytes([packing])
    block = content + trailer + masked(crc32c(content + trailer)).to_bytes(4, "little")

    def stored(block: bytes) -> bytes:
        return block + b"\0" + masked(crc32c(block + b"\0")).to_bytes(4, "little")

    handle = write_varint(0) + write_varint(len(content))
    index = b"\0\1" + write_varint(len(handle)) + b"l" + handle + bytes(4) + b"\1\0\0\0"
    metaindex = bytes(4) + b"\1\0\0\0"
    out = block + stored(metaindex) + stored(index)
    at = len(block)
    footer = b"".join(write_varint(n) for n in (at, len(metaindex), at + len(metaindex) + 5, len(index)))
    return out + footer.ljust(40, b"\0") + plain[-8:]


PLAIN_BLOCK = b"\0\1\1kv" + bytes(4) + b"\1\0\0\0"
PACKED_BLOCK = write_varint(len(PLAIN_BLOCK)) + bytes([len(PLAIN_BLOCK) - 1 << 2]) + PLAIN_BLOCK


@pytest.mark.parametrize(("block", "packing"), [(PLAIN_BLOCK, 0), (PACKED_BLOCK, 1)], ids=["plain", "snappy"])
def test_blocks_are_read_plain_and_packed(block, packing):
    assert list(read_table(with_block(block, packing))) == [(b"k", b"v")]


@pytest.mark.parametrize(
    ("block", "packing", "complaint"),
    [
        (PLAIN_BLOCK, 2, "packed by method 2"),
        (b"\xff\xff\xff\xff\x0f" + PACKED_BLOCK[1:], 1, "can't be unpacked: .* claim to hold 4294967295"),
        (b"\1\1\1kv" + bytes(4) + b"\1\0\0\0", 0, "reaches out of its block"),
        (b"\0\1\x7fkv" + bytes(4) + b"\1\0\0\0", 0, "reaches out of its block"),
        (b"\0\1\1kv\0\1\1kv" + bytes(4) + b"\1\0\0\0", 0, "out of order at b'k'"),
        (b"\0\1\1kv" + b"\xff\xff\xff\xff", 0, "restart points"),
        (b"", 0, "restart points"),
        (b"\xff" * 12 + bytes(4) + b"\1\0\0\0", 0, "number of up to 64 bits"),
    ],
    ids=["packing", "bomb", "shared", "value", "order", "restarts", "empty", "varint"],
)
def test_a_wrong_block_is_refused(block, packing, complaint):
    with pytest.raises(CheckpointError, match=complaint):
        list(read_table(with_block(block, packing)))


def test_keys_that_grow_out_of_shared_prefixes_are_refused():
    key = b"k" * 2000
    entries = b"\0" + write_varint(len(key)) + b"\0" + key
    entries += b"".join(write_varint(len(key) + i) + b"\1\0k" for i in range(5000))
    with pytest.raises(CheckpointError, match="longer than it has room for"):
        list(read_table(with_block(entries + bytes(4) + b"\1\0\0\0", 0)))


@pytest.mark.parametrize("cut", [0, 1, 47, 48, 60, -1])
def test_a_table_cut_short_is_refused(cut):
    with pytest.raises(CheckpointError):
        list(read_table(write_table({b"k": b"v"})[:cut]))


def test_a_damaged_block_is_found():
    file = bytearray(write_table({b"key": b"value"}))
    file[4] ^= 1
    with pytest.raises(CheckpointError, match="block at byte 0 is damaged"):
        list(read_table(bytes(file)))


def test_a_block_that_lies_beyond_the_file_is_refused():
    file = write_table({b"k": b"v"})
    footer = (write_varint(0) + write_varint(8) + write_varint(1 << 40) + write_varint(1 << 50)).ljust(40, b"\0")
    with pytest.raises(CheckpointError, match="at byte 1099511627776"):
        list(read_table(file[:-48] + footer + file[-8:]))


@pytest.mark.parametrize(
    ("packed", "plain"),
    [
        (b"\0", b""),
        (b"\5\x10hello", b"hello"),
        (b"\x0a\x04ab\x1e\2\0", b"ab" * 5),  # a copy that reaches into what it writes
        (b"\x06\x04ab\x01\2", b"ab" * 3),
        (b"\x40\xf0\x3d" + bytes(62) + b"\x07\x3e\0\0\0", bytes(64)),
        (bytes([70, 0xF0, 69]) + b"x" * 70, b"x" * 70),
    ],
)
def test_snappy_unpacks(packed, plain):
    assert unpack(packed) == plain


@given(st.binary(max_size=60))
def test_snappy_never_makes_more_than_its_bound_and_never_crashes(data):
    try:
        out = unpack(data)
    except CheckpointError:
        return
    assert len(out) <= 32 * len(data)


@given(st.integers(0, 2**64 - 1))
def test_numbers_of_any_size_come_back(value):
    written = write_varint(value)
    assert read_varint(written, 0) == (value, len(written))


@given(st.binary(max_size=40))
def test_any_bytes_are_fields_or_an_error(data):
    try:
        fields = list(read_fields(data))
    except CheckpointError:
        return
    assert sum(len(field.content) for field in fields) <= len(data)
