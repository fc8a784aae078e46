"""Many files, each checked in a process that may hang or die without taking the others with it.

A worker is a fresh interpreter that is sent the bytes of one file at a time and answers with JSON: nothing is pickled,
and no state of this process leaks into it. A thread of this process minds each worker.
"""

from __future__ import annotations

import contextlib
import json
import os
import struct
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import IO

from gen.data.check.inspection import FileCheck, Inspector, Reason
from gen.data.check.targets import Plan
from gen.data.finding import MidiFile
from gen.errors import GenError

_LENGTH = struct.Struct(">Q")
_START_LIMIT = 120.0  # seconds until a worker has imported what it needs, on a busy machine
_AHEAD = 4  # files per worker that are on their way at once

_PROGRAM = "import sys; sys.path[:] = {path!r}; from gen.data.check.crew import serve; serve()"


@dataclass(frozen=True)
class Checked:
    """A file's check, and how many seconds it took, without the start of a process for it."""

    check: FileCheck
    seconds: float


def check_files(files: Sequence[MidiFile], plan: Plan, *, workers: int, limit: float) -> Iterator[Checked]:
    """Check files, in their order; the checks don't depend on the number of workers.

    Args:
        files: which.
        plan: what for.
        workers: processes; 0 checks in this one, where nothing stops a file that takes for ever.
        limit: seconds for a file; one that takes longer is given up.

    Raises:
        GenError: no worker can be started.
    """
    if not workers:
        inspector = Inspector(plan)
        for file in files:
            began = time.monotonic()
            content = file.read()
            check = unread(file, content) if isinstance(content, str) else inspector.check(file.name, content)
            yield Checked(check, time.monotonic() - began)
        return
    crew = _Crew(plan, limit)
    pool = ThreadPoolExecutor(workers, thread_name_prefix="check")
    pending: deque[Future[Checked]] = deque()
    try:
        for file in files:
            pending.append(pool.submit(crew.check, file))
            if len(pending) >= workers * _AHEAD:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        for future in pending:
            future.cancel()
        crew.dismiss()
        pool.shutdown()


def unread(file: MidiFile, why: str) -> FileCheck:
    """The check of a file whose bytes can't be had."""
    return FileCheck(file.name, problem=Reason("unreadable", why))


class _Crew:
    """One worker for each thread that asks."""

    def __init__(self, plan: Plan, limit: float) -> None:
        self._plan = json.dumps(plan.to_json()).encode()
        self._limit = limit
        self._own = threading.local()
        self._all: list[_Worker] = []
        self._lock = threading.Lock()
        self._dismissed = False

    def check(self, file: MidiFile) -> Checked:
        content = file.read()
        if isinstance(content, str):
            return Checked(unread(file, content), 0.0)
        return self._inspect(file.name, content)

    def dismiss(self) -> None:
        """End all workers, whatever they do."""
        with self._lock:
            self._dismissed = True
            for worker in self._all:
                worker.kill()

    def _inspect(self, name: str, content: bytes) -> Checked:
        for attempt in (1, 2):
            worker = self._worker()
            began = time.monotonic()
            problem: Reason | None = None
            try:
                answer = worker.ask(content, self._limit)
            except _TimedOutError:
                problem = Reason("timed-out", f"given up after {self._limit:g} seconds")
            except _DiedError as error:
                if attempt == 1 and not self._dismissed:  # it may have been the system's doing: once more
                    continue
                problem = Reason("crashed", f"checking it ended a worker process ({error})")
            seconds = time.monotonic() - began
            if problem is not None:
                return Checked(FileCheck(name, len(content), problem=problem), seconds)
            return Checked(replace(FileCheck.from_json(json.loads(answer)), name=name), seconds)
        raise AssertionError("unreachable")

    def _worker(self) -> _Worker:
        worker: _Worker | None = getattr(self._own, "worker", None)
        if worker is None or not worker.alive:
            with self._lock:
                if self._dismissed:
                    raise GenError("the check was stopped")
                worker = _Worker()
                self._all = [each for each in self._all if each.alive] + [worker]
            self._own.worker = worker
            try:
                answer = json.loads(worker.ask(self._plan, _START_LIMIT))
            except (_TimedOutError, _DiedError) as error:
                raise GenError(f"a worker process can't be started ({error}); --workers 0 works without") from error
            if "error" in answer:
                raise GenError(f"a worker process can't be started: {answer['error']}")
        return worker


class _TimedOutError(Exception):
    pass


class _DiedError(Exception):
    pass


class _Worker:
    """A process of `serve`."""

    def __init__(self) -> None:
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM.format(path=[os.path.abspath(each) for each in sys.path])],  # noqa: PTH100
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **threads},
        )
        self._late = False

    @property
    def alive(self) -> bool:
        return self._process.poll() is None and not self._late

    def kill(self) -> None:
        self._process.kill()

    def ask(self, request: bytes, limit: float) -> bytes:
        """Send a request and wait for the answer.

        Raises:
            _TimedOutError: there is none in time; the worker is no more.
            _DiedError: the worker died over it.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        timer = threading.Timer(limit, self._give_up)
        timer.daemon = True
        timer.start()
        try:
            _send(self._process.stdin, request)
            answer = _receive(self._process.stdout)
        except OSError:  # a broken pipe
            answer = None
        finally:
            timer.cancel()
        if answer is not None:
            return answer
        self._process.kill()
        code = self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):  # what was left to send goes nowhere
                pipe.close()
        if self._late:
            raise _TimedOutError(f"no answer in {limit:g} seconds")
        raise _DiedError(f"signal {-code}" if code < 0 else f"exit code {code}")

    def _give_up(self) -> None:
        self._late = True
        self._process.kill()


def serve() -> None:
    """What a worker does: a plan first, then one file after another, until there is no more."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever started us, who will end us
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)  # so that a plugin that prints, or asks, disturbs nothing
    os.dup2(nowhere, 1)
    try:
        inspector = Inspector(Plan.from_json(json.loads(_receive(requests) or b"null")))
    except Exception as error:
        _send(answers, json.dumps({"error": f"{type(error).__name__}: {error}"}).encode())
        return
    _send(answers, b"{}")
    while (content := _receive(requests)) is not None:
        _send(answers, json.dumps(inspector.check("", content).to_json()).encode())


def _send(pipe: IO[bytes], message: bytes) -> None:
    pipe.write(_LENGTH.pack(len(message)))
    pipe.write(message)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> bytes | None:
    """The next message, or None where there are no more."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    message = pipe.read(length)
    return message if len(message) == length else None
