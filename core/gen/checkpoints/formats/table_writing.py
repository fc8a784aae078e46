"""Writing sorted tables (see `gen.checkpoints.formats.table`), byte for byte as TensorFlow does."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import takewhile

from gen.checkpoints.formats.crc32c import crc32c, masked
from gen.checkpoints.formats.table import FOOTER, MAGIC, PLAIN
from gen.checkpoints.formats.wire import write_varint

_BLOCK_SIZE = 262_144  # bytes after which a block is closed, as TensorFlow sets it
_INTERVAL = 16  # every so many entries of a data block a key is whole


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
    """A block being filled.

    Args:
        interval: every so many keys one is whole.
    """

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
        return bytes(self._entries) + b"".join(
            at.to_bytes(4, "little") for at in [*self._restarts, len(self._restarts)]
        )


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
