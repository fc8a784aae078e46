"""CRC-32C against its definition, a bit at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gen.checkpoints.formats import crc32c as module
from gen.checkpoints.formats.crc32c import crc32c, masked

SHORTEST_FOLDED = 2 * 8 * 5275


def by_definition(data: bytes) -> int:
    register = 0xFFFFFFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (0x82F63B78 if register & 1 else 0)
    return register ^ 0xFFFFFFFF


@pytest.mark.parametrize(
    ("data", "checksum"),
    [
        (b"", 0),
        (b"123456789", 0xE3069283),
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
    ],
    ids=["nothing", "check", "zeros", "ones", "ascending"],
)
def test_published_checksums_come_out(data, checksum):  # RFC 3720, appendix B.4
    assert crc32c(data) == checksum


@given(st.binary(max_size=200))
def test_short_messages_have_the_checksum_of_the_definition(data):
    assert crc32c(data) == by_definition(data)


@pytest.mark.parametrize("size", [4095, SHORTEST_FOLDED - 1, SHORTEST_FOLDED + 1, SHORTEST_FOLDED + 8, 150_007])
def test_long_messages_are_folded_without_a_difference(size):
    data = np.random.default_rng(size).integers(0, 256, size, dtype=np.uint8).tobytes()
    assert crc32c(data) == by_definition(data)


@pytest.mark.parametrize("excess", [0, 1, 7, 8, 100_001])
def test_what_is_folded_in_chunks_joins_up(excess, monkeypatch):
    data = np.random.default_rng(excess).integers(0, 256, 3_000_000 + excess, dtype=np.uint8)
    whole = crc32c(data)
    monkeypatch.setattr(module, "_CHUNK", 9_999)
    assert crc32c(data) == whole
    monkeypatch.setattr(module, "_SCALE", 4)  # a power of two, or it would be no multiple
    assert crc32c(data) == whole


def test_a_flipped_bit_anywhere_changes_the_checksum():
    data = bytearray(np.random.default_rng(0).integers(0, 256, 800_000, dtype=np.uint8).tobytes())
    checksum = crc32c(bytes(data))
    for at in (0, 1, 400_000, 799_999):
        data[at] ^= 0x10
        assert crc32c(bytes(data)) != checksum
        data[at] ^= 0x10


def test_a_mask_is_a_rotation_and_a_displacement():
    assert masked(0) == 0xA282EAD8
    assert len({masked(1 << bit) for bit in range(32)}) == 32
