"""Whether anything that a browser may send, however damaged, can crash a studio or make it reach outside its folders.

    python benchmarks/fuzz_studio.py

A real ``gen studio`` gets requests over its socket, drawn by a seed: uploads of MIDI files after the mutations of
tests/support/midi_mutations.py, verbs with values that can't be, paths that lead elsewhere, headers of strangers, and
requests whose bytes were damaged (tests/support/studio_requests.py). Verbs that are accepted are done, by the real
models, on the damaged clips.

A crash is an answer of 500, no answer to a whole request within a minute, a server that is gone, or a verb that fails
by anything but an error of gen's own. Everything around the studio's own folder, with a home and a folder for temporary
files of its own, is compared with what it was before; a text beside its folders, to which a link in them leads, may be
in no answer, and who doesn't have the token is told nothing. Results are printed and go to
benchmarks/results/fuzz_studio.md, which says how far it has come while this runs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import socket
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from common import processor

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
from studio_browser import studio
from studio_requests import Request, Requests
from tiny_models import demo_bytes, tiny_run

RESULTS = Path(__file__).parent / "results" / "fuzz_studio.md"
CANARY = b"what lies outside is nobody's business"
_SECONDS = 60.0  # for the answer to a whole request
_EVERY = 25  # requests, after which jobs are counted


@dataclass
class Tally:
    """What became of requests and verbs; ``wrong`` is what must not be."""

    statuses: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    jobs: dict[int, tuple[str, str]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")
    entries: int = 0

    def count(self) -> int:
        return sum(sum(each.values()) for each in self.statuses.values())


def fuzz(count: int, seed: int, folder: Path, *, told: Callable[[Tally], None] = lambda tally: None) -> Tally:
    """Send so many requests to a studio over a new folder, and look at all that came of it."""
    given = lay_out(folder)
    own = {name: str(folder / name.lower()) for name in ("HOME", "TMPDIR", "GEN_CACHE_DIR", "GEN_MODELS_DIR")}
    for path in own.values():
        Path(path).mkdir()
    tally = Tally()
    environment = {**os.environ, **own, "PYTHONDONTWRITEBYTECODE": "1"}
    with studio(given, environment=environment) as (address, process):
        parts = urlsplit(address)
        token = parse_qs(parts.query)["token"][0]
        requests = Requests(parts.netloc, token, demo_bytes("drums", 4), seed=seed)
        before = outside(folder)
        for number in range(count):
            request = requests.draw(number)
            send(request, parts.hostname or "", parts.port or 0, tally, number)
            if process.poll() is not None:
                tally.wrong.append(f"request {number} ({request.kind}): the studio is gone ({process.returncode})")
                return tally
            if number % 500 == 499:
                told(tally)
            if number % _EVERY == 0 or number == count - 1:
                count_jobs(requests, parts.hostname or "", parts.port or 0, tally)
        deadline = time.monotonic() + 1200
        while time.monotonic() < deadline and any(state in ("waiting", "running") for state, _ in tally.jobs.values()):
            time.sleep(0.5)
            count_jobs(requests, parts.hostname or "", parts.port or 0, tally)
        tally.wrong += [f"outside the studio's folder: {each}" for each in differences(before, outside(folder))]
    tally.wrong += odd_inside(given / "studio")
    tally.entries = len(list((given / "studio").glob("*/entry.json")))
    return tally


def lay_out(folder: Path) -> Path:
    """A folder for the studio, with a run and a page, and links that lead out of it."""
    given, secret = folder / "given", folder / "secret"
    tiny_run("groove", given / "run")
    (given / "run" / "samples").mkdir()
    (given / "run" / "samples" / "sample-0.mid").write_bytes(demo_bytes("drums", 2))
    (given / "report.html").write_text("<!DOCTYPE html><title>plain</title>")
    secret.mkdir()
    (secret / "canary.mid").write_bytes(CANARY)
    (secret / "page.html").write_bytes(CANARY)
    (given / "out").symlink_to(secret)
    (given / "out.html").symlink_to(secret / "page.html")
    (given / "run" / "samples" / "out.mid").symlink_to(secret / "canary.mid")
    return given


def send(request: Request, host: str, port: int, tally: Tally, number: int) -> None:
    """Send a request, and count what comes back."""
    begun = time.monotonic()
    said = f"request {number} ({request.kind})"
    try:
        answer = exchange(request, host, port)
    except TimeoutError:
        tally.statuses[request.kind]["none"] += 1
        tally.wrong.append(f"{said}: no answer in {_SECONDS:g} s")
        return
    tally.slowest = max(tally.slowest, (time.monotonic() - begun, said))
    found = re.match(rb"HTTP/1\.1 (\d{3})", answer)
    status = found[1].decode() if found else "closed"
    tally.statuses[request.kind][status] += 1
    if status == "500" or (status == "closed" and request.whole):
        tally.wrong.append(f"{said}: {status}: {request.content[:300]!r}")
    if CANARY in answer:
        tally.wrong.append(f"{said}: it tells what lies outside: {request.content[:300]!r}")
    if request.stranger and not status.startswith("4") and status != "closed":
        tally.wrong.append(f"{said}: {status} without the token: {request.content[:300]!r}")


def exchange(request: Request, host: str, port: int) -> bytes:
    """What comes back; of half a request, nothing may."""
    answer = b""
    with socket.create_connection((host, port), timeout=_SECONDS) as connection:
        try:
            connection.sendall(request.content)
            if not request.whole:
                connection.settimeout(0.2)
            while True:
                try:
                    block = connection.recv(1 << 16)
                except TimeoutError:
                    if request.whole or answer:
                        raise
                    connection.settimeout(_SECONDS)
                    connection.shutdown(socket.SHUT_WR)
                    continue
                if not block:
                    return answer
                answer += block
        except TimeoutError:
            if answer and not request.whole:  # it waits for more on the same connection
                return answer
            raise
        except (ConnectionResetError, BrokenPipeError):  # it was told enough
            return answer


def count_jobs(requests: Requests, host: str, port: int, tally: Tally) -> None:
    """Keep how the verbs stand."""
    answer = exchange(requests.plain("GET", "/api/state?since=999999999"), host, port)
    for job in json.loads(answer.partition(b"\r\n\r\n")[2])["jobs"]:
        before = tally.jobs.get(job["number"])
        tally.jobs[job["number"]] = (job["state"], job["said"])
        crashed = "unexpected" in job["said"] or "process died" in job["said"]
        if crashed and (before is None or before[0] != job["state"]):
            tally.wrong.append(f"{job['command']}: {job['said']}")


def outside(folder: Path) -> dict[str, str]:
    """All that lies around the studio's folder."""
    own = folder / "given" / "studio"
    found = {}
    for path in folder.rglob("*"):
        if not path.is_relative_to(own):
            content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
            found[str(path.relative_to(folder))] = hashlib.sha256(content).hexdigest()
    return found


