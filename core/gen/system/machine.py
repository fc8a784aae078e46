"""What a result was made on, in words."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path

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
