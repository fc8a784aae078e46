"""Markdown of what was measured."""

from __future__ import annotations

import os
import platform
import shlex
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path

import torch

from gen.system.machine import code, processor
from speed.options import Options
from speed.turns import Runner

FLAGS = ("fma", "avx2", "avx512f", "avx512_bf16", "amx_tile", "amx_bf16")


def heading(title: str, words: Sequence[str], options: Options, load: float) -> list[str]:
    """Title, command, machine, versions and how busy it was.

    Args:
        title: of the page.
        words: after ``python benchmarks/run.py``.
        options: where it was measured.
        load: average at the beginning.
    """
    command = shlex.join(["python", "benchmarks/run.py", *words])
    memory = "kept for the next step, as `gen train` does" if options.keep else "given back to the system"
    return [
        f"# {title}",
        "",
        f"`{command}`",
        "",
        f"{machine(options)}; torch {torch.__version__}; Python {platform.python_version()}; gen {code()}.",
        f"Load average {load:.1f} at the start, {os.getloadavg()[0]:.1f} at the end, of {os.cpu_count()} cores. "
        f"Freed memory: {memory}.",
        "",
    ]


def machine(options: Options) -> str:
    """The GPU, or the processor and what it can."""
    if not options.on_cpu:
        return f"{torch.cuda.get_device_name()}, on {processor()}"
    flags = ", ".join(flag for flag in FLAGS if flag in _flags()) or "unknown"
    kernels = torch.backends.cpu.get_cpu_capability()
    return f"{processor()}, {os.cpu_count()} cores ({flags}; torch's kernels: {kernels})"


def label(options: Options) -> str:
    """The end of a results file's name."""
    return "cpu" if options.on_cpu else torch.cuda.get_device_name().replace(" ", "-")


def table(columns: str, rows: Iterable[Sequence[object]]) -> list[str]:
    """A Markdown table.

    Args:
        columns: their titles, separated by ``|``; one that begins with ``<`` is set left.
        rows: cells, as many as columns.
    """
    titles = [title.strip() for title in columns.split("|")]
    marks = ["---" if title.startswith("<") else "--:" for title in titles]
    lines = [_row(title.removeprefix("<") for title in titles), "|" + "|".join(marks) + "|"]
    return [*lines, *(_row(map(str, cells)) for cells in rows), ""]


def seconds(runner: Runner) -> str:
    """Median and least, of numbers of any size."""
    return f"{runner.median:.3g} ({min(runner.seconds):.3g})"


def share(runner: Runner) -> str:
    """Of the peak beside it: median and most."""
    return f"{statistics.median(runner.shares):.0%} ({max(runner.shares):.0%})" if runner.shares else "–"


def peaks(runners: Iterable[Runner]) -> str:
    """The peaks of a page in words: median and best, by precision and threads."""
    found: dict[str, list[float]] = {}
    for runner in runners:
        order = runner.worker.order
        words = [order.setting.precision, *([threads_in_words(runner.threads)] if runner.threads else [])]
        words += [order.isa] if order.isa != "native" else []
        found.setdefault(" ".join(words), []).extend(runner.peaks)
    parts = [
        f"{name} {statistics.median(values) / 1e9:.0f} ({max(values) / 1e9:.0f})"
        for name, values in found.items()
        if values
    ]
    return f"Peak, a large matrix product beside every measurement, in GFLOP/s, median (best): {'; '.join(parts)}."


def threads_in_words(count: int) -> str:
    """1 thread, 2 threads."""
    return f"{count} thread{'s' * (count != 1)}"


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _flags() -> set[str]:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return set()
    return set(next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), []))
