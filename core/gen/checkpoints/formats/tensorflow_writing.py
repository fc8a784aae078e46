"""Writing TensorFlow's checkpoints without TensorFlow, byte for byte as it does."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from gen.checkpoints.formats.bundle import Entry, stored_dtype, write_entry, write_header
from gen.checkpoints.formats.crc32c import crc32c, masked
from gen.checkpoints.formats.locate import STATE_FILE
from gen.checkpoints.formats.table_writing import write_table
from gen.checkpoints.formats.tensorflow import shard_name
from gen.checkpoints.formats.variables import Array, Variable
from gen.errors import CheckpointError
from gen.system.files import write_atomically


def write_tensorflow_checkpoint(prefix: str | Path, variables: Mapping[str, Array]) -> None:
    """Write ``PREFIX.index``, ``PREFIX.data-00000-of-00001`` and, beside them, a ``checkpoint`` file that names them.

    Args:
        prefix: the common name; by custom it ends in ``-STEP``. Its folder is made where it isn't there.
        variables: arrays by name. They are asked for one at a time, in the order of their names, so a mapping that
            makes them when asked needs memory for one only.

    Raises:
        CheckpointError: a name or a type that TensorFlow doesn't have.
        OSError: no room, no permission. The index is written last: without it there is no checkpoint.
    """
    prefix = Path(prefix)
    prefix.parent.mkdir(parents=True, exist_ok=True)
    data = prefix.with_name(shard_name(prefix.name, 0, 1))
    temporary = data.with_name(f".{data.name}.{os.getpid()}.tmp")
    entries = {b"": write_header()}
    offset = 0
    try:
        with temporary.open("wb") as file:
            for name in sorted(variables, key=str.encode):
                if not name or "\0" in name:
                    raise CheckpointError(f"{name!r} can't be the name of a variable")
                variable, content = _stored(name, variables[name])
                file.write(content)
                entry = Entry(variable, 0, offset, len(content), masked(crc32c(content)))
                entries[name.encode()] = write_entry(entry)
                offset += len(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(data)
    finally:
        temporary.unlink(missing_ok=True)
    write_atomically(prefix.with_name(f"{prefix.name}.index"), write_table(entries))
    path = json.dumps(prefix.name, ensure_ascii=False)
    state = f"model_checkpoint_path: {path}\nall_model_checkpoint_paths: {path}\n"
    write_atomically(prefix.with_name(STATE_FILE), state)


def _stored(name: str, value: Array) -> tuple[Variable, bytes]:
    array = np.asarray(value)
    try:
        dtype = stored_dtype(array.dtype.name, big_endian=False)
    except CheckpointError:
        raise CheckpointError(f"{name}: TensorFlow has no numbers of type {array.dtype}") from None
    content = np.ascontiguousarray(array, dtype)
    return Variable(array.dtype.name, array.shape), content.tobytes()
