"""Variables that were saved in parts (TensorFlow's partitioned variables).

The entry of the whole lists the parts; each part is an entry of its own, under a key that encodes the variable's name
and where the part lies (saved_tensor_slice_util.cc, EncodeTensorNameSlice; the encoding keeps order, ordered_code.cc).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gen.checkpoints.formats.bundle import Entry
from gen.checkpoints.formats.variables import Array, elements
from gen.errors import CheckpointError

Extents = tuple[tuple[int, int], ...]
"""Start and length on every axis; length -1 is the whole axis."""


def assembled(entry: Entry, read: Callable[[Extents], Array]) -> Array:
    """The whole from its parts.

    Args:
        entry: of the whole.
        read: gives a part.

    Raises:
        CheckpointError: the parts don't cover the whole exactly.
    """
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
    key = _number(0) + _text(name.encode()) + _number(len(extents))
    return key + b"".join(_signed(start) + _signed(length) for start, length in extents)


def _text(text: bytes) -> bytes:
    escaped = {0: b"\0\xff", 0xFF: b"\xff\0"}
    return b"".join(escaped.get(byte, bytes([byte])) for byte in text) + b"\0\1"


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
