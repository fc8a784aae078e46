"""One writer at a time in a directory."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gen.errors import UsageError


@contextmanager
def locked(folder: Path, *, doing: str, wait: Callable[[str], None] | None = None) -> Iterator[None]:
    """Hold ``folder/lock`` for the length of the block; the system lets go of it even when the process is killed.

    On systems without ``flock`` nothing is held.

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
        yield
        file.truncate(0)
