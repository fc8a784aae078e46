"""Functions for engines to apply: importable, so that they can be sent to other processes."""

from __future__ import annotations

import os
import signal
from pathlib import Path


def square(number: int) -> int:
    return number * number


def die_once(task: tuple[int, str]) -> int:
    """The square; the process that meets a number first whose file is missing makes the file and dies."""
    number, folder = task
    mark = Path(folder) / str(number)
    if number % 7 == 3 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def die_at_three(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def fail_at_three(number: int) -> int:
    if number == 3:
        raise LookupError("no three here")
    return number


def process_of(number: int) -> int:
    return os.getpid()
