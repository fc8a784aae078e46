"""One training at a time in a run directory."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gen.errors import UsageError


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold ``folder/lock`` for the length of the block; the system lets go of it even when the process is killed.

    On systems without ``flock`` nothing is held.

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
            owner = file.read().strip() or "unknown"
            raise UsageError(
                f"{folder} is being trained by process {owner} already; wait for it, or stop it"
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
        file.truncate(0)
