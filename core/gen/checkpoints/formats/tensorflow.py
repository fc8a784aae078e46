"""TensorFlow's checkpoints (version 2: ``NAME.index`` beside ``NAME.data-00000-of-00001``), without TensorFlow."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from gen.checkpoints.formats import bundle
from gen.checkpoints.formats.bundle import Entry, Extents, Header
from gen.checkpoints.formats.crc32c import crc32c, masked
from gen.checkpoints.formats.sources import STATE_FILE, Source, locate, step_of
from gen.checkpoints.formats.table import read_table, write_table
from gen.checkpoints.formats.variables import Array, Variable, elements
from gen.errors import CheckpointError
from gen.system import regular
from gen.system.files import file_atomically, write_atomically
from gen.system.spelling import hint

_MOST_INDEX_BYTES = 64 << 20


class TensorflowCheckpoint:
    """Variables of a TensorFlow checkpoint, read one at a time from files mapped into memory.

    Opening it reads and checks the whole index: every variable lies within the data files and none overlap. ``prefix``
    is the files' common name, without ``.index``.

    Raises:
        CheckpointError: a file is missing or damaged; the text says which, and where.
    """

    def __init__(self, source: Source, prefix: str) -> None:
        self.title = f"{source.path}: {prefix}"
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
        """By the common name of its files, or one of them; a folder's newest; a tar archive's. Raises as the class."""
        return cls(*locate(Path(path)))

    @property
    def step(self) -> int | None:
        """Of ``global_step``, or else of a name that ends in ``-STEP``."""
        if self.variables.get("global_step") in (Variable("int64", ()), Variable("int32", ())):
            step = int(self.read("global_step"))
        else:
            step = step_of(self._prefix)
        return step if step >= 0 else None

    def read(self, name: str) -> Array:
        """One variable, its checksum verified: a read-only view of the file where its type allows.

        ``bfloat16`` comes as float32.

        Raises:
            CheckpointError: there is none of that name, its bytes are damaged, or it holds no numbers.
        """
        entry = self._entries.get(name)
        if entry is None:
            raise CheckpointError(f"{self.title} has no variable {name!r}{hint(name, self._entries)}")

        def part(extents: Extents) -> Array:
            found = self._parts.get(bundle.slice_key(name, extents))
            if found is None:
                raise CheckpointError(f"its part {list(extents)} is missing")
            return self._values(found)

        try:
            return bundle.assembled(entry, part) if entry.slices else self._values(entry)
        except CheckpointError as error:
            raise CheckpointError(f"{self.title}: {name}: {error}") from error

    def _stored(self) -> list[Entry]:
        """Entries that have bytes of their own."""
        return [*(entry for entry in self._entries.values() if not entry.slices), *self._parts.values()]

    def _values(self, entry: Entry) -> Array:
        name, shape = entry.variable.dtype, entry.variable.shape
        dtype = bundle.stored_dtype(name, big_endian=self._header.big_endian)
        if entry.size != elements(shape) * dtype.itemsize:
            raise CheckpointError(f"{entry.variable} takes other than {entry.size:,} bytes")
        content = self._data[entry.shard][entry.offset : entry.offset + entry.size]
        if masked(crc32c(content)) != entry.checksum:
            raise CheckpointError("damaged: its checksum is another; fetch the checkpoint again")
        values = np.frombuffer(content, dtype).reshape(shape)
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
            header = bundle.read_header(value)
            continue
        try:
            entry = bundle.read_entry(value)
            if key.startswith(b"\0"):
                parts[key] = entry
            else:
                entries[key.decode()] = entry
        except (CheckpointError, UnicodeDecodeError) as error:
            raise CheckpointError(f"the entry of {key!r}: {error}") from error
    if header is None:
        raise CheckpointError("is empty")
    return header, entries, parts


def write_tensorflow_checkpoint(prefix: str | Path, variables: Mapping[str, Array]) -> None:
    """Write ``PREFIX.index``, ``PREFIX.data-00000-of-00001`` and, beside them, a ``checkpoint`` file that names them.

    By custom the prefix ends in ``-STEP``; its folder is made where it isn't there. Variables are asked for one at a
    time, in the order of their names, so a mapping that makes them when asked needs memory for one only.

    Raises:
        CheckpointError: a name or a type that TensorFlow doesn't have.
        OSError: no room, no permission. The index is written last: without it there is no checkpoint.
    """
    prefix = Path(prefix)
    regular.folder(prefix.parent)
    data = prefix.with_name(shard_name(prefix.name, 0, 1))
    entries = {b"": bundle.write_header()}
    offset = 0
    with file_atomically(data) as file:
        for name in sorted(variables, key=str.encode):
            if not name or "\0" in name:
                raise CheckpointError(f"{name!r} can't be the name of a variable")
            variable, content = _stored(name, variables[name])
            file.write(content)
            entry = Entry(variable, 0, offset, len(content), masked(crc32c(content)))
            entries[name.encode()] = bundle.write_entry(entry)
            offset += len(content)
    write_atomically(prefix.with_name(f"{prefix.name}.index"), write_table(entries))
    path = json.dumps(prefix.name, ensure_ascii=False)
    state = f"model_checkpoint_path: {path}\nall_model_checkpoint_paths: {path}\n"
    write_atomically(prefix.with_name(STATE_FILE), state)


def _stored(name: str, value: Array) -> tuple[Variable, bytes]:
    array = np.asarray(value)
    try:
        dtype = bundle.stored_dtype(array.dtype.name, big_endian=False)
    except CheckpointError:
        raise CheckpointError(f"{name}: TensorFlow has no numbers of type {array.dtype}") from None
    content = np.ascontiguousarray(array, dtype)
    return Variable(array.dtype.name, array.shape), content.tobytes()
