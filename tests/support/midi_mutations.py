"""Ways in which MIDI files go bad, or are made to: a seeded mutation of real or made-up bytes.

Some break the file's structure; others keep it whole and say extreme things in it, so that what reads the notes is put
to the test, too.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

import numpy as np

Mutation = Callable[[bytes, np.random.Generator], bytes]

_HEADER = 14
_LONGEST_DELTA = b"\xff\xff\xff\x7f"  # 2^28 - 1 ticks
_EXTREME_LENGTHS = (0, 1, 7, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)
_EXTREME_TEMPOS = (0, 1, 2, 1000, 0x7FFFFF, 0xFFFFFF)
_EXTREME_DIVISIONS = (0, 1, 2, 0x7FFF, 0x8000, 0xE728, 0xFFFF)


def _place(data: bytes, rng: np.random.Generator) -> int:
    return int(rng.integers(len(data) + 1))


def _block(data: bytes, rng: np.random.Generator, longest: int = 64) -> tuple[int, int]:
    first = _place(data, rng)
    return first, min(len(data), first + int(rng.integers(1, longest + 1)))


def _chunks(data: bytes) -> list[int]:
    """Where the tracks begin, as far as their names can be found."""
    found, at = [], data.find(b"MTrk")
    while at >= 0 and at + 8 <= len(data):
        found.append(at)
        at = data.find(b"MTrk", at + 4)
    return found


def _pick(items: Sequence[int], rng: np.random.Generator) -> int:
    return items[int(rng.integers(len(items)))]


def _with_events(data: bytes, events: bytes, rng: np.random.Generator, *, first: bool) -> bytes:
    """The file with events at the beginning of its first track, or of any; its length says so."""
    chunks = _chunks(data)
    if not chunks:
        return data
    at = chunks[0] if first else _pick(chunks, rng)
    (length,) = struct.unpack_from(">I", data, at + 4)
    size = struct.pack(">I", min(length + len(events), 0xFFFFFFFF))
    return data[: at + 4] + size + events + data[at + 8 :]


def flip_bytes(data: bytes, rng: np.random.Generator) -> bytes:
    """Up to eight bytes become others."""
    changed = bytearray(data)
    for index in rng.integers(len(data), size=int(rng.integers(1, 9))) if data else ():
        changed[index] = int(rng.integers(256))
    return bytes(changed)


def flip_a_bit(data: bytes, rng: np.random.Generator) -> bytes:
    """One bit changes, as on a failing disk."""
    if not data:
        return data
    changed = bytearray(data)
    changed[int(rng.integers(len(data)))] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def truncate(data: bytes, rng: np.random.Generator) -> bytes:
    """The file ends early."""
    return data[: _place(data, rng)]


def swap_blocks(data: bytes, rng: np.random.Generator) -> bytes:
    """Two blocks change places."""
    (a, b), (c, d) = sorted([_block(data, rng, 512), _block(data, rng, 512)])
    b = min(b, c)
    return data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]


def delete_block(data: bytes, rng: np.random.Generator) -> bytes:
    """Some bytes are missing."""
    first, last = _block(data, rng)
    return data[:first] + data[last:]


def insert_block(data: bytes, rng: np.random.Generator) -> bytes:
    """Some bytes of anything are too much."""
    at = _place(data, rng)
    return data[:at] + rng.bytes(int(rng.integers(1, 65))) + data[at:]


def lie_about_a_length(data: bytes, rng: np.random.Generator) -> bytes:
    """A track says that it is longer or shorter than it is."""
    chunks = _chunks(data)
    if not chunks:
        return data
    at = _pick(chunks, rng) + 4
    (length,) = struct.unpack_from(">I", data, at)
    near = min(max(0, length + int(rng.integers(-8, 9))), 0xFFFFFFFF)
    said = near if rng.random() < 0.5 else _pick(_EXTREME_LENGTHS, rng)
    return data[:at] + struct.pack(">I", said) + data[at + 4 :]


def lie_in_the_header(data: bytes, rng: np.random.Generator) -> bytes:
    """The header's size, format or number of tracks is another."""
    if len(data) < _HEADER:
        return data
    at, size = [(4, 4), (8, 2), (10, 2)][int(rng.integers(3))]
    said = int(rng.integers(8)) if rng.random() < 0.5 else int(rng.integers(1 << 16))
    return data[:at] + said.to_bytes(size, "big") + data[at + size :]


