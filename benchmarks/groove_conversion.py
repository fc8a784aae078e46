"""How long the Groove MIDI Dataset takes from the archive to tensors, in a fresh process on one core.

    python benchmarks/groove_conversion.py groove-v1.0.0-midionly.zip

The archive is at https://magenta.tensorflow.org/datasets/groove. Every run is a new process, so imports are paid
for. Results go to benchmarks/results/groove_conversion.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

from common import peak_mebibytes, processor

RESULTS = Path(__file__).parent / "results" / "groove_conversion.md"
CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "4 bars": {"split_bars": 4},
    "4 bars, a window at every bar": {"split_bars": 4, "hop_size": 16},
    "2 bars, tapped, note dropout": {
        "split_bars": 2,
        "tapify": True,
        "fixed_velocities": True,
        "max_note_dropout_probability": 0.8,
    },
    "2 bars in 32 + 32 bins": {"split_bars": 2, "num_velocity_bins": 32, "num_offset_bins": 32},
}


def measure(archive_path: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Convert every file of the archive, in this process; what was found, and the CPU seconds of each stage."""
    began = time.process_time()
    import numpy as np

    import gen
    from gen_converters.groove.converter import GrooveConverter

    converter = GrooveConverter(**options, mode="train")
    rng = np.random.default_rng(0)
    ready = time.process_time()
    with zipfile.ZipFile(archive_path) as archive:
        files = [archive.read(name) for name in archive.namelist() if name.endswith((".mid", ".midi"))]
    unzipped = time.process_time()

    reading = converting = 0.0
    examples: list[gen.Example] = []  # all are kept, so that the memory is what a trainer would hold
    rejections: Counter[str] = Counter()
    for data in files:
        start = time.process_time()
        notes = gen.read_midi(data)
        middle = time.process_time()
        conversion = converter.convert(notes, rng=rng)
        converting += time.process_time() - middle
        reading += middle - start
        examples.extend(conversion.examples)
        if conversion.rejection is not None:
            rejections[conversion.rejection.code] += 1
    return {
        "files": len(files),
        "examples": len(examples),
        "rejections": dict(rejections.most_common()),
        "import": ready - began,
        "unzip": unzipped - ready,
        "read": reading,
        "convert": converting,
        "peak_mb": peak_mebibytes(),
    }


def in_fresh_process(archive: Path, name: str) -> dict[str, Any]:
    """`measure` in a process of its own, with the wall time of the whole process as ``process``."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, __file__, str(archive), "--measure", name]
    start = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return {**json.loads(done.stdout), "process": time.perf_counter() - start}


def report(runs: dict[str, list[dict[str, Any]]], repeats: int) -> str:
    """Markdown: the median of each configuration's runs."""
    import numpy as np

    lines = [
        "# Groove MIDI Dataset: archive to tensors",
        "",
        f"One process, one thread, started cold; median of {repeats} runs. Made by `benchmarks/groove_conversion.py`.",
        "Stages are in CPU seconds, the whole process in seconds by the clock.",
        f"{processor()}, Python {platform.python_version()}, numpy {np.__version__}, "
        f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} at the end (1.0 is this benchmark alone).",
        "",
        "| configuration | files | examples | import s | unzip s | read s | convert s | whole process s "
        "| files/s, bytes to tensors | peak MB |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, measured in runs.items():
        row = {key: statistics.median(run[key] for run in measured) for key in measured[0] if key != "rejections"}
        rate = row["files"] / (row["read"] + row["convert"])
        lines.append(
            f"| {name} | {row['files']:.0f} | {row['examples']:.0f} | {row['import']:.2f} | {row['unzip']:.2f} "
            f"| {row['read']:.2f} | {row['convert']:.2f} | {row['process']:.2f} | {rate:.0f} | {row['peak_mb']:.0f} |"
        )
    lines += ["", "Files that give no example, by reason:", ""]
    for name, measured in runs.items():
        reasons = ", ".join(f"{code} {count}" for code, count in measured[0]["rejections"].items())
        lines.append(f"* {name}: {reasons}")
    return "\n".join([*lines, ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", type=Path, help="groove-v1.0.0-midionly.zip")
    parser.add_argument("--repeats", type=int, default=5, help="fresh processes for each configuration")
    parser.add_argument("--measure", choices=CONFIGURATIONS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(arguments.archive, CONFIGURATIONS[arguments.measure])))
        return
    runs = {
        name: [in_fresh_process(arguments.archive, name) for _ in range(arguments.repeats)] for name in CONFIGURATIONS
    }
    text = report(runs, arguments.repeats)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
