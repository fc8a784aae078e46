"""How fast MIDI files are read from memory: gen, symusic and pretty_midi, on one core.

    python benchmarks/midi_reading.py groove-v1.0.0-midionly.zip multitrack.zip melodies.zip

Each argument is a zip archive of MIDI files, of which an even sample is read. Readers take turns within every repeat,
so that a busy machine slows all alike. Results are printed and go to benchmarks/results/midi_reading.md.
"""

from __future__ import annotations

import argparse
import io
import os
import platform
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from common import peak_mebibytes, processor, sample

RESULTS = Path(__file__).parent / "results" / "midi_reading.md"
PACKAGES = {"gen": "gen-music", "symusic": "symusic", "pretty_midi": "pretty_midi"}


def reader(name: str) -> Callable[[bytes], Any]:
    """The reading function of a package, imported only here so that memory can be told apart."""
    if name == "gen":
        import gen

        return gen.read_midi
    if name == "symusic":
        import symusic

        return symusic.Score.from_midi
    import pretty_midi

    warnings.simplefilter("ignore")  # of tempo events outside the first track
    return lambda data: pretty_midi.PrettyMIDI(io.BytesIO(data))


def seconds(read: Callable[[bytes], Any], files: list[bytes]) -> float:
    start = time.process_time()
    for data in files:
        read(data)
    return time.process_time() - start


def memory(name: str, archive_path: Path, count: int) -> float:
    """Growth of a fresh process's peak memory while it reads the sample, in MiB."""
    command = [sys.executable, __file__, str(archive_path), "--files", str(count), "--memory-of", name]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def compare(archive_path: Path, count: int, repeats: int) -> list[str]:
    files = sample(archive_path, count)
    readers = {name: reader(name) for name in PACKAGES}
    for read in readers.values():
        seconds(read, files[:5])  # imports and first calls are not reading
    times: dict[str, list[float]] = {name: [] for name in readers}
    for _ in range(repeats):
        for name, read in readers.items():
            times[name].append(seconds(read, files))
    medians = {name: statistics.median(found) for name, found in times.items()}
    kib = statistics.mean(map(len, files)) / 1024
    lines = []
    for name, median in medians.items():
        spread = f"{len(files) / max(times[name]):,.0f} to {len(files) / min(times[name]):,.0f}"
        growth = memory(name, archive_path, count)
        lines.append(
            f"| {archive_path.stem}: {len(files)} files, {kib:.1f} KiB each | {name} | {len(files) / median:,.0f} "
            f"| {spread} | {medians['pretty_midi'] / median:.1f} | {growth:.1f} |"
        )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archives", nargs="+", type=Path, help="zip archives of MIDI files")
    parser.add_argument("--files", type=int, default=150, help="size of the sample from each archive (default 150)")
    parser.add_argument("--repeats", type=int, default=5, help="rounds, of which the median is given (default 5)")
    parser.add_argument("--memory-of", choices=PACKAGES, help=argparse.SUPPRESS)
    arguments = parser.parse_args()

    if arguments.memory_of:
        files, read = sample(arguments.archives[0], arguments.files), reader(arguments.memory_of)
        read(files[0])
        before = peak_mebibytes()
        seconds(read, files)
        sys.stdout.write(f"{peak_mebibytes() - before}\n")
        return

    names = " ".join(path.name for path in arguments.archives)
    text = [
        "# Reading MIDI files",
        "",
        f"`python benchmarks/midi_reading.py {names} --files {arguments.files} --repeats {arguments.repeats}`",
        "",
        f"Machine: {processor()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}. "
        f"{', '.join(f'{name} {version(package)}' for name, package in PACKAGES.items())}.",
        f"Medians of {arguments.repeats} interleaved rounds, in files per second of one core's CPU time, from bytes in",
        "memory to the reader's own notes. Memory is the growth of a fresh process's peak over its first file.",
        "",
        "| files | reader | files/s | slowest to fastest round | times pretty_midi | peak memory, MiB |",
        "|---|---|---:|---:|---:|---:|",
    ]
    load = os.getloadavg()[0]
    for path in arguments.archives:
        text += compare(path, arguments.files, arguments.repeats)
    text += ["", f"Load average of the machine when it began: {load:.1f}, of which this process is to add 1."]
    report = "\n".join(text) + "\n"
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(report)
    sys.stdout.write(report)


if __name__ == "__main__":
    main()
