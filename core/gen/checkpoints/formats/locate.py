"""Finding a TensorFlow checkpoint by what somebody has at hand."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath, PureWindowsPath

from gen.checkpoints.formats.sources import Folder, Source, Tar
from gen.errors import CheckpointError
from gen.system.spelling import listing

STATE_FILE = "checkpoint"
"""Beside the checkpoints of a training, names the latest (checkpoint_state.proto, as text)."""

_ENDINGS = re.compile(r"\.(index|meta|data-\d{5}-of-\d{5})$")
_MOST_STATE_BYTES = 1 << 20


def locate(path: Path) -> tuple[Source, str]:
    """Where a checkpoint's files are, and their common name there.

    Args:
        path: the common name, or one of the files; a folder, whose newest checkpoint is meant; or a tar archive.

    Raises:
        CheckpointError: nothing there, or no checkpoint.
    """
    if path.is_dir():
        return _newest(Folder(path))
    folder = Folder(path.parent)
    if path.with_name(f"{path.name}.index").is_file():
        return folder, path.name
    if ending := _ENDINGS.search(path.name):
        return folder, path.name[: ending.start()]
    if not path.exists():
        near = sorted(each.stem for each in path.parent.glob("*.index")) if path.parent.is_dir() else []
        raise CheckpointError(f"there is no checkpoint {path} (in that folder: {listing(near)})")
    return _newest(folder) if path.name == STATE_FILE else _newest(Tar(path))


def _newest(source: Source) -> tuple[Source, str]:
    """The checkpoint that a ``checkpoint`` file names, or else the one of the highest step."""
    prefixes = sorted(name.removesuffix(".index") for name in source.names if name.endswith(".index"))
    if not prefixes:
        raise CheckpointError(f"{source} holds no checkpoint: neither a file NAME.index nor weights_manifest.json")
    for state in sorted(name for name in source.names if PurePosixPath(name).name == STATE_FILE):
        named = _named(bytes(source.open(state)[:_MOST_STATE_BYTES]))
        prefix = str(PurePosixPath(state).with_name(named)) if named else ""
        if prefix in prefixes:
            return source, prefix
    return source, max(prefixes, key=lambda prefix: (_step(prefix), prefix))


def _named(state: bytes) -> str | None:
    """The name in a ``checkpoint`` file, without the folders of the machine that wrote it."""
    found = re.search(rb'^\s*model_checkpoint_path:\s*"([^"\n]*)"', state, re.MULTILINE)
    if found is None:
        return None
    name = PureWindowsPath(found[1].decode(errors="replace")).name  # takes both kinds of separator
    return None if name in ("", "..") else name


def _step(prefix: str) -> int:
    match = re.search(r"-(\d{1,18})$", prefix)
    return int(match[1]) if match else -1
