"""What a result was made on, in words."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path

from gen.errors import UsageError
from gen.system.regular import read_text
from gen.system.version import __version__


def machine() -> dict[str, str]:
    """Processor, cores, system, and versions of Python and torch."""
    import torch

    found = {
        "processor": processor(),
        "cores": str(os.cpu_count() or "unknown"),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "torch": torch.__version__,
    }
    if torch.cuda.is_available():
        found["gpu"] = torch.cuda.get_device_name()
    return found


BYTES_OF_A_CLIP = 10_000
"""What the notes of one take in memory, about."""


def memory() -> int:
    """Bytes of memory that the machine has."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):  # Windows has no such call
        return 1 << 36


def require_memory(needed: float, what: str, way_out: str) -> None:
    """Make sure that a machine has so many bytes at all.

    Raises:
        UsageError: it hasn't; the text says how many it would take.
    """
    if needed > (there := memory()):
        raise UsageError(
            f"{what} would take about {needed / 1e9:,.1f} GB of memory, and this machine has {there / 1e9:,.1f} GB: "
            f"{way_out}"
        )


def code() -> str:
    """The version of gen, and in a checkout the commit, with a mark where files differ from it."""
    folder = Path(__file__).parent
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty=, changed since", "--exclude=*"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
            timeout=5,
        )
    except (OSError, subprocess.SubprocessError):
        return __version__
    own = (folder.parents[1] / ".git").exists()  # and not an environment that lies in somebody else's checkout
    return f"{__version__} (commit {done.stdout.strip()})" if own else __version__


def processor() -> str:
    """The processor's name, as the system has it."""
    try:
        lines = read_text(Path("/proc/cpuinfo")).splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or "unknown"
