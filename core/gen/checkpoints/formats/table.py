"""Sorted tables of byte strings: LevelDB's format, as TensorFlow uses it (leveldb, doc/table_format.md).

A file is a series of blocks. Its last 48 bytes, the footer, say where the index block lies; that one says where the
data blocks lie. A block is a run of entries, each a key that shares a prefix with the key before it, and a value; it
ends in offsets of entries whose keys are whole (for binary search), in how it is packed, and in a checksum. It may be
packed by Snappy (google/snappy, format_description.txt).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import takewhile

from gen.checkpoints.formats.crc32c import crc32c, masked
from gen.checkpoints.formats.wire import read_varint, write_varint
from gen.errors import CheckpointError

MAGIC = bytes.fromhex("57fb808b247547db")
FOOTER = 48
PLAIN, SNAPPY = 0, 1
_TRAILER = 5  # of a block: one byte for the packing, four for the checksum
_MOST_KEYS = 16  # bytes of keys for a byte of the file; shared prefixes could make far more of it

Handle = tuple[int, int]  # where a block lies: offset and size, without its trailer
_BLOCK_SIZE = 262_144  # bytes after which a block is closed, as TensorFlow sets it
_INTERVAL = 16  # every so many entries of a data block a key is whole
_MOST_FROM_A_BYTE = 32  # the densest element copies 64 bytes and takes 3


def read_table(file: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of a table, in their order."""
    if len(file) < FOOTER or file[-8:] != MAGIC:
        raise CheckpointError("is no table: it doesn't end in a table's mark, or was cut short")
    footer = file[-FOOTER:]
    _, at = _handle(footer, 0)  # of the metaindex block, which TensorFlow leaves empty
    index, _ = _handle(footer, at)
    end, last, room = 0, None, _MOST_KEYS * len(file)
    for _, value in _entries(_block(file, index)):
        handle, _ = _handle(value, 0)
        if handle[0] < end:
            raise CheckpointError(f"the data block at byte {handle[0]} begins before the one before it ends")
        end = sum(handle) + _TRAILER
        for key, content in _entries(_block(file, handle)):
            if last is not None and key <= last:
                raise CheckpointError(f"keys are out of order at {key!r}")
            last, room = key, room - len(key)
            if room < 0:
                raise CheckpointError("its keys are longer than the file has room for")
            yield key, content


def _handle(data: bytes, at: int) -> tuple[Handle, int]:
    offset, at = read_varint(data, at)
    size, at = read_varint(data, at)
    return (offset, size), at


def _block(file: bytes, handle: Handle) -> bytes:
    """A block's entries and restart points, verified and unpacked."""
    offset, size = handle
    end = offset + size
    if end + _TRAILER > len(file) - FOOTER:
        raise CheckpointError(f"a block of {size} bytes at byte {offset}, in a file of {len(file)}")
    checksum = int.from_bytes(file[end + 1 : end + _TRAILER], "little")
    if masked(crc32c(memoryview(file)[offset : end + 1])) != checksum:
        raise CheckpointError(f"the block at byte {offset} is damaged: its checksum is another")
    packing = file[end]
    if packing == PLAIN:
        return file[offset:end]
    if packing != SNAPPY:
        raise CheckpointError(f"the block at byte {offset} is packed by method {packing}, which is unknown")
    try:
        return unpack(file[offset:end])
    except CheckpointError as error:
        raise CheckpointError(f"the block at byte {offset} can't be unpacked: {error}") from error


