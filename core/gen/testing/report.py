"""What a check found: one result each, and the report of a component."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["passed", "failed", "skipped"]


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
            lines = [self._headline(), *(line for result in self.failures for line in _lines(result))]
            raise AssertionError("\n".join(lines))
        return self

    def __str__(self) -> str:
        return "\n".join([self._headline(), *(line for result in self.results for line in _lines(result))])

    def _headline(self) -> str:
        counts = {
            outcome: sum(result.outcome == outcome for result in self.results)
            for outcome in ("passed", "failed", "skipped")
        }
        said = [f"{count} {outcome}" for outcome, count in counts.items() if count]
        return f"{self.component}: {', '.join(said) or 'nothing to check'}"


def _lines(result: Result) -> list[str]:
    lines = [f"  {result.outcome:<7}  {result.name}"]
    if result.message:
        first, *rest = result.message.splitlines()
        lines[0] += f": {first}"
        lines += [f"           {line}" for line in rest]
    if result.cause:
        lines.append(f"           usual cause: {result.cause}")
    return lines
