"""How long `gen plugins` takes to list a thousand components.

python benchmarks/plugin_listing.py [--repeats N] [--out FILE]

Makes installed projects in a temporary folder, with real metadata and a real module for every component, and runs
`gen plugins` in a new process each time. Processor time (user and system) is what counts: the wall clock of a machine
that does other things as well says little.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from common import processor

import gen

COMPONENTS = 1000
_RUN = (
    "import sys; from gen.cli import main; code = main(['plugins']); "
    "print(code, 'torch' in sys.modules, file=sys.stderr)"
)


@dataclass(frozen=True)
class Measured:
    """One way of installing a thousand components: seconds, medians."""

    plugins: int
    cpu: float
    worst_cpu: float
    wall: float


def install(folder: Path, plugins: int) -> None:
    """A thousand decoders in so many projects: a module each, a name each, and a requirement of gen each."""
    each = COMPONENTS // plugins
    for number in range(plugins):
        name = f"dummy{number}"
        package = folder / f"gen_{name}"
        package.mkdir()
        entries = {f"{name}-{part}": f"gen_{name}.part{part}:Decoder{part}" for part in range(each)}
        (package / "__init__.py").write_text(
            f"from gen import hookimpl\n\n@hookimpl\ndef register_decoders():\n    return {entries!r}\n"
        )
        for part in range(each):
            (package / f"part{part}.py").write_text(
                f"import gen\nimport torch\n\nclass Decoder{part}(gen.Decoder):\n    pass\n"
            )
        metadata = folder / f"gen_{name}-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: gen-{name}\nVersion: 1.0\nRequires-Dist: gen-music>=0.1\n"
        )
        (metadata / "entry_points.txt").write_text(f"[gen]\n{name} = gen_{name}\n")


def measure(plugins: int, repeats: int) -> Measured:
    """Run it; what it prints and imports is checked each time."""
    with tempfile.TemporaryDirectory() as folder:
        install(Path(folder), plugins)
        path = os.pathsep.join([folder, *filter(None, [os.environ.get("PYTHONPATH")])])
        environment = {**os.environ, "PYTHONPATH": path}
        cpu, wall = [], []
        for turn in range(repeats + 1):
            before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-c", _RUN], env=environment, capture_output=True, text=True, check=True
            )
            took = time.perf_counter() - began
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            if done.stderr.split() != ["0", "False"] or done.stdout.count("dummy") < COMPONENTS:
                raise SystemExit(f"not listed, or torch imported:\n{done.stderr}{done.stdout[:500]}")
            if turn:  # the first writes bytecode
                cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
                wall.append(took)
    return Measured(plugins, statistics.median(cpu), max(cpu), statistics.median(wall))


def page(rows: list[Measured], repeats: int) -> str:
    """The results as Markdown."""
    lines = [
        "# Listing a thousand components",
        "",
        "`gen plugins`, a new process each time: 1,000 decoders with a module each, in so many installed projects,",
        "each of which requires gen. All were listed, and none of the processes imported torch. The bar: half a second",
        "of processor time.",
        "",
        "| projects | processor time, median | worst | wall clock, median |",
        "|--:|--:|--:|--:|",
        *(f"| {row.plugins} | {row.cpu:.2f} s | {row.worst_cpu:.2f} s | {row.wall:.2f} s |" for row in rows),
        "",
        f"{processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} (the machine was doing other things, so",
        f"the wall clock is an upper bound); Python {sys.version.split()[0]}, gen {gen.__version__};",
        f"{repeats} runs each, after one more that writes bytecode.",
        "",
        "`python benchmarks/plugin_listing.py` makes this page.",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "plugin_listing.md")
    args = parser.parse_args()
    rows = [measure(plugins, args.repeats) for plugins in (1, 10, 100)]
    text = page(rows, args.repeats)
    args.out.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
