"""TensorFlow's checkpoints (version 2: ``NAME.index`` beside ``NAME.data-00000-of-00001``), read without TensorFlow."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from gen.checkpoints.formats.bundle import Entry, Header, read_entry, read_header, stored_dtype
from gen.checkpoints.formats.crc32c import crc32c, masked
from gen.checkpoints.formats.locate import locate
from gen.checkpoints.formats.slices import assembled, slice_key
from gen.checkpoints.formats.sources import Source
from gen.checkpoints.formats.table import read_table
from gen.checkpoints.formats.variables import Array, Variable, array_from, elements
from gen.errors import CheckpointError
from gen.system.spelling import hint

_MOST_INDEX_BYTES = 64 << 20


class TensorflowCheckpoint:
    """Variables of a TensorFlow checkpoint, read one at a time from files mapped into memory.

    Opening it reads and checks the whole index: every variable lies within the data files and none overlap.

    Args:
        source: where its files are.
        prefix: their common name, without ``.index``.

    Raises:
        CheckpointError: a file is missing or damaged; the text says which, and where.
    """

    def __init__(self, source: Source, prefix: str) -> None:
        self.title = f"{source}: {prefix}"
        self._prefix = prefix
        index = source.open(f"{prefix}.index")
        if len(index) > _MOST_INDEX_BYTES:
            raise CheckpointError(f"{self.title}.index has {len(index):,} bytes, which no index has")
        try:
            self._header, self._entries, self._parts = _read_index(bytes(index))
            used = sorted({entry.shard for entry in self._stored()})
            if used and used[-1] >= self._header.shards:
                raise CheckpointError(f"a variable in data file {used[-1]}, of {self._header.shards}")
        except CheckpointError as error:
            raise CheckpointError(f"{self.title}.index: {error}") from error
        self.variables: Mapping[str, Variable] = {name: entry.variable for name, entry in self._entries.items()}
        """Everything in it, by name, sorted."""
        self._data = {shard: source.open(shard_name(prefix, shard, self._header.shards)) for shard in used}
        self._check_extents()

    @classmethod
    def open(cls, path: str | Path) -> TensorflowCheckpoint:
        """Find a checkpoint and open it.

        Args:
            path: the common name of its files, or one of them; a folder, whose newest checkpoint is taken; or a tar
                archive, packed by gzip or not.

        Raises:
            CheckpointError: there is none, or it is damaged.
        """
        return cls(*locate(Path(path)))

    @property
    def step(self) -> int | None:
        """Of ``global_step``, or else of a name that ends in ``-STEP``."""
        if self.variables.get("global_step") in (Variable("int64", ()), Variable("int32", ())):
            step = int(self.read("global_step"))
            return step if step >= 0 else None
        match = re.search(r"-(\d{1,18})$", self._prefix)
        return int(match[1]) if match else None

    def read(self, name: str) -> Array:
        """One variable, its checksum verified.

        Returns:
            A read-only view of the file where its type allows; ``bfloat16`` comes as float32.

        Raises:
            CheckpointError: there is none of that name, its bytes are damaged, or it holds no numbers.
        """
        entry = self._entries.get(name)
        if entry is None:
            raise CheckpointError(f"{self.title} has no variable {name!r}{hint(name, self._entries)}")
        try:
            if not entry.slices:
                return self._values(entry)
            return assembled(entry, lambda extents: self._values(self._part(name, extents)))
        except CheckpointError as error:
            raise CheckpointError(f"{self.title}: {name}: {error}") from error

    def _stored(self) -> list[Entry]:
        """Entries that have bytes of their own."""
        return [*(entry for entry in self._entries.values() if not entry.slices), *self._parts.values()]

    def _part(self, name: str, extents: tuple[tuple[int, int], ...]) -> Entry:
        part = self._parts.get(slice_key(name, extents))
        if part is None:
            raise CheckpointError(f"its part {list(extents)} is missing")
        return part

    def _values(self, entry: Entry) -> Array:
        name, shape = entry.variable.dtype, entry.variable.shape
        dtype = stored_dtype(name, big_endian=self._header.big_endian)
        if entry.size != elements(shape) * dtype.itemsize:
            raise CheckpointError(f"{entry.variable} takes other than {entry.size:,} bytes")
        content = self._data[entry.shard][entry.offset : entry.offset + entry.size]
        if masked(crc32c(content)) != entry.checksum:
            raise CheckpointError("damaged: its checksum is another; fetch the checkpoint again")
        values = array_from(content, dtype, shape)
        if name == "bfloat16":
            return (values.astype(np.uint32) << 16).view(np.float32)
        return values != 0 if name == "bool" else values

    def _check_extents(self) -> None:
        """No variable reaches past its file or into another."""
        end, shard = 0, -1
        for entry in sorted(self._stored(), key=lambda entry: (entry.shard, entry.offset)):
            if entry.shard != shard:
                end, shard = 0, entry.shard
            if entry.size and entry.offset < end:
                raise CheckpointError(f"{self.title}.index: two variables share byte {entry.offset} of the data")
            end = max(end, entry.offset + entry.size)
            if end > len(self._data[shard]):
                name = shard_name(self._prefix, shard, self._header.shards)
                raise CheckpointError(
                    f"{self.title}: {name} has {len(self._data[shard]):,} bytes, but the index speaks of {end:,}; "
                    "it was cut short, or belongs to another checkpoint"
                )


def shard_name(prefix: str, shard: int, shards: int) -> str:
    """Of a data file."""
    return f"{prefix}.data-{shard:05d}-of-{shards:05d}"


def _read_index(index: bytes) -> tuple[Header, dict[str, Entry], dict[bytes, Entry]]:
    """Header, variables by name, and parts of variables by their keys."""
    header, entries, parts = None, {}, {}
    for key, value in read_table(index):
        if header is None:
            if key:
                raise CheckpointError("has no header")
            header = read_header(value)
            continue
        try:
            entry = read_entry(value)
            if key.startswith(b"\0"):
                parts[key] = entry
            else:
                entries[key.decode()] = entry
        except (CheckpointError, UnicodeDecodeError) as error:
            raise CheckpointError(f"the entry of {key!r}: {error}") from error
    if header is None:
        raise CheckpointError("is empty")
    return header, entries, parts
