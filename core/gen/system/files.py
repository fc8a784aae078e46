"""Writing so that a crash, a full disk or a power cut leaves the old state or the new one, never half of it."""

from __future__ import annotations

import hashlib
import json
import math
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from gen.errors import UsageError


@contextmanager
def file_atomically(path: Path) -> Iterator[BinaryIO]:
    """Write a file under a hidden name beside ``path``; it takes that place only when the block ends well.

    On any failure the old file stays and the hidden one, ``.NAME.*.part``, is removed.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    _sync(path.parent)


def write_atomically(path: Path, content: bytes | str) -> None:
    """Write a file, whole or not at all (see `file_atomically`).

    Raises:
        OSError: no room, no permission; ``filename`` is the file asked for.
    """
    try:
        with file_atomically(path) as file:
            file.write(content.encode() if isinstance(content, str) else content)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def require_folder(path: Path, *, option: str) -> None:
    """Make sure that a folder stands or can be made at ``path``.

    Raises:
        UsageError: a file is there; the text names the option.
    """
    if path.exists() and not path.is_dir():
        raise UsageError(f"{option} {path}: that is a file; give a folder")


@contextmanager
def directory_atomically(path: Path) -> Iterator[Path]:
    """Fill a new directory under a temporary name; it appears as ``path`` only when the block ends well."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    try:
        yield temporary
        for entry in temporary.rglob("*"):
            if entry.is_file():
                _sync(entry)
        _sync(temporary)
        old = path.with_name(f".{path.name}.{os.getpid()}.old")
        if path.exists():
            path.rename(old)
        temporary.rename(path)
        shutil.rmtree(old, ignore_errors=True)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    _sync(path.parent)


def json_text(value: object, *, indent: int | None = None) -> str:
    """JSON in which numbers that aren't finite are null, as every reader understands."""
    return json.dumps(_finite(value), indent=indent)


def _finite(value: object) -> object:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value


def _sync(path: Path) -> None:
    """Make a file, or renames within a directory, durable, where the system allows it."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:  # Windows opens no directories
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256_of_file(path: Path) -> str:
    """The hex digest of a file's content."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
