"""Where tasks are worked on: here, in a pool of processes, or on a Dask cluster. The results are the same.

Every engine gives results in the order of the tasks, holds only a few tasks at a time, and does the work of a process
that died again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import Any, Protocol, TypeVar

from gen.errors import DataError, UsageError
from gen.system.crew import Crew, in_turn

A = TypeVar("A")
B = TypeVar("B")

_LITTLE = 20  # tasks that are done before a pool would have started
_DIED = (
    "three worker processes died over the same files, for want of memory perhaps; what was done before is kept: "
    "--engine serial shows what kills them"
)


class Engine(Protocol):
    """Applies a function to tasks; function, tasks and results can be sent between processes."""

    @property
    def elsewhere(self) -> bool:
        """Whether workers may be on machines that don't see this one's files."""

    def map(self, function: Callable[[A], B], tasks: Iterator[A]) -> Iterator[B]:
        """Results in the order of the tasks; a DataError where workers die again and again."""


@dataclass(frozen=True)
class Serial:
    """One task after another, in this process."""

    elsewhere = False

    def map(self, function: Callable[[A], B], tasks: Iterator[A]) -> Iterator[B]:
        """See `Engine.map`."""
        return map(function, tasks)


@dataclass(frozen=True)
class Pool:
    """So many processes on this machine, or one a core. They end when this process does, even when it is killed."""

    workers: int | None = None
    elsewhere = False

    def map(self, function: Callable[[A], B], tasks: Iterator[A]) -> Iterator[B]:
        """See `Engine.map`."""
        crew = Crew(function, died=_DIED, without="--engine serial")
        return crew.map(crew.do, tasks, _count(self.workers))


@dataclass(frozen=True)
class Auto:
    """This process for a little work, and a `Pool` for more, since processes take a second to start."""

    workers: int | None = None
    elsewhere = False

    def map(self, function: Callable[[A], B], tasks: Iterator[A]) -> Iterator[B]:
        """See `Engine.map`."""
        first = list(islice(tasks, _LITTLE))
        much = len(first) == _LITTLE and _count(self.workers) > 1
        return (Pool(self.workers) if much else Serial()).map(function, chain(first, tasks))


@dataclass(frozen=True)
class Dask:
    """Workers of a Dask cluster, on any number of machines that have gen installed: that of a running scheduler, such
    as ``tcp://host:8786``, or one of so many processes that is started on this machine.
    """

    scheduler: str | None = None
    workers: int | None = None
    elsewhere = True

    def map(self, function: Callable[[A], B], tasks: Iterator[A]) -> Iterator[B]:
        """See `Engine.map`; a UsageError where Dask isn't installed, or no scheduler is at that address."""
        try:
            from distributed import Client, KilledWorker, LocalCluster
        except ImportError as error:
            raise UsageError("--engine dask needs Dask: pip install 'gen-music[dask]'") from error
        count = _count(self.workers)
        own = _local_cluster(LocalCluster, count) if self.scheduler is None else None
        try:
            client = Client(own or self.scheduler, timeout=10)
        except (OSError, TimeoutError, ValueError) as error:
            raise UsageError(f"there is no Dask scheduler at {self.scheduler}: {error}") from error
        try:
            submit = partial(client.submit, function, pure=False)
            yield from in_turn(submit, tasks, lambda: max(count, len(client.ncores())))
        except KilledWorker as error:
            raise DataError(
                f"workers of the cluster died again and again over the same files: {error}; what was done before is "
                "kept: try again with --engine pool --workers 1"
            ) from error
        finally:
            client.close()
            if own is not None:
                with suppress(AssertionError):  # Dask's, of a worker that it is starting anew; it hides what went wrong
                    own.close()


def _count(workers: int | None) -> int:
    return workers or os.cpu_count() or 1


def _local_cluster(start: Callable[..., Any], workers: int) -> Any:
    """A cluster on this machine. One whose worker dies before it is ready doesn't start, so another is tried."""
    for again in (True, True, False):
        try:
            return start(n_workers=workers, threads_per_worker=1, dashboard_address="127.0.0.1:0")
        except RuntimeError as error:
            if not again:
                raise DataError(f"Dask's workers die before they are ready: {error}; try --engine pool") from error
    return None
