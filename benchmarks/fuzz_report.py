"""What `fuzz_midi` counts, and the page it makes of that."""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from common import processor

_SLOW = 5.0  # seconds of CPU time, of reading or of one converter; above that a file hangs


@dataclass
class _Converter:
    """What one converter made of some files."""

    used: int = 0
    examples: int = 0
    slowest: tuple[float, str] = (0.0, "")
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, code: str, examples: int, seconds: float, name: str) -> None:
        self.used += examples > 0
        self.examples += examples
        self.slowest = max(self.slowest, (seconds, name))
        if code:
            self.reasons[code] += 1


@dataclass
class _Files:
    """Some files together."""

    count: int = 0
    read: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, str] = (0.0, "")
    converters: defaultdict[str, _Converter] = field(default_factory=lambda: defaultdict(_Converter))

    def add(self, outcome: Mapping[str, Any], name: str) -> None:
        self.count += 1
        self.read[outcome["read"]] += 1
        self.slowest = max(self.slowest, (outcome["seconds"], name))
        for converter, (code, examples, seconds) in outcome["converters"].items():
            self.converters[converter].add(code, examples, seconds, name)


@dataclass
class Tally:
    """Outcomes, added one by one.

    Args:
        cases: how many files there are.
        clean: how many of these are as they were, the first ones.
    """

    cases: int
    clean: int

    def __post_init__(self) -> None:
        self._whole: defaultdict[str, _Files] = defaultdict(_Files)
        self._mutated = _Files()
        self._mutations: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._crashes: list[str] = []
        self._hangs: list[str] = []
        self._peak = (0.0, "")
        self._first = 0.0
        self._slowest = (0.0, "")
        self._done = 0

    def add(self, outcome: Mapping[str, Any]) -> None:
        """Count what became of a file."""
        number = outcome["number"]
        self._done = number + 1
        if "worker" in outcome:
            hung = outcome["worker"] == "was stopped"
            (self._hangs if hung else self._crashes).append(f"file {number}: its worker {outcome['worker']}")
            print(f"file {number}: its worker {outcome['worker']}", file=sys.stderr, flush=True)
            return
        name = f"{outcome['name']} (file {number})"
        if outcome["mutations"]:
            name = f"{Path(outcome['name']).name} after {', then '.join(outcome['mutations'])} (file {number})"
        (self._mutated if number >= self.clean else self._whole[outcome["archive"]]).add(outcome, name)
        for mutation in outcome["mutations"]:
            self._mutations[mutation]["notes" if outcome["read"] == "notes" else "MidiError"] += 1
        for crash in outcome["crashes"]:
            self._crashes.append(f"{name}: {crash}")
            print(self._crashes[-1], file=sys.stderr, flush=True)
        self._slowest = max(self._slowest, (outcome["slowest"], name))
        if outcome["slowest"] > _SLOW:
            self._hangs.append(f"{name}: {outcome['slowest']:.1f} s")
            print(self._hangs[-1], file=sys.stderr, flush=True)
        self._first = self._first or outcome["peak_mb"]
        if outcome["peak_mb"] > self._peak[0]:
            self._peak = (outcome["peak_mb"], name)

    def report(self, arguments: argparse.Namespace) -> str:
        """The page, in Markdown."""
        import numpy as np

        shown = " ".join([*(path.name for path in arguments.archives), *self._options(arguments)])
        load = os.getloadavg()[0]
        unfinished = [f"**So far: {self._done} of {self.cases} files.**", ""] if self._done < self.cases else []
        lines = [
            "# MIDI files, whole and damaged, through every converter",
            "",
            *unfinished,
            "Made by `benchmarks/fuzz_midi.py`, whose first lines say what is counted as what:",
            "",
            "```console",
            f"$ python benchmarks/fuzz_midi.py {shown}",
            "```",
            "",
            f"{processor()}, Python {platform.python_version()}, numpy {np.__version__}, {os.cpu_count()} cores, load "
            f"average {load:.1f} at the end. {datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d}, seed "
            f"{arguments.seed}, workers limited to {arguments.memory} MiB of address space. Times are CPU times.",
            "",
            "| | whole files | mutated files |",
            "|---|--:|--:|",
            f"| files | {sum(files.count for files in self._whole.values())} | {self._mutated.count} |",
            *self._read_rows(),
            f"| slowest, read and by all {len(self._mutated.converters)} converters | {self._slowest_whole()[0]:.2f} s "
            f"| {self._mutated.slowest[0]:.2f} s |",
            "",
            f"**Crashes: {len(self._crashes)}. Hangs: {len(self._hangs)}.** Peak memory of the worker "
            f"{self._peak[0]:.0f} MB, after {self._first:.0f} MB with the first file; it came with {self._peak[1]}.",
            "",
            f"Slowest whole file: {self._slowest_whole()[1]}. Slowest mutated file: {self._mutated.slowest[1]}.",
            f"The longest that reading, or one converter, took: {self._slowest[0]:.2f} s, {self._slowest[1]}.",
            "",
        ]
        lines += [f"* {bad}" for bad in (*self._crashes, *self._hangs)]
        for archive, files in self._whole.items():
            lines += ["", f"## {archive}, as it is: {files.count} files", "", *_table(files)]
        lines += ["", f"## Mutated: {self._mutated.count} files", "", *_table(self._mutated), ""]
        lines += ["| mutation, perhaps with others | files | of which give notes |", "|---|--:|--:|"]
        lines += [
            f"| {name} | {counts.total()} | {counts['notes']} |" for name, counts in sorted(self._mutations.items())
        ]
        return "\n".join([*lines, ""])

    def _options(self, arguments: argparse.Namespace) -> list[str]:
        names = {"every": 1, "mutants": 20_000, "seed": 1, "memory": 1024}
        said = ((name, getattr(arguments, name)) for name in names)
        return [f"--{name} {value}" for name, value in said if value != names[name]]

    def _read_rows(self) -> list[str]:
        whole: Counter[str] = sum((files.read for files in self._whole.values()), Counter())
        ways = [way for way, _ in (whole + self._mutated.read).most_common()]
        return [f"| {way} | {whole[way]} | {self._mutated.read[way]} |" for way in ways]

    def _slowest_whole(self) -> tuple[float, str]:
        return max((files.slowest for files in self._whole.values()), default=(0.0, ""))


def _table(files: _Files) -> list[str]:
    lines = [
        "| converter | files used | examples | slowest s | files without examples, by reason |",
        "|---|--:|--:|--:|---|",
    ]
    for name, found in files.converters.items():
        reasons = ", ".join(f"{code} {count}" for code, count in found.reasons.most_common())
        lines.append(f"| {name} | {found.used} | {found.examples} | {found.slowest[0]:.2f} | {reasons} |")
    return lines