def repeat_a_track(data: bytes, rng: np.random.Generator) -> bytes:
    """A track comes up to forty times; the header may know of it."""
    chunks = _chunks(data)
    if not chunks:
        return data
    number = int(rng.integers(len(chunks)))
    end = chunks[number + 1] if number + 1 < len(chunks) else len(data)
    times = int(rng.integers(1, 40)) if rng.random() < 0.3 else 1
    repeated = data[:end] + data[chunks[number] : end] * times + data[end:]
    if rng.random() < 0.2:
        return repeated
    return repeated[:10] + struct.pack(">H", min(len(chunks) + times, 0xFFFF)) + repeated[12:]


def damage_running_status(data: bytes, rng: np.random.Generator) -> bytes:
    """A status byte is missing, or one byte of data is too much."""
    codes = np.frombuffer(data, np.uint8)
    statuses = np.flatnonzero((codes >= 0x80) & (codes < 0xF0))
    if not len(statuses):
        return data
    at = int(rng.choice(statuses))
    if rng.random() < 0.5:
        return data[:at] + data[at + 1 :]
    return data[: at + 1] + bytes([int(rng.integers(128))]) + data[at + 1 :]


def wait_long(data: bytes, rng: np.random.Generator) -> bytes:
    """A track begins after up to forty of the longest delta times there are."""
    return _with_events(data, (_LONGEST_DELTA + b"\xff\x01\0") * int(rng.integers(1, 41)), rng, first=False)


def wait_anywhere(data: bytes, rng: np.random.Generator) -> bytes:
    """The longest delta time stands somewhere."""
    at = _place(data, rng)
    return data[:at] + _LONGEST_DELTA + data[at + int(rng.integers(2)) :]


def change_tempo(data: bytes, rng: np.random.Generator) -> bytes:
    """A tempo that nobody plays, at the start or in place of another."""
    said = _pick(_EXTREME_TEMPOS, rng).to_bytes(3, "big")
    at = data.find(b"\xff\x51\x03")
    if at < 0 or rng.random() < 0.5:
        delta = bytes([int(rng.integers(128))])
        return _with_events(data, delta + b"\xff\x51\x03" + said, rng, first=True)
    return data[: at + 3] + said + data[at + 6 :]


def change_metre(data: bytes, rng: np.random.Generator) -> bytes:
    """Any time signature."""
    said = bytes([int(rng.integers(256)), int(rng.integers(10))]) + b"\x18\x08"
    at = data.find(b"\xff\x58\x04")
    if at < 0 or rng.random() < 0.5:
        return _with_events(data, b"\0\xff\x58\x04" + said, rng, first=True)
    return data[: at + 3] + said + data[at + 7 :]


def change_division(data: bytes, rng: np.random.Generator) -> bytes:
    """The resolution is 0, one tick, the finest, or of film frames."""
    return data[:12] + struct.pack(">H", _pick(_EXTREME_DIVISIONS, rng)) + data[14:]


def move_channels(data: bytes, rng: np.random.Generator) -> bytes:
    """All notes of one channel move to another: drums become melodies, melodies drums."""
    old, new = (int(channel) for channel in rng.integers(16, size=2))
    table = bytearray(range(256))
    for kind in (0x80, 0x90):
        table[kind | old] = kind | new
    return data[:_HEADER] + data[_HEADER:].translate(bytes(table))


MUTATIONS: dict[str, Mutation] = {
    mutation.__name__.replace("_", " "): mutation
    for mutation in (
        flip_bytes,
        flip_a_bit,
        truncate,
        swap_blocks,
        delete_block,
        insert_block,
        lie_about_a_length,
        lie_in_the_header,
        repeat_a_track,
        damage_running_status,
        wait_long,
        wait_anywhere,
        change_tempo,
        change_metre,
        change_division,
        move_channels,
    )
}


def mutated(data: bytes, rng: np.random.Generator) -> tuple[bytes, list[str]]:
    """A file after one to three mutations, and which those are."""
    names = list(MUTATIONS)
    done = [names[int(index)] for index in rng.integers(len(names), size=int(rng.choice([1, 1, 2, 3])))]
    for name in done:
        data = MUTATIONS[name](data, rng)
    return data, done
