"""Processes that do tasks for the threads of this one.

The standard library's pool of processes shares one pipe for all results, so a worker that is killed while it writes
leaves half a message, and whoever reads waits for the rest for ever. Here each worker has a pipe of its own, which
ends with it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import Any, Generic, TypeVar

from gen.errors import DataError, GenError
from gen.system.regular import nowhere

A = TypeVar("A")
B = TypeVar("B")

AHEAD = 4  # tasks for each worker at a time, so that none is idle while results are used
_START_LIMIT = 120.0  # seconds until a worker has imported what it needs, on a busy machine
_CONTEXT = multiprocessing.get_context("spawn")  # a fork of a process that has used torch may hang in a matrix product


class DiedError(DataError):
    """A worker died over a task, or every one that took it did."""


class LateError(DataError):
    """A worker took longer over a task than it may, and was ended."""


class Crew(Generic[B]):
    """Applies a function in other processes, one for each thread that asks; all it takes and gives can be sent there.

    Args:
        died: what to say when every worker that took a task died, and the way out; ``{how}`` is how the last one did.
        deaths: workers that may die over a task.
        limit: seconds for a task; None for any number.
        without: the option that does without workers, for when none can be started.
        quiet: what workers print goes nowhere, and libraries compute in one thread.
    """

    def __init__(
        self,
        function: Callable[..., B],
        *,
        died: str,
        deaths: int = 3,
        limit: float | None = None,
        without: str = "--jobs 1",
        quiet: bool = False,
    ) -> None:
        self._function, self._died, self._deaths = function, died, deaths
        self._limit, self._without, self._quiet = limit, without, quiet
        self._own = threading.local()
        self._lock = threading.Lock()
        self._workers: list[_Worker] = []
        self._ended = False

    def do(self, *arguments: Any) -> B:
        """The function's result. Where the worker dies, another takes its place and the task.

        Raises:
            DiedError, LateError: see there.
            GenError: no worker can be started.
        """
        how: object = ""
        for _ in range(self._deaths):
            try:
                return self._worker().ask(arguments, self._limit)  # type: ignore[no-any-return]
            except LateError as error:
                del self._own.worker
                raise LateError(f"given up after {self._limit:g} seconds") from error
            except DiedError as error:
                del self._own.worker
                how = error
        raise DiedError(self._died.format(how=how))

    def map(self, ask: Callable[[A], B], tasks: Iterator[A], workers: int) -> Iterator[B]:
        """What ``ask``, which may call `do`, gives for each task, in order; afterwards the crew ends."""
        threads = ThreadPoolExecutor(workers)
        try:
            yield from in_turn(lambda task: threads.submit(ask, task), tasks, lambda: workers)
        finally:
            threads.shutdown(wait=False, cancel_futures=True)
            self.end()

    def end(self) -> None:
        """End all processes, whatever they do; no task may be given afterwards."""
        with self._lock:
            self._ended = True
            for worker in self._workers:
                worker.end()

    def _worker(self) -> _Worker:
        worker: _Worker | None = getattr(self._own, "worker", None)
        if worker is None:
            with self._lock:
                if self._ended:
                    raise DataError("the workers were sent home")
                worker = _Worker(quiet=self._quiet)
                self._workers.append(worker)
            try:
                worker.ask(self._function, _START_LIMIT)
            except (DiedError, LateError) as error:
                text = f"a worker process can't be started ({error}); {self._without} works without"
                raise GenError(text) from error
            except Exception as error:
                raise GenError(f"a worker process can't be started: {type(error).__name__}: {error}") from error
            self._own.worker = worker
        return worker


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Give a block up that takes longer than so many seconds, where this is a process's main thread and has no alarm.

    Raises:
        LateError: it took longer.
    """
    alarms = getattr(signal, "setitimer", None) is not None
    here = threading.current_thread() is threading.main_thread()
    if not (alarms and here and signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)):
        yield
        return

    def late(*_: object) -> None:
        raise LateError(f"given up after {seconds:g} seconds")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def in_turn(submit: Callable[[A], Future[B]], tasks: Iterator[A], workers: Callable[[], int]) -> Iterator[B]:
    """Results in the order of the tasks, of which a few for each worker are on their way at a time."""
    waiting: deque[Future[B]] = deque()
    while True:
        waiting.extend(map(submit, islice(tasks, max(0, workers() * AHEAD - len(waiting)))))
        if not waiting:
            return
        yield waiting.popleft().result()


class _Worker:
    """A process and the pipe to it."""

    def __init__(self, *, quiet: bool) -> None:
        self._pipe, theirs = _CONTEXT.Pipe()
        self._process = _CONTEXT.Process(target=_serve, args=(theirs, quiet), daemon=True)
        self._process.start()
        theirs.close()  # so that the pipe ends when the worker does

    def ask(self, request: Any, limit: float | None) -> Any:
        """The answer to a request: the function at first, then the arguments of one call after another."""
        try:
            self._pipe.send(request)
            answer: tuple[bool, Any] | None = self._pipe.recv() if self._pipe.poll(limit) else None
        except (EOFError, OSError) as error:  # the pipe ended, and so did the worker
            self.end()
            code = self._process.exitcode or 0
            raise DiedError(f"signal {-code}" if code < 0 else f"exit code {code}") from error
        if answer is None:
            self.end()
            raise LateError(f"no answer in {limit:g} seconds")
        failed, result = answer
        if failed:
            raise result
        return result

    def end(self) -> None:
        self._process.kill()
        self._process.join()


def _serve(pipe: Connection, quiet: bool) -> None:
    """Answer until the other end of the pipe is gone; Ctrl-C is the other end's affair."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if quiet:
        os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))
        handle = nowhere()
        for stream in (0, 1, 2):
            os.dup2(handle, stream)
    function: Callable[..., Any] | None = None
    try:
        while True:
            request = pipe.recv_bytes()
            try:
                if function is None:
                    function, result = ForkingPickler.loads(request), None
                else:
                    result = function(*ForkingPickler.loads(request))
                answer = (False, result)
            except Exception as error:  # raised again where the request came from
                # of a stranger's own kind only what it says, since nobody knows whether it survives the way
                known = isinstance(error, GenError) or type(error).__module__ == "builtins"
                answer = (True, error if known else RuntimeError(f"{type(error).__name__}: {error}"))
            pipe.send(answer)
    except (EOFError, OSError):
        return
