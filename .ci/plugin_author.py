"""What docs/plugins.md promises: from `gen plugins new` to a training that runs, by the commands that it shows.

python plugin_author.py PAGE: runs the page's first ``console`` block, line by line, in the current folder and in the
environment of this interpreter; more than five commands, or one that fails, is an error.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

MOST_COMMANDS = 5


def commands(page: str) -> list[str]:
    """The lines of the page's first console block, without comments."""
    block = re.search(r"^```console\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    if block is None:
        raise SystemExit("the page has no console block")
    return [line for line in block[1].splitlines() if line.strip() and not line.lstrip().startswith("#")]


def main(page: Path) -> None:
    """Run them, and say how long it took."""
    lines = commands(page.read_text(encoding="utf-8"))
    if len(lines) > MOST_COMMANDS:
        raise SystemExit(f"{page} needs {len(lines)} commands, and {MOST_COMMANDS} are promised")
    began = time.monotonic()
    for line in lines:
        print(f"$ {line}", flush=True)
        subprocess.run(["bash", "-euo", "pipefail", "-c", line], check=True)
    print(f"{len(lines)} commands, {time.monotonic() - began:.0f} s", flush=True)  # told, not judged: machines are busy


if __name__ == "__main__":
    main(Path(sys.argv[1]))
