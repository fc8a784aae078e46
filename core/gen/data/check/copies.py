"""Files that are the same, and files that play nearly the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gen.data.check.inspection import SKETCH, FileCheck
from gen.data.likeness import resemblance
from gen.interfaces.converter import Rejection

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
        alike = ((other, resemblance(sketches[other], sketches[index], SKETCH)) for other in candidates)
        other, part = next(((other, part) for other, part in alike if part >= _ALIKE), (-1, 0.0))
        if other >= 0:
            check = replace(check, resembles=checks[other].name, resemblance=round(part, 3))
        for number in check.sketch[:_PROBES]:
            own = bearers.setdefault(number, [])
            if len(own) < _MOST_BEARERS:
                own.append(index)
        marked.append(check)
    return marked
