"""Stopping politely: Ctrl-C and SIGTERM end the loop at the next step, so that it can save."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

T = TypeVar("T")

EXIT_CODES = {"SIGTERM": 128 + int(signal.SIGTERM)}
"""What ``gen train`` exits with after it has saved, by what stopped it: 143 for SIGTERM, as shells report it, so that
a scheduler knows that the job isn't done; 0 for anything else."""


class _AskedToStop(BaseException):
    """Ends what may be broken off; never leaves this module."""


class StopRequest:
    """True once someone asked to stop; ``number`` says how, as a signal, and is 0 before."""

    def __init__(self) -> None:
        self.number = 0
        self._may_break_off = False

    def __bool__(self) -> bool:
        return self.number != 0

    def ask(self, number: int) -> None:
        """Ask; the first request ends what `unless_asked` does."""
        first, self.number = not self, number
        if first and self._may_break_off:
            raise _AskedToStop

    def unless_asked(self, work: Callable[[], T]) -> T | None:
        """Do something long that changes nothing; None if someone asks to stop before it is done."""
        try:
            self._may_break_off = True
            try:
                return None if self else work()
            finally:
                self._may_break_off = False
        except _AskedToStop:
            self._may_break_off = False  # where the request came between the end of the work and the line above
            return None


@contextmanager
def stop_requests(*, insist: bool = True) -> Iterator[StopRequest]:
    """Turn the first Ctrl-C or SIGTERM into a request; a second Ctrl-C interrupts at once, if they ``insist``.

    (Under torchrun every process gets it from the terminal and from torchrun as well.) Outside the main thread, where
    Python allows no handlers, signals keep their usual effect.
    """
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return

    def ask(number: int, frame: FrameType | None) -> None:
        if insist and request and number == signal.SIGINT:
            raise KeyboardInterrupt
        request.ask(number)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
