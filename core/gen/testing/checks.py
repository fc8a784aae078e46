"""A check, and how a list of them is run."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, NoReturn, TypeVar

from gen.testing.report import Report, Result

S = TypeVar("S")


class Failed(Exception):
    """A check's verdict: the text says what is wrong, and where."""


class Skipped(Exception):
    """A check's verdict that it can't apply: the text says why."""


@dataclass(frozen=True)
class Check(Generic[S]):
    """One promise of a component, and the function that probes it.

    Attributes:
        name: short, for reports and the documentation.
        probe: takes what is checked; raises `Failed` or `Skipped`, and any other exception is a failure too.
        cause: what usually causes its failure.
        needs: names of checks without which this one means nothing; where one of them failed, this one is skipped,
            so that a fault shows once and at its root.
    """

    name: str
    probe: Callable[[S], None]
    cause: str
    needs: tuple[str, ...] = ()


def failed(text: str) -> NoReturn:
    """Give the verdict that something is wrong."""
    raise Failed(text)


def skipped(reason: str) -> NoReturn:
    """Give the verdict that a check can't apply."""
    raise Skipped(reason)


def run_checks(
    component: str,
    checks: Iterable[Check[S]],
    subject: S,
    *,
    leave_out: Sequence[str] = (),
) -> Report:
    """Run checks in their order.

    Args:
        component: for the report.
        checks: each after those it needs.
        subject: what they take.
        leave_out: names of checks that don't apply by design; they are reported as skipped.

    Raises:
        ValueError: a check to leave out that there isn't.
    """
    checks = list(checks)
    unknown = sorted(set(leave_out) - {check.name for check in checks})
    if unknown:
        known = ", ".join(check.name for check in checks)
        raise ValueError(f"leave_out names no such check: {', '.join(unknown)} (there are: {known})")
    results: dict[str, Result] = {}
    roots: dict[str, list[str]] = {}
    for check in checks:
        causes = list(dict.fromkeys(root for name in check.needs for root in roots[name]))
        result = _result(check, subject, causes, left_out=check.name in leave_out)
        results[check.name] = result
        roots[check.name] = [check.name] if result.outcome == "failed" else causes
    return Report(component, tuple(results.values()))


def _result(check: Check[S], subject: S, causes: Sequence[str], *, left_out: bool) -> Result:
    if left_out:
        return Result(check.name, "skipped", "left out by whoever asked for this report")
    if causes:
        return Result(check.name, "skipped", f"means nothing before {' and '.join(causes)} can pass")
    try:
        check.probe(subject)
    except Skipped as verdict:
        return Result(check.name, "skipped", str(verdict))
    except Failed as verdict:
        return Result(check.name, "failed", str(verdict), check.cause)
    except Exception as error:
        return Result(check.name, "failed", f"{type(error).__name__}: {error}{place_of(error)}", check.cause)
    return Result(check.name, "passed")


def place_of(error: Exception) -> str:
    """Where an exception was raised: in the component, if it passed through one."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = Path(__file__).parent
    torch = f"{os.sep}torch{os.sep}"
    outside = [frame for frame in frames if ours not in Path(frame.filename).parents and torch not in frame.filename]
    return f" (at {outside[-1].filename}:{outside[-1].lineno})" if outside else ""
