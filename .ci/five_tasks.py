"""What docs/five_tasks.md promises: five tasks by copy and paste, without a network, each within a minute.

python five_tasks.py PAGE: runs every ``sh`` block of the page in the current folder and in the environment of this
interpreter, section by section. A section that takes longer than its sixty seconds is an error, and so is another
number of them. Where the system allows it, they run in a name space without any network; else Python's sockets refuse.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TASKS, SECONDS = 5, 60.0
REFUSING = """\
import socket


def refuse(*_):
    raise OSError("the five tasks must not need a network")


socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
"""


def tasks(page: str) -> list[tuple[str, str]]:
    """Each section's heading and its lines; what is before the first one has none."""
    found = []
    for number, section in enumerate(re.split(r"^## ", page, flags=re.MULTILINE)):
        lines = "".join(re.findall(r"^```sh\n(.*?)^```$", section, re.DOTALL | re.MULTILINE))
        if lines:
            found.append((section.partition("\n")[0] if number else "", lines))
    return found


def without_network(folder: str) -> tuple[list[str], dict[str, str]]:
    """What to put before a command so that it has no network, and its environment."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    alone = ["unshare", "--map-root-user", "--net"]
    try:
        if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode == 0:
            return alone, {**os.environ, "PATH": path}
    except OSError:
        pass  # no such program
    (Path(folder) / "sitecustomize.py").write_text(REFUSING, encoding="utf-8")
    return [], {**os.environ, "PATH": path, "PYTHONPATH": folder}


def main(page: Path) -> None:
    """Run them, and say how long each took."""
    found = tasks(page.read_text(encoding="utf-8"))
    named = [name for name, _ in found if name]
    if len(named) != TASKS:
        raise SystemExit(f"{page} has {len(named)} tasks, and {TASKS} are promised")
    with tempfile.TemporaryDirectory() as folder:
        alone, environment = without_network(folder)
        for name, lines in found:
            began = time.monotonic()
            try:
                command = [*alone, "bash", "-euo", "pipefail", "-c", lines]
                subprocess.run(command, env=environment, check=True, timeout=SECONDS)
            except subprocess.TimeoutExpired as error:
                raise SystemExit(f"{page}: {name or 'before the tasks'}: longer than {SECONDS:g} s") from error
            print(f"{name or 'before the tasks'}: {time.monotonic() - began:.1f} of {SECONDS:g} s", flush=True)
    print(f"five tasks, {'in a name space without a network' if alone else 'with sockets that refuse'}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
