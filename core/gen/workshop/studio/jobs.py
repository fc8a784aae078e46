"""Commands that were asked for, done one after another in a process of their own, so that the studio can go on.

The process stays, with what it has loaded; to cancel what it does is to end it, and the next command gets a new one.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

from gen.errors import DataError, GenError, UsageError
from gen.system import regular
from gen.system.crew import Crew, DiedError
from gen.workshop.studio.history import Entry, History, Place, Written, shortened

Command = Callable[[Sequence[str]], int]
"""What ``gen`` does with its words: prints, and gives an exit code."""

State = Literal["waiting", "running", "done", "failed", "cancelled"]

MOST_WAITING = 32
_KEPT = 100  # jobs that are over
_SECONDS = 1800.0  # for one of them
_LONGEST = 2000  # letters of what is said


@dataclass(frozen=True)
class Job:
    """A command.

    Attributes:
        number: counts up.
        verb, command, of, after, page: see `gen.workshop.studio.history.Entry`; a page is told its file's name.
        tab: of the browser that asked.
        state, said: how it stands, and what was wrong.
        seconds: for how long it has run.
        entry: what came of it.
    """

    number: int
    verb: str
    command: tuple[str, ...]
    of: tuple[Place, ...]
    after: Place | None
    page: bool
    tab: str = ""
    state: State = "waiting"
    said: str = ""
    seconds: float = 0.0
    entry: int | None = None


class Jobs:
    """A thread that does jobs in turn.

    Args:
        history: where what comes of them is kept; commands are run in its folder.
        main: ``gen`` itself.
    """

    def __init__(self, history: History, main: Command) -> None:
        self._history, self._main = history, main
        self._lock = threading.Condition()
        self._jobs: dict[int, Job] = {}
        self._waiting: deque[int] = deque()
        self._begun = 0.0
        self._last = 0
        self._ended = False
        self._crew: Crew[tuple[int, str]] | None = None
        self._thread = threading.Thread(target=self._work, daemon=True, name="studio-jobs")
        self._thread.start()

    def submit(
        self,
        verb: str,
        command: Sequence[str],
        *,
        of: Sequence[Place] = (),
        after: Place | None = None,
        page: bool = False,
        tab: str = "",
    ) -> Job:
        """Line a command up; a `UsageError` where too many wait already."""
        with self._lock:
            if len(self._waiting) >= MOST_WAITING:
                raise UsageError(f"{MOST_WAITING} things to do wait already: let some of them be done, or cancel them")
            self._last += 1
            job = Job(self._last, verb, tuple(command), tuple(of), after, page, tab)
            self._jobs[job.number] = job
            self._waiting.append(job.number)
            self._lock.notify_all()
            return job

    def all(self) -> list[Job]:
        """Those that wait, that run, and the last that are over."""
        with self._lock:
            ran = time.monotonic() - self._begun
            jobs = list(self._jobs.values())
        return [replace(job, seconds=ran) if job.state == "running" else job for job in jobs]

    def cancel(self, number: int) -> None:
        """End a job, unless it is over; a `UsageError` where there is none of that number."""
        with self._lock:
            job = self._jobs.get(number)
            if job is None:
                raise UsageError(f"there is nothing under way of number {number}")
            if job.state not in ("waiting", "running"):
                return
            self._jobs[number] = replace(job, state="cancelled", said="cancelled")
            if job.state == "waiting":
                self._waiting.remove(number)
                return
            crew, self._crew = self._crew, None
        if crew is not None:
            crew.end()

    def end(self) -> None:
        """End all that runs, and take nothing more."""
        with self._lock:
            self._ended = True
            self._waiting.clear()
            crew, self._crew = self._crew, None
            self._lock.notify_all()
        if crew is not None:
            crew.end()
        self._thread.join(10)

    def _work(self) -> None:
        with contextlib.suppress(GenError, OSError):
            self._do((), self._history.root)  # so that the first who asks needn't wait for what it loads
        while (job := self._next()) is not None:
            try:
                made: Entry | GenError = self._made(job)
            except GenError as error:
                made = error
            except OSError as error:
                made = GenError(f"{error.strerror or error}")
            except Exception as error:  # the thread has to go on, whatever a plugin does
                made = GenError(f"unexpected {type(error).__name__}: {error}")
            self._over(job, made)

    def _next(self) -> Job | None:
        with self._lock:
            while not self._waiting and not self._ended:
                self._lock.wait()
            if self._ended:
                return None
            job = replace(self._jobs[self._waiting.popleft()], state="running")
            self._jobs[job.number] = job
            self._begun = time.monotonic()
            return job

    def _over(self, job: Job, made: Entry | GenError) -> None:
        with self._lock:
            state = self._jobs[job.number].state
            seconds = round(time.monotonic() - self._begun, 2)
            if isinstance(made, Entry):  # also one that was cancelled too late
                self._jobs[job.number] = replace(job, state="done", seconds=seconds, entry=made.number)
            elif state != "cancelled":
                self._jobs[job.number] = replace(job, state="failed", said=str(made)[:_LONGEST], seconds=seconds)
            over = [each.number for each in self._jobs.values() if each.state not in ("waiting", "running")]
            for number in over[:-_KEPT]:
                del self._jobs[number]

    def _made(self, job: Job) -> Entry:
        def fill(folder: Path) -> Written:
            # where to write is no part of what a file says of itself
            out = f"{folder.name}/{job.verb}.html" if job.page else folder.name
            code, said = self._do((*job.command, "-o", out), self._history.root)
            lines = _lines(said)
            if code:
                raise UsageError(" ".join(lines) or f"exit code {code}")
            return Written(_named(folder), tuple(lines))

        return self._history.add(job.verb, fill, command=job.command, of=job.of, after=job.after)

    def _do(self, words: Sequence[str], folder: Path) -> tuple[int, str]:
        with self._lock:
            if self._ended:
                raise DataError("the studio is closed")
            if self._crew is None:
                died = "its process died ({how}): it may have run out of memory"
                self._crew = Crew(partial(_command, self._main), died=died, deaths=1, limit=_SECONDS)
            crew = self._crew
        try:
            return crew.do(tuple(words), str(folder))
        except DiedError:
            with self._lock:
                self._crew = None if self._crew is crew else self._crew
            raise


def _command(main: Command, words: Sequence[str], folder: str) -> tuple[int, str]:
    """In the other process: do it in a folder, and give its exit code and what it said; without words, load things."""
    os.chdir(folder)
    if not words:
        import gen.music.sampling
        import gen.training.load  # noqa: F401

        return 0, ""
    said = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
        code = main(words)
    return code, said.getvalue()


def _named(folder: Path) -> tuple[str, ...]:
    """The files that a command wrote, by names that aren't too long; first what there is to see."""
    names: list[str] = []
    for path in sorted(folder.iterdir()):
        name = shortened(path.name)
        if name != path.name:
            name = name if name not in names else f"{len(names)}-{name}"
            regular.rename(path, folder / name)
        names.append(name)
    first = [name for name in names if name.endswith(("-joined.mid", "-reconstruction.mid"))]
    shortest = (
        [name for name in names if not first and name == min(names, key=len)] if len(set(map(len, names))) > 1 else []
    )
    begin = first or shortest
    return (*begin, *(name for name in names if name not in begin))


def _lines(said: str) -> list[str]:
    """What a command said, a sentence an element, without the clip that it is said of, which who asked knows."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return [re.sub(r"^(gen: )?(\d{4,9}-[a-z]+/[^:]{1,120}: )?", "", line)[:_LONGEST] for line in lines[:40]]
