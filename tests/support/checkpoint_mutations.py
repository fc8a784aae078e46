"""Damage to checkpoints, as chance and malice would do it."""

from __future__ import annotations

import gzip
import io
import re
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

import gen
from gen.checkpoints.formats.crc32c import crc32c, masked
from gen.checkpoints.formats.table import read_table, write_table
from gen.checkpoints.formats.wire import read_varint
from gen.errors import CheckpointError

_NUMBERS = (
    b"-1",
    b"0",
    b"1e400",
    b"NaN",
    b"99999999999999999999",
    b"4294967296",
    b"null",
    b'"x"',
    b"[]",
    b"{}",
    b"true",
)
_EDGES = (0, 1, 0x7F, 0x80, 0xFE, 0xFF)


def mutated(content: bytes, rng: np.random.Generator) -> bytes:
    """Bytes with one to four changes: flips, edges, cuts, holes, doubled and swapped pieces, noise."""
    data = bytearray(content)
    for _ in range(int(rng.integers(1, 5))):
        if not data:
            return bytes(rng.integers(0, 256, 20, dtype=np.uint8))
        at = int(rng.integers(len(data)))
        length = int(rng.integers(1, 1 + min(40, len(data) - at)))
        kind = int(rng.integers(9))
        if kind == 0:
            data[at] ^= 1 << int(rng.integers(8))
        elif kind == 1:
            data[at] = int(rng.choice(_EDGES))
        elif kind == 2:
            data[at : at + length] = rng.integers(0, 256, length, dtype=np.uint8).tobytes()
        elif kind == 3:
            data[at : at + length] = b"\xff" * length  # numbers without end
        elif kind == 4:
            del data[at : at + length]
        elif kind == 5:
            data[at:at] = data[at : at + length] * int(rng.integers(1, 20))
        elif kind == 6:
            del data[at:]
        elif kind == 7:
            other = int(rng.integers(len(data)))
            data[at], data[other] = data[other], data[at]
        else:
            data += rng.integers(0, 256, length, dtype=np.uint8).tobytes()
    return bytes(data)


def mutated_text(content: bytes, rng: np.random.Generator) -> bytes:
    """JSON in which some numbers and words are others; now and then just bytes that are."""
    if rng.random() < 0.3:
        return mutated(content, rng)
    for _ in range(int(rng.integers(1, 4))):
        found = list(re.finditer(rb'-?\d[\d.e+-]*|"[^"]*"', content))
        if not found:
            break
        place = found[int(rng.integers(len(found)))]
        pool = [*_NUMBERS, b'"../../x"', b'"/dev/zero"', found[int(rng.integers(len(found)))][0]]
        content = content[: place.start()] + pool[int(rng.integers(len(pool)))] + content[place.end() :]
    return content


def resealed(index: bytes, rng: np.random.Generator) -> bytes:
    """A table with one block damaged and its checksum made to fit, so that a reader has to look at what it says."""
    at = len(index) - 48
    handles = []
    for _ in range(2):
        offset, at = read_varint(index, at)
        size, at = read_varint(index, at)
        handles.append((offset, size))
    handles.append((0, handles[0][0] - 5))  # the data block
    offset, size = handles[int(rng.integers(3))]
    block = mutated(index[offset : offset + size], rng)[:size].ljust(size, b"\0") + bytes([int(rng.integers(6) == 0)])
    return index[:offset] + block + masked(crc32c(block)).to_bytes(4, "little") + index[offset + size + 5 :]


def rewritten(index: bytes, rng: np.random.Generator) -> bytes:
    """A sound table in which some keys and messages are damaged."""
    entries = dict(read_table(index))
    for key in list(entries):
        if rng.random() < 3 / len(entries):
            value = entries.pop(key) if rng.random() < 0.3 else entries[key]
            entries[mutated(key, rng) if rng.random() < 0.3 else key] = mutated(value, rng)
    return write_table(entries)


