"""What became of every file of a data set: counted, and one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, get_args

from gen.interfaces.converter import Rejection
from gen.interfaces.dataset import Split


@dataclass(frozen=True)
class FileReport:
    """One file, by its name in the data set.

    Attributes:
        split: where it belongs; None for files that the source itself skipped, which have no ``sha256`` either.
        windows: pieces that the converter was given, and ``examples`` what came of them.
        rejection, notices: why nothing came of it, and what was left out on the way.
    """

    id: str
    split: Split | None = None
    windows: int = 0
    examples: int = 0
    rejection: Rejection | None = None
    notices: tuple[str, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    sha256: str = ""


@dataclass(frozen=True)
class Report:
    """A whole data set.

    Attributes:
        source, title, licence: name of the data source, and what it says of itself.
        notice: why another data set than the recipe's was used; empty where it was the recipe's.
        windows: how pieces were cut before conversion.
        fingerprint: sha256 over ids, splits and contents of all files.
        files: one report a file, in the source's order.
    """

    source: str
    title: str
    licence: str
    notice: str
    windows: str
    fingerprint: str
    files: tuple[FileReport, ...]

    def by_split(self) -> dict[Split, dict[str, int]]:
        """Files, files used, windows and examples of every split."""
        return {split: _totals([report for report in self.files if report.split == split]) for split in get_args(Split)}

    def by_metadata(self, key: str) -> dict[str, dict[str, int]]:
        """The same totals by a metadata key, such as ``drummer``; a style ``funk/groove1`` counts as ``funk``."""
        groups: dict[str, list[FileReport]] = {}
        for report in self.files:
            if key in report.metadata:
                groups.setdefault(report.metadata[key].split("/")[0], []).append(report)
        return {name: _totals(reports) for name, reports in sorted(groups.items())}

    def rejections(self) -> Counter[str]:
        """How many files each reason took."""
        return Counter(report.rejection.code for report in self.files if report.rejection is not None)

    def why_empty(self, split: Split) -> str:
        """A sentence for an error: how many files there were, and what became of them."""
        mine = [report for report in self.files if report.split in (split, None)]
        if not mine:
            return f"none of the {len(self.files)} files of {self.source!r} belongs to it"
        reasons = [(report.id, report.rejection) for report in mine if report.rejection is not None]
        counts = Counter(reason.code for _, reason in reasons).most_common()
        counted = ", ".join(f"{count} {code}" for code, count in counts)
        example = f"; for instance {reasons[0][0]}: {reasons[0][1].detail}" if reasons else ""
        return f"{len(mine)} files of {self.source!r} gave nothing ({counted}){example}"

    def to_json(self) -> dict[str, Any]:
        """Everything, for ``data.json``."""
        values = asdict(self)
        files = values.pop("files")
        return {**values, "splits": self.by_split(), "rejections": dict(self.rejections()), "files": list(files)}


def _totals(reports: list[FileReport]) -> dict[str, int]:
    return {
        "files": len(reports),
        "used": sum(report.examples > 0 for report in reports),
        "windows": sum(report.windows for report in reports),
        "examples": sum(report.examples for report in reports),
    }
