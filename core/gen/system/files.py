"""Writing so that a crash, a full disk or a power cut leaves the old state or the new one; one writer at a time."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import secrets
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from gen.errors import UsageError
from gen.system import regular


@contextmanager
def file_atomically(path: Path) -> Iterator[BinaryIO]:
    """Write a file under a hidden name beside ``path``; it takes that place only when the block ends well.

    On any failure the old file stays and the hidden one, ``.NAME.*.part``, is removed.
    """
    part = path.with_name(f".{path.name if len(os.fsencode(path.name)) < 235 else 'long'}.{secrets.token_hex(4)}.part")
    try:
        with regular.created(part) as file:
            yield file
            regular.flush_to_disk(file)
        regular.rename(part, path)
    finally:
        regular.remove(part)
    regular.sync(path.parent)


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
    regular.remove_tree(temporary)
    regular.inner_folder(temporary)
    try:
        yield temporary
        for entry in temporary.rglob("*"):
            if entry.is_file():
                regular.sync(entry)
        regular.sync(temporary)
        old = path.with_name(f".{path.name}.{os.getpid()}.old")
        if path.exists():
            regular.rename(path, old)
        regular.rename(temporary, path)
        regular.remove_tree(old)
    except BaseException:
        regular.remove_tree(temporary)
        raise
    regular.sync(path.parent)


def json_text(value: object, *, indent: int | None = None) -> str:
    """JSON in which numbers that aren't finite are null, as every reader understands; any mapping is an object."""
    finite = json.loads(json.dumps(value, default=dict), parse_constant=lambda _: None)
    return json.dumps(finite, indent=indent)


def sha256_of_file(path: Path) -> str:
    """The hex digest of a file's content."""
    digest = hashlib.sha256()
    with regular.opened(path) as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


_LONGEST_LOCK = 20  # digits of a process's number
_HELD: set[tuple[int, Path]] = set()
"""Threads of this process, and the folders that they hold."""


@contextmanager
def locked(folder: Path, *, doing: str, wait: Callable[[str], None] | None = None) -> Iterator[None]:
    """Hold ``folder/lock`` for the length of the block; the system lets go of it even when the process is killed.

    Within such a block the same thread may enter another of the same folder. Without ``flock``, nothing is held.

    Args:
        folder: must be there.
        doing: what its owner does to the folder, for messages: ``being trained``.
        wait: wait for another owner, after telling this; None refuses instead.

    Raises:
        UsageError: another process holds it; the text says which.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl

    mine = (threading.get_ident(), regular.resolved(folder))
    if mine in _HELD:
        yield
        return
    with _lock_of(folder) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            state = f"{folder} is {doing} by process {_owner(file) or 'unknown'} already"
            if wait is None:
                raise UsageError(f"{state}; wait for it, or stop it") from error
            wait(f"{state}; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        if _owner(file) is None:
            raise UsageError(f"{folder / 'lock'} was not written by gen: move it away, or choose another folder")
        file.truncate(0)
        file.write(str(os.getpid()).encode())
        file.flush()
        _HELD.add(mine)
        try:
            yield
        finally:
            _HELD.remove(mine)
            file.truncate(0)


def _lock_of(folder: Path) -> BinaryIO:
    try:
        return regular.updated(folder / "lock")
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ELOOP, errno.EISDIR):
            raise
        raise UsageError(f"{folder / 'lock'}: {error.strerror}: remove it, or choose another folder") from error


def _owner(file: BinaryIO) -> str | None:
    """The process that a lock names, empty where none holds it; None where it is no lock, by whatever name it goes."""
    file.seek(0)
    content = file.read(_LONGEST_LOCK + 1)
    file.seek(0)
    return content.decode() if re.fullmatch(rb"\d*", content) and len(content) <= _LONGEST_LOCK else None
