"""All files together: how many are of use for what, why others aren't, and what else there is to know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from gen.data.check.fixes import Case, fix_for
from gen.data.check.inspection import FileCheck
from gen.data.check.remarks import Remark, Unmapped, remarks, suggested_map, unmapped_pitches
from gen.data.check.targets import Plan, Target
from gen.system.version import __version__

SCHEMA = "gen-data-check/1"  # the form of the JSON; the number goes up when a key goes away or changes its meaning


@dataclass(frozen=True)
class ReasonSummary:
    """A reason, how many files it befell, by converter too unless the files themselves were to blame; the first one,
    with what was said of it; and what to do.
    """

    code: str
    files: int
    converters: Mapping[str, int]
    example: str
    detail: str
    fix: str


@dataclass(frozen=True)
class Yield:
    """What one converter makes of all files."""

    target: Target
    files: int
    examples: int


@dataclass(frozen=True, eq=False)
class Account:
    """The whole check of a path: files and yields in order; reasons, remarks and pitches the most frequent first."""

    path: str
    plan: Plan
    files: tuple[FileCheck, ...]
    yields: tuple[Yield, ...]
    reasons: tuple[ReasonSummary, ...]
    remarks: tuple[Remark, ...]
    unmapped: tuple[Unmapped, ...]

    @property
    def drum_map(self) -> str:
        """YAML that would map the drum notes that no class takes; empty where there are none."""
        return suggested_map(self.unmapped)

    @property
    def usable(self) -> int:
        """Files that gave an example to any converter."""
        return sum(check.usable for check in self.files)

    def to_json(self) -> dict[str, Any]:
        """Everything; ``docs/checking.md`` describes it."""
        return {
            "schema": SCHEMA,
            "gen": __version__,
            "path": self.path,
            "files": len(self.files),
            "usable": self.usable,
            "converters": [
                {**each.target.to_json(), "files": each.files, "examples": each.examples} for each in self.yields
            ],
            "reasons": [asdict(reason) for reason in self.reasons],
            "remarks": [asdict(remark) for remark in self.remarks],
            "unmapped": [{**asdict(each), "name": each.name} for each in self.unmapped],
            "drum_map": self.drum_map,
            "per_file": [self._file_json(check) for check in self.files],
        }

    def _file_json(self, check: FileCheck) -> dict[str, Any]:
        value = asdict(check)
        del value["sketch"]
        value["usable"] = check.usable
        for case in cases_of(check, self.plan):
            place = value if case.target is None else value["outcomes"][case.target.label]
            place["fix"] = fix_for(case.reason.code, [case])
        return value


def cases_of(check: FileCheck, plan: Plan) -> list[Case]:
    """Everything that stood against a file."""
    if check.problem is not None:
        return [Case(check, check.problem)]
    pairs = ((target, check.outcomes[target.label].reason) for target in plan.targets)
    return [Case(check, reason, target) for target, reason in pairs if reason is not None]


def account(path: str, plan: Plan, checks: Sequence[FileCheck], taken: Mapping[str, Collection[int] | None]) -> Account:
    """Put the checks of all files together, which are in order and have copies marked.

    ``taken`` has the drum pitches that each converter takes, by label; None for one that doesn't ask.
    """
    yields = []
    for target in plan.targets:
        counts = [check.outcomes[target.label].examples for check in checks if target.label in check.outcomes]
        yields.append(Yield(target, sum(count > 0 for count in counts), sum(counts)))
    others = (_reasons(plan, checks), remarks(checks), unmapped_pitches(checks, taken))
    return Account(path, plan, tuple(checks), tuple(yields), *others)


def _reasons(plan: Plan, checks: Sequence[FileCheck]) -> tuple[ReasonSummary, ...]:
    grouped: dict[str, list[Case]] = {}
    for check in checks:
        for case in cases_of(check, plan):
            grouped.setdefault(case.reason.code, []).append(case)
    found = []
    for code, cases in grouped.items():
        converters = Counter(case.target.label for case in cases if case.target is not None)
        files, first = len({case.check.name for case in cases}), cases[0]
        found.append(
            ReasonSummary(code, files, dict(converters), first.check.name, first.reason.detail, fix_for(code, cases))
        )
    return tuple(sorted(found, key=lambda reason: (-reason.files, reason.code)))
