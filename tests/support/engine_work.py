"""Functions for engines to apply: importable, so that they can be sent to other processes."""

from __future__ import annotations

import os
import signal
import threading
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


def much_from(number: int) -> bytes:
    """A result that fills a pipe many times, on the way when its process is killed a moment later."""
    if number == 3:
        threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGKILL)).start()
    return b"x" * (64 << 20 if number == 3 else 10)


class OwnError(Exception):
    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and {two}")


def fail_in_its_own_way(number: int) -> int:
    raise OwnError(number, number)


def process_of(number: int) -> int:
    return os.getpid()