def _entries(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    count = int.from_bytes(block[-4:], "little")
    end = len(block) - 4 * (count + 1)
    if len(block) < 4 or end < 0:
        raise CheckpointError(f"a block of {len(block)} bytes can't have {count} restart points")
    entries = block[:end]
    at, key, room = 0, b"", _MOST_KEYS * len(block)
    while at < end:
        shared, at = read_varint(entries, at)
        own, at = read_varint(entries, at)
        size, at = read_varint(entries, at)
        if shared > len(key) or at + own + size > end:
            raise CheckpointError(f"an entry that reaches out of its block, at its byte {at}")
        key, room = key[:shared] + entries[at : at + own], room - shared - own
        if room < 0:
            raise CheckpointError("a block whose keys are longer than it has room for")
        yield key, entries[at + own : at + own + size]
        at += own + size


def write_table(entries: Mapping[bytes, bytes]) -> bytes:
    """The bytes of a table; nothing is packed."""
    out = bytearray()
    index, block = _Block(1), _Block(_INTERVAL)
    for key in sorted(entries):
        if block.size >= _BLOCK_SIZE:
            index.add(_between(block.last, key), _append(out, block))
            block = _Block(_INTERVAL)
        block.add(key, entries[key])
    if entries:
        index.add(_after(block.last), _append(out, block))
    footer = _append(out, _Block(_INTERVAL)) + _append(out, index)  # the metaindex block is empty
    return bytes(out) + footer.ljust(FOOTER - len(MAGIC), b"\0") + MAGIC


class _Block:
    """A block being filled; every ``interval`` keys one is whole."""

    def __init__(self, interval: int) -> None:
        self.interval = interval
        self.last = b""
        self._entries = bytearray()
        self._restarts = [0]
        self._count = 0

    @property
    def size(self) -> int:
        """Bytes, if it were closed now."""
        return len(self._entries) + 4 * len(self._restarts) + 4

    def add(self, key: bytes, value: bytes) -> None:
        """Append an entry."""
        shared = 0
        if self._count % self.interval:
            pairs = zip(self.last, key, strict=False)
            shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        elif self._count:
            self._restarts.append(len(self._entries))
        self._entries += write_varint(shared) + write_varint(len(key) - shared) + write_varint(len(value))
        self._entries += key[shared:] + value
        self.last = key
        self._count += 1

    def content(self) -> bytes:
        """The block, without its trailer."""
        numbers = [*self._restarts, len(self._restarts)]
        return bytes(self._entries) + b"".join(at.to_bytes(4, "little") for at in numbers)


def _append(out: bytearray, block: _Block) -> bytes:
    """Add a block and its trailer to a file; returns where it lies, as tables say it."""
    content = block.content()
    handle = write_varint(len(out)) + write_varint(len(content))
    content += bytes([PLAIN])
    out += content + masked(crc32c(content)).to_bytes(4, "little")
    return handle


def _between(before: bytes, after: bytes) -> bytes:
    """A short key from ``before`` on and below ``after`` (leveldb's FindShortestSeparator)."""
    for at, (low, high) in enumerate(zip(before, after, strict=False)):
        if low != high:
            return before[:at] + bytes([low + 1]) if low + 1 < high else before
    return before


def _after(key: bytes) -> bytes:
    """A short key from ``key`` on (leveldb's FindShortSuccessor)."""
    for at, byte in enumerate(key):
        if byte != 0xFF:
            return key[:at] + bytes([byte + 1])
    return key


def unpack(data: bytes) -> bytes:
    """The bytes that were packed; never more than 32 for each of ``data``."""
    size, at = read_varint(data, 0)
    if size > _MOST_FROM_A_BYTE * len(data):
        raise CheckpointError(f"{len(data)} packed bytes claim to hold {size}")
    out = bytearray()
    while at < len(data):
        tag = data[at]
        at += 1
        if tag & 3 == 0:
            length = (tag >> 2) + 1
            if length > 60:
                extra = length - 60
                length, at = int.from_bytes(_exactly(data, at, extra), "little") + 1, at + extra
            piece = data[at : at + length]
            if len(piece) < length:
                raise CheckpointError(f"a literal of {length} bytes at byte {at} of {len(data)}")
            out += piece
            at += length
        else:
            extra = (0, 1, 2, 4)[tag & 3]
            distance, at = int.from_bytes(_exactly(data, at, extra), "little"), at + extra
            length = (tag >> 2) + 1
            if tag & 3 == 1:  # the tag has three bits of the distance
                length, distance = (tag >> 2 & 7) + 4, tag >> 5 << 8 | distance
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


def _exactly(data: bytes, at: int, count: int) -> bytes:
    piece = data[at : at + count]
    if len(piece) < count:
        raise CheckpointError(f"ends within an element, at byte {at}")
    return piece