def differences(before: dict[str, str], after: dict[str, str]) -> list[str]:
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def odd_inside(own: Path) -> list[str]:
    """What the studio's folder must not hold: links, and anything but whole entries."""
    wrong = [f"a link: {path}" for path in own.rglob("*") if path.is_symlink()]
    for path in own.iterdir():
        if path.name == "lock":
            continue
        if not (path / "entry.json").is_file():
            wrong.append(f"no entry: {path.name}")
            continue
        about: dict[str, Any] = json.loads((path / "entry.json").read_text())
        if {each.name for each in path.iterdir()} != {*about["files"], "entry.json"}:
            wrong.append(f"other files than it says: {path.name}")
    return wrong


def report(tally: Tally, args: argparse.Namespace, seconds: float) -> str:
    columns = sorted({status for row in tally.statuses.values() for status in row})
    rows = [
        f"| {kind} | " + " | ".join(str(row[status] or "") for status in columns) + " |"
        for kind, row in sorted(tally.statuses.items())
    ]
    states = Counter(state for state, _ in tally.jobs.values())
    return "\n".join(
        [
            "# Mutated requests and uploads to a studio",
            "",
            "Made by `benchmarks/fuzz_studio.py`, whose first lines say what is sent and what counts as wrong:",
            "",
            f"```console\n$ python benchmarks/fuzz_studio.py --requests {args.requests} --seed {args.seed}\n```",
            "",
            f"{processor()}, Python {'.'.join(map(str, sys.version_info[:3]))}, {os.cpu_count()} cores, load average "
            f"{os.getloadavg()[0]:.1f} at the end, {seconds:,.0f} s in all.",
            "",
            f"**{tally.count():,} requests; wrong: {len(tally.wrong)}.** Slowest answer {tally.slowest[0]:.2f} s "
            f"({tally.slowest[1]}), beside the verbs that were being done.",
            "",
            "| what was sent | " + " | ".join(columns) + " |",
            "|---|" + "--:|" * len(columns),
            *rows,
            "",
            "A column is a status; `closed` is a connection that ended without an answer, to half a request.",
            "",
            f"Verbs that were accepted: {len(tally.jobs):,} ("
            + ", ".join(f"{number:,} {state}" for state, number in sorted(states.items()))
            + f"); entries in the studio's folder at the end: {tally.entries:,}, all whole.",
            "",
            *(f"* {each}" for each in tally.wrong[:50]),
        ]
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    begun = time.monotonic()

    def write(tally: Tally) -> None:
        text = report(tally, args, time.monotonic() - begun).rstrip() + "\n"
        RESULTS.write_text(text, encoding="utf-8")

    with tempfile.TemporaryDirectory() as folder:
        tally = fuzz(args.requests, args.seed, Path(os.path.realpath(folder)), told=write)
    write(tally)
    print(RESULTS.read_text(encoding="utf-8"))
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
