"""How fast MIDI files become melodies, drums, trios and bars of several tracks, on one core.

    python benchmarks/event_conversion.py melodies.zip groove-v1.0.0-midionly.zip multitrack.zip

An even sample of the MIDI files of each archive is read and converted, by the converters that the archive is for: one
with ``melod`` in its name by melodies, one with ``groove`` by drums, any other by all of them. Every measurement is a
process of its own with one thread. Results are printed and go to benchmarks/results/event_conversion.md.
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
from collections import Counter
from pathlib import Path
from typing import Any

from common import peak_mebibytes, processor, sample

RESULTS = Path(__file__).parent / "results" / "event_conversion.md"
CONFIGURATIONS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "melody, 2 bars": ("melody", "MelodyConverter", {"slice_bars": 2, "max_bars": 100, "programs": "melody"}),
    "melody, 16 bars": ("melody", "MelodyConverter", {"slice_bars": 16, "max_bars": 100}),
    "melody, 2 bars, chords": (
        "melody",
        "MelodyConverter",
        {"slice_bars": 2, "max_bars": 100, "chord_encoding": "triads"},
    ),
    "drums, 2 bars": ("drums", "DrumsConverter", {"slice_bars": 2, "max_bars": 100, "roll_input": True}),
    "drums, 2 bars, 61 classes": (
        "drums",
        "DrumsConverter",
        {"slice_bars": 2, "max_bars": 100, "roll_input": True, "roll_output": True, "pitch_classes": "full"},
    ),
    "trio, 16 bars, 5 a file": ("trio", "TrioConverter", {"slice_bars": 16, "max_tensors_per_notesequence": 5}),
    "trio, 16 bars, all": ("trio", "TrioConverter", {"slice_bars": 16}),
    "multitrack, 1 bar": ("multitrack", "MultitrackConverter", {"num_velocity_bins": 8}),
    "multitrack, 1 bar, chords": (
        "multitrack",
        "MultitrackConverter",
        {"num_velocity_bins": 8, "chord_encoding": "triads"},
    ),
}


def configurations(archive: Path) -> list[str]:
    """The configurations that an archive is for."""
    only = {"melod": "melody", "groove": "drums"}
    kinds = [kind for part, kind in only.items() if part in archive.name.lower()]
    return [name for name, (kind, _, _) in CONFIGURATIONS.items() if not kinds or kind in kinds]


def measure(archive_path: Path, name: str, count: int) -> dict[str, Any]:
    """Convert a sample in this process: what was found, and the CPU seconds of each stage."""
    from importlib import import_module

    import numpy as np

    import gen

    module, kind, options = CONFIGURATIONS[name]
    converter: gen.Converter = getattr(import_module(f"gen_converters.{module}"), kind)(**options, mode="train")
    rng = np.random.default_rng(0)
    files = sample(archive_path, count)
    converter.convert(gen.read_midi(files[0]), rng=rng)  # imports and tables are not conversion
    reading = converting = 0.0
    examples = converted = 0
    rejections: Counter[str] = Counter()
    for data in files:
        start = time.process_time()
        try:
            notes = gen.read_midi(data)
        except gen.errors.MidiError:
            rejections["unreadable"] += 1
            continue
        middle = time.process_time()
        conversion = converter.convert(notes, rng=rng)
        converting += time.process_time() - middle
        reading += middle - start
        examples += len(conversion.examples)
        converted += bool(conversion.examples)
        if conversion.rejection is not None:
            rejections[conversion.rejection.code] += 1
    return {
        "files": len(files),
        "converted": converted,
        "examples": examples,
        "rejections": dict(rejections.most_common()),
        "read": reading,
        "convert": converting,
        "peak_mb": peak_mebibytes(),
    }


def in_fresh_process(archive: Path, name: str, count: int) -> dict[str, Any]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, __file__, str(archive), "--measure", name, "--files", str(count)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return dict(json.loads(done.stdout))


def report(runs: dict[tuple[str, str], list[dict[str, Any]]], repeats: int) -> str:
    """Markdown: the median of each measurement's runs."""
    import numpy as np

    lines = [
        "# MIDI files to melodies, drums, trios and multitrack bars",
        "",
        f"One process and one thread a measurement; median of {repeats} runs, in CPU time. Made by "
        "`benchmarks/event_conversion.py`.",
        f"{processor()}, Python {platform.python_version()}, numpy {np.__version__}, {os.cpu_count()} cores, load "
        f"average {os.getloadavg()[0]:.1f} at the end (1.0 is this benchmark alone).",
        "",
        "| files | converter | files | give examples | examples | read ms/file | convert ms/file "
        "| files/s, bytes to examples | peak MB |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for (archive, name), measured in runs.items():
        row = {key: statistics.median(run[key] for run in measured) for key in measured[0] if key != "rejections"}
        count = row["files"]
        lines.append(
            f"| {archive} | {name} | {count:.0f} | {row['converted']:.0f} | {row['examples']:.0f} "
            f"| {1000 * row['read'] / count:.2f} | {1000 * row['convert'] / count:.2f} "
            f"| {count / (row['read'] + row['convert']):.0f} | {row['peak_mb']:.0f} |"
        )
    lines += ["", "Files that give no example, by reason:", ""]
    for (archive, name), measured in runs.items():
        reasons = ", ".join(f"{code} {count}" for code, count in measured[0]["rejections"].items()) or "none"
        lines.append(f"* {archive}, {name}: {reasons}")
    return "\n".join([*lines, ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archives", nargs="+", type=Path, help="zip archives of MIDI files")
    parser.add_argument("--files", type=int, default=300, help="size of the sample from each archive (default 300)")
    parser.add_argument("--repeats", type=int, default=3, help="fresh processes for each measurement (default 3)")
    parser.add_argument("--measure", choices=CONFIGURATIONS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(arguments.archives[0], arguments.measure, arguments.files)))
        return
    runs = {
        (archive.stem, name): [in_fresh_process(archive, name, arguments.files) for _ in range(arguments.repeats)]
        for archive in arguments.archives
        for name in configurations(archive)
    }
    text = report(runs, arguments.repeats)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
