"""From a path and a plan to an account; each file is checked in a process that may hang or die without the others."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from gen.data.check.account import Account, account
from gen.data.check.inspection import SKETCH, FileCheck, check_file, converters_of, taken_by
from gen.data.check.targets import Plan
from gen.data.finding import MidiFile, MidiFiles
from gen.data.likeness import resemblance
from gen.errors import GenError
from gen.interfaces.converter import Rejection
from gen.system.crew import Crew, DiedError, LateError

LIMIT = 20.0
"""Seconds for a file, unless told otherwise."""

_SLOW = 5.0


@dataclass(frozen=True, eq=False)
class Run:
    """An account, the same on every machine; and files that took over five seconds, with how many they took."""

    account: Account
    slow: tuple[tuple[str, float], ...]


def check(
    path: Path,
    plan: Plan,
    *,
    workers: int | None = None,
    limit: float = LIMIT,
    progress: Callable[[int, int], None] | None = None,
) -> Run:
    """Check every MIDI file of a folder or a zip archive, or one file, for what a plan says.

    Args:
        workers: processes; one a processor core where not given, none at all (this one) for 0.
        limit: seconds for a file.
        progress: called with the number of files done, and of all files.

    Raises:
        DataError: nothing there, no MIDI file in it, or an archive that is refused.
        gen.errors.UsageError: a converter refuses its options.
        GenError: no worker can be started.
    """
    taken = {label: taken_by(converter) for label, converter in converters_of(plan).items()}
    with MidiFiles(path) as files:
        count = min(len(files), (os.cpu_count() or 1) if workers is None else workers)
        checks, slow = [], []
        for found, seconds in check_files(list(files), plan, workers=count, limit=limit):
            checks.append(found)
            if seconds > _SLOW:
                slow.append((found.name, seconds))
            if progress is not None:
                progress(len(checks), len(files))
    return Run(account(str(path), plan, mark_copies(checks), taken), tuple(slow))


def check_files(
    files: Sequence[MidiFile], plan: Plan, *, workers: int, limit: float
) -> Iterator[tuple[FileCheck, float]]:
    """The check of each file, and how many seconds it took; the checks don't depend on the number of workers.

    A file that takes longer than the limit is given up; with 0 workers nothing stops it.
    """
    here = partial(_timed, plan)
    if not workers:
        return map(partial(_checked, here), files)
    died = "checking it ended a worker process ({how})"
    crew = Crew(here, died=died, deaths=2, limit=limit, without="--workers 0", quiet=True)
    return crew.map(partial(_checked, crew.do), iter(files), workers)


def _checked(timed: Callable[[str, bytes], tuple[FileCheck, float]], file: MidiFile) -> tuple[FileCheck, float]:
    began = time.monotonic()
    content = file.read()
    if isinstance(content, str):
        return FileCheck(file.name, problem=Rejection("unreadable", content)), 0.0
    try:
        return timed(file.name, content)
    except LateError as error:
        problem = Rejection("timed-out", str(error))
    except DiedError as error:
        problem = Rejection("crashed", str(error))
    except GenError:
        raise
    except Exception as error:  # one file never ends the check of the others
        problem = Rejection("crashed", f"checking it failed: {type(error).__name__}: {error}"[:300])
    return FileCheck(file.name, len(content), problem=problem), time.monotonic() - began


def _timed(plan: Plan, name: str, content: bytes) -> tuple[FileCheck, float]:
    began = time.monotonic()
    return check_file(plan, name, content), time.monotonic() - began


_ALIKE = 0.6  # part of the runs that two pieces share, from which on they are reported
_PROBES = 8  # of the smallest hashes; pieces that share 0.6 of their runs miss each other once in 1,500 times
_MOST_BEARERS = 20  # files looked at for one hash


def mark_copies(checks: Sequence[FileCheck]) -> list[FileCheck]:
    """The same checks with duplicates and near-duplicates marked, each by the first file in order that is like it.

    A file with the very bytes of another one is a problem of code ``duplicate``: data sources leave it out. One that
    only plays nearly the same stays usable, and says what it resembles.
    """
    first_with: dict[str, str] = {}
    bearers: dict[int, list[int]] = {}
    sketches: list[np.ndarray[tuple[int], np.dtype[np.uint64]]] = []
    marked = []
    for index, check in enumerate(checks):
        sketches.append(np.array(check.sketch, np.uint64))
        original = first_with.setdefault(check.sha256, check.name) if check.sha256 else check.name
        if original != check.name and (check.problem is None or check.facts is not None):
            reason = Rejection("duplicate", f"the same bytes as {original}")
            marked.append(replace(check, problem=reason, outcomes={}, resembles=original, resemblance=1.0))
            continue
        candidates = sorted({other for number in check.sketch[:_PROBES] for other in bearers.get(number, ())})
        for other in candidates:
            if (part := resemblance(sketches[other], sketches[index], SKETCH)) >= _ALIKE:
                check = replace(check, resembles=checks[other].name, resemblance=round(part, 3))
                break
        for number in check.sketch[:_PROBES]:
            own = bearers.setdefault(number, [])
            if len(own) < _MOST_BEARERS:
                own.append(index)
        marked.append(check)
    return marked