class Originals:
    """Two sound checkpoints and an archive, to be damaged in a folder of their own.

    Args:
        folder: to work in.
        variables: arrays by name.
    """

    def __init__(self, folder: Path, variables: dict[str, np.ndarray]) -> None:
        self.folder = folder
        gen.checkpoints.write_tensorflow_checkpoint(folder / "tf" / "model-1", variables)
        gen.checkpoints.write_magenta_js_checkpoint(
            folder / "exact", variables, shard_bytes=1000, config={"type": "MusicVAE"}
        )
        gen.checkpoints.write_magenta_js_checkpoint(folder / "small", variables, quantised="uint8", shard_bytes=1000)
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            for path in sorted((folder / "tf").iterdir()):
                archive.add(path, path.name)
        self._tar = packed.getvalue()
        self._last = folder
        self._weights = min(path.name for path in (folder / "exact").glob("group1-*"))
        self._files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def damaged(self, rng: np.random.Generator) -> tuple[str, Path]:
        """Damage one file; returns how, and what to open. The next call repairs it first."""
        if self._last in self._files:
            self._last.write_bytes(self._files[self._last])
        kinds: dict[str, Callable[[], Path]] = {
            "TensorFlow: index": lambda: self._change("tf/model-1.index", mutated, rng),
            "TensorFlow: index, checksums made to fit": lambda: self._change("tf/model-1.index", resealed, rng),
            "TensorFlow: entries of a sound index": lambda: self._change("tf/model-1.index", rewritten, rng),
            "TensorFlow: data": lambda: self._change("tf/model-1.data-00000-of-00001", mutated, rng),
            "TensorFlow: checkpoint file": lambda: self._change("tf/checkpoint", mutated, rng).parent,
            "tar": lambda: self._new("c.tar", mutated_tar(self._tar, rng)),
            "tar.gz": lambda: self._new("c.tgz", mutated(gzip.compress(self._tar), rng)),
            "magenta.js: manifest": lambda: self._change("exact/weights_manifest.json", mutated_text, rng),
            "magenta.js: quantised manifest": lambda: self._change("small/weights_manifest.json", mutated_text, rng),
            "magenta.js: weights": lambda: self._change(f"exact/{self._weights}", mutated, rng).parent,
            "magenta.js: config": lambda: self._change("exact/config.json", mutated_text, rng),
        }
        kind = str(rng.choice(list(kinds)))
        return kind, kinds[kind]()

    def _change(self, name: str, how: Callable[[bytes, np.random.Generator], bytes], rng: np.random.Generator) -> Path:
        path = self.folder / name
        return self._new(name, how(self._files[path], rng))

    def _new(self, name: str, content: bytes) -> Path:
        self._last = self.folder / name
        self._last.write_bytes(content)
        return self._last


def mutated_tar(archive: bytes, rng: np.random.Generator) -> bytes:
    """An archive with one header damaged and its checksum made to fit, or damaged anywhere."""
    if rng.random() < 0.3:
        return mutated(archive, rng)
    starts = [at for at in range(0, len(archive), 512) if archive[at + 257 : at + 262] == b"ustar"]
    at = int(rng.choice(starts))
    header = bytearray(archive[at : at + 512])
    start, end = [(0, 100), (124, 136), (156, 157), (157, 257), (257, 265), (345, 500)][int(rng.integers(6))]
    header[start:end] = mutated(bytes(header[start:end]), rng)[: end - start].ljust(end - start, b"\0")
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return archive[:at] + bytes(header) + archive[at + 512 :]


def read_all(path: Path) -> tuple[str, int]:
    """Open a checkpoint and read everything in it; says how that ended, and how many bytes came of it.

    Raises:
        Exception: any but `CheckpointError`, which is the one that readers may raise.
    """
    total = 0
    try:
        file = gen.checkpoints.open_checkpoint(path)
        _ = file.step
        for name in file.variables:
            total += file.read(name).nbytes
    except CheckpointError:
        return "refused", total
    return "read", total
