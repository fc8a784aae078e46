"""A check, how a list of them is run, and the report of what they found."""

from __future__ import annotations

import os
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Literal, NoReturn, TypeVar, get_args

Outcome = Literal["passed", "failed", "skipped"]

_BELOW = "\n" + 11 * " "


@dataclass(frozen=True)
class Result:
    """What one check found.

    Attributes:
        name: of the check, as in the list of checks in the documentation: ``target-leak``.
        outcome: ``skipped`` where the check can't apply, or where another has to pass first.
        message: what is wrong and where, or why it was skipped; empty where it passed.
        cause: what usually causes this failure; empty unless it failed.
    """

    name: str
    outcome: Outcome
    message: str = ""
    cause: str = ""

    def __str__(self) -> str:
        lines = [*self.message.splitlines(), *([f"usual cause: {self.cause}"] if self.cause else [])]
        return f"  {self.outcome:<7}  {self.name}" + (f": {_BELOW.join(lines)}" if lines else "")


@dataclass(frozen=True)
class Report:
    """What all checks of a component found, in the order in which they ran; as text it reads well in a terminal.

    Attributes:
        component: what was checked: ``decoder FlatDecoder(sizes=[8])``.
        results: one a check.
    """

    component: str
    results: tuple[Result, ...]

    @property
    def failures(self) -> tuple[Result, ...]:
        """The results of the checks that failed."""
        return tuple(result for result in self.results if result.outcome == "failed")

    @property
    def unproved(self) -> tuple[Result, ...]:
        """Checks that were skipped and that nobody left out: what they are about is not known."""
        return tuple(result for result in self.results if result.outcome == "skipped" and result.message != _LEFT_OUT)

    @property
    def shows_little(self) -> bool:
        """Whether more checks were skipped than run, so that green means little."""
        return 2 * len(self.unproved) > len(self.results)

    def require(self) -> Report:
        """This report, if nothing failed.

        Raises:
            AssertionError: something did; the text lists each failure with its usual cause.
        """
        if self.failures:
            raise AssertionError(self._text(self.failures))
        return self

    def __str__(self) -> str:
        return self._text(self.results)

    def _text(self, results: tuple[Result, ...]) -> str:
        counts = Counter(result.outcome for result in self.results)
        said = [f"{counts[outcome]} {outcome}" for outcome in get_args(Outcome) if counts[outcome]]
        return "\n".join([f"{self.component}: {', '.join(said) or 'nothing to check'}", *map(str, results)])


S = TypeVar("S")
_LEFT_OUT = "left out by whoever asked for this report"


class Verdict(Exception):
    """What a check finds, in words, and the outcome that this is."""

    def __init__(self, text: str, outcome: Outcome) -> None:
        super().__init__(text)
        self.outcome = outcome


def failed(text: str) -> NoReturn:
    """Give the verdict that something is wrong, and where."""
    raise Verdict(text, "failed")


def skipped(reason: str) -> NoReturn:
    """Give the verdict that a check can't apply, and why."""
    raise Verdict(reason, "skipped")


@dataclass(frozen=True)
class Check(Generic[S]):
    """One promise of a component, and the function that probes it.

    Attributes:
        probe: raises a `Verdict`, and any other exception is a failure too.
        cause: what usually causes its failure.
        needs: checks without which this one means nothing; it is skipped where one failed, so that a fault shows once.
    """

    probe: Callable[[S], None]
    cause: str
    needs: Sequence[str] = ()

    @property
    def name(self) -> str:
        """Short, for reports and the documentation."""
        return self.probe.__name__.replace("_", "-")

    def run(self, subject: S) -> Result:
        """What the probe finds."""
        try:
            self.probe(subject)
        except Verdict as verdict:
            return Result(self.name, verdict.outcome, str(verdict), self.cause if verdict.outcome == "failed" else "")
        except SystemExit as error:
            return Result(self.name, "failed", f"it ends the process{place_of(error)}", self.cause)
        except Exception as error:
            return Result(self.name, "failed", f"{type(error).__name__}: {error}{place_of(error)}", self.cause)
        return Result(self.name, "passed")


class Checks(list[Check[S]]):
    """The checks of one kind, in the order in which they run: each after those it needs."""

    def add(self, cause: str, *, needs: Sequence[str] = ()) -> Callable[[Callable[[S], None]], Callable[[S], None]]:
        """Mark a function as the probe of a check; its docstring says what is promised."""

        def mark(probe: Callable[[S], None]) -> Callable[[S], None]:
            self.append(Check(probe, cause, needs))
            return probe

        return mark

    def run(self, subject: S, leave_out: Sequence[str] = ()) -> Report:
        """Run all on a subject, which names itself as text; those to leave out, by name, are reported as skipped.

        Raises:
            ValueError: a check to leave out that there isn't.
        """
        known = [check.name for check in self]
        if unknown := sorted(set(leave_out) - set(known)):
            raise ValueError(f"leave_out names no such check: {', '.join(unknown)} (there are: {', '.join(known)})")
        results: list[Result] = []
        roots: dict[str, list[str]] = {}
        for check in self:
            causes = list(dict.fromkeys(root for name in check.needs for root in roots[name]))
            if check.name in leave_out:
                result = Result(check.name, "skipped", _LEFT_OUT)
            elif causes:
                result = Result(check.name, "skipped", f"means nothing before {' and '.join(causes)} can pass")
            else:
                result = check.run(subject)
            results.append(result)
            roots[check.name] = [check.name] if result.outcome == "failed" else causes
        return Report(str(subject), tuple(results))


def place_of(error: BaseException) -> str:
    """Where an exception was raised: in the component, if it passed through one."""
    ours, torch = Path(__file__).parent, f"{os.sep}torch{os.sep}"
    while error.__cause__ is not None:  # what gen made its own error of
        error = error.__cause__
    frames = traceback.extract_tb(error.__traceback__)
    outside = [frame for frame in frames if ours not in Path(frame.filename).parents and torch not in frame.filename]
    return f" (at {outside[-1].filename}:{outside[-1].lineno})" if outside else ""
