"""What the benchmarks share: which machine this is, how much memory was used, and a sample of an archive's files."""

from __future__ import annotations

import resource
import zipfile
from pathlib import Path

from gen.system.machine import processor as processor


def peak_mebibytes() -> float:
    """This process's peak memory so far."""
    status = Path("/proc/self/status")  # getrusage would count the process that started this one
    if status.exists():
        (peak,) = [line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM")]
        return int(peak) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def sample(archive_path: Path, count: int) -> list[bytes]:
    """About ``count`` MIDI files of a zip archive, evenly spread over it."""
    with zipfile.ZipFile(archive_path) as archive:
        names = [name for name in archive.namelist() if name.lower().endswith((".mid", ".midi"))]
        step = max(1, len(names) // count)
        return [archive.read(name) for name in names[::step][:count]]
