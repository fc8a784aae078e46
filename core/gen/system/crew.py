"""Processes that do tasks for the threads of this one.

The standard library's pool of processes shares one pipe for all results, so a worker that is killed while it writes
leaves half a message, and whoever reads waits for the rest for ever. Here each worker has a pipe of its own, which
ends with it.
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Generic, TypeVar

from gen.errors import DataError, GenError

A = TypeVar("A")
B = TypeVar("B")

_MOST_DEATHS = 3
_CONTEXT = multiprocessing.get_context("spawn")  # a fork of a process that has used torch may hang in a matrix product


class Crew(Generic[A, B]):
    """Applies a function in other processes, one for each thread that asks.

    Args:
        function: it, its arguments and its results can be sent between processes.
        died: what to say when every worker that took a task died, and the way out.
    """

    def __init__(self, function: Callable[[A], B], *, died: str) -> None:
        self._function = function
        self._died = died
        self._own = threading.local()
        self._lock = threading.Lock()
        self._workers: list[_Worker] = []
        self._ended = False

    def do(self, task: A) -> B:
        """The function's result. Where the worker dies, another takes its place and the task.

        Raises:
            DataError: every worker that took the task died.
        """
        for _ in range(_MOST_DEATHS):
            worker = self._worker()
            try:
                return worker.do(task)  # type: ignore[no-any-return]
            except (EOFError, OSError):  # the pipe ended, and so did its worker
                del self._own.worker
                worker.end()
        raise DataError(self._died)

    def end(self) -> None:
        """End all processes, whatever they do; no task may be given afterwards."""
        with self._lock:
            self._ended = True
            for worker in self._workers:
                worker.end()

    def _worker(self) -> _Worker:
        if not hasattr(self._own, "worker"):
            with self._lock:
                if self._ended:
                    raise DataError("the workers were sent home")
                self._own.worker = _Worker(self._function)
                self._workers.append(self._own.worker)
        worker: _Worker = self._own.worker
        return worker


class _Worker:
    """A process and the pipe to it."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._pipe, theirs = _CONTEXT.Pipe()
        self._process = _CONTEXT.Process(target=_serve, args=(theirs, function), daemon=True)
        self._process.start()
        theirs.close()  # so that the pipe ends when the worker does

    def do(self, task: Any) -> Any:
        self._pipe.send(task)
        failed, result = self._pipe.recv()
        if failed:
            raise result
        return result

    def end(self) -> None:
        self._process.kill()
        self._process.join()


def _serve(pipe: Connection, function: Callable[[Any], Any]) -> None:
    """Do tasks until the other end of the pipe is gone; Ctrl-C is the other end's affair."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        while True:
            task = pipe.recv()
            try:
                answer = (False, function(task))
            except Exception as error:  # raised again where the task came from
                answer = (True, _sendable(error))
            pipe.send(answer)
    except (EOFError, OSError):
        return


def _sendable(error: Exception) -> Exception:
    """The error; of a stranger's own kind only what it says, since nobody knows whether it survives the way."""
    known = isinstance(error, GenError) or type(error).__module__ == "builtins"
    return error if known else RuntimeError(f"{type(error).__name__}: {error}")
