"""What a check found: one result each, and the report of a component."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal, get_args

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
