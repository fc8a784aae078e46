"""One writer at a time in a directory."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gen.errors import UsageError

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

    mine = (threading.get_ident(), folder.resolve())
    if mine in _HELD:
        yield
        return
    with (folder / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            state = f"{folder} is {doing} by process {file.read().strip() or 'unknown'} already"
            if wait is None:
                raise UsageError(f"{state}; wait for it, or stop it") from error
            wait(f"{state}; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        _HELD.add(mine)
        try:
            yield
        finally:
            _HELD.remove(mine)
            file.truncate(0)
