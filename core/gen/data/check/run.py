"""From a path and a plan to an account."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gen.data.check.account import Account, account
from gen.data.check.copies import mark_copies
from gen.data.check.crew import check_files
from gen.data.check.targets import Plan
from gen.data.finding import MidiFiles
from gen.interfaces.converter import Converter
from gen.recipes.build import construct

LIMIT = 20.0
"""Seconds for a file, unless told otherwise."""

_SLOW = 5.0


@dataclass(frozen=True, eq=False)
class Run:
    """An account, and what of it depends on the machine.

    Attributes:
        account: the same on every machine.
        slow: names of files that took over five seconds, and how many they took.
    """

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
    """Check every MIDI file of a folder or a zip archive, or one file.

    Args:
        path: which.
        plan: what for; see `gen.data.check.targets.plan`.
        workers: processes; one a processor core where not given, none at all (this one) for 0.
        limit: seconds for a file.
        progress: called with the number of files done, and of all files.

    Raises:
        DataError: nothing there, no MIDI file in it, or an archive that is refused.
        gen.errors.UsageError: a converter refuses its options.
    """
    taken = {target.label: _taken(construct("converter", target.converter, mode="eval")) for target in plan.targets}
    with MidiFiles(path) as files:
        count = min(len(files), (os.cpu_count() or 1) if workers is None else workers)
        checks, slow = [], []
        for checked in check_files(list(files), plan, workers=count, limit=limit):
            checks.append(checked.check)
            if checked.seconds > _SLOW:
                slow.append((checked.check.name, checked.seconds))
            if progress is not None:
                progress(len(checks), len(files))
    return Run(account(str(path), plan, mark_copies(checks), taken), tuple(slow))


def _taken(converter: Converter) -> frozenset[int] | None:
    classes = converter.drum_classes
    return None if classes is None else frozenset(pitch for pitches in classes for pitch in pitches)
