"""Whether a preparation survives being killed: kill -9 at random moments, and the finished store byte for byte.

    python benchmarks/killed_preparations.py groove-v1.0.0-midionly.zip

Three kinds of accident, each many times: the preparation itself is killed and started again until it ends; one of its
pool's processes is killed while it goes on; a worker of its Dask cluster is. Results go to
benchmarks/results/killed_preparations.md.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from common import processor

HANGS_AFTER = 180  # seconds
RESULTS = Path(__file__).parent / "results" / "killed_preparations.md"
PREPARE = [sys.executable, "-m", "gen", "data", "prepare", "groovae_4bar", "converter.hop_size=16", "--json"]


@dataclass
class Trial:
    """One store made in spite of accidents."""

    kills: int
    same: bool
    ended: bool


def command(archive: Path, store: Path, engine: str) -> list[str]:
    return [*PREPARE, "--data", str(archive), "--store", str(store), "--engine", engine, "--workers", "2"]


def digest(store: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(store.iterdir()):
        if path.name != "lock":
            found.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def start(archive: Path, store: Path, engine: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command(archive, store, engine), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def ends_well(process: subprocess.Popen[bytes]) -> bool:
    """Whether a preparation comes to a good end; one that doesn't come to any is ended here."""
    try:
        return process.wait(HANGS_AFTER) == 0
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False


def descendants(pid: int) -> Iterator[int]:
    """Processes below a process; Linux."""
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = [int(child) for child in task.read_text().split()]
        except OSError:
            continue
        for child in children:
            yield child
            yield from descendants(child)


def workers(pid: int, engine: str) -> list[int]:
    """The processes that convert files: children of a pool, and of the nannies of a cluster."""
    mark = b"spawn_main"
    found = []
    for child in descendants(pid):
        try:
            if mark in Path(f"/proc/{child}/cmdline").read_bytes():
                found.append(child)
        except OSError:
            continue
    return found


def kill_the_preparation(archive: Path, store: Path, rng: random.Random, seconds: float) -> Trial:
    process = start(archive, store, "pool")
    try:
        process.wait(rng.uniform(0.1, seconds))
        kills = 0
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        kills = 1
    return Trial(kills, False, ends_well(start(archive, store, "pool")))


def kill_a_worker(engine: str) -> Callable[[Path, Path, random.Random, float], Trial]:
    def trial(archive: Path, store: Path, rng: random.Random, seconds: float) -> Trial:
        process = start(archive, store, engine)
        kills = 0
        try:
            process.wait(rng.uniform(0.5, seconds))
        except subprocess.TimeoutExpired:
            victims = workers(process.pid, engine)
            if victims:
                os.kill(rng.choice(victims), signal.SIGKILL)
                kills = 1
        return Trial(kills, False, ends_well(process))

    return trial


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("archive", type=Path)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--worker-kills", type=int, default=15)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    kinds = {
        "the preparation, two pool workers": ("pool", kill_the_preparation, arguments.kills),
        "a pool worker": ("pool", kill_a_worker("pool"), arguments.worker_kills),
        "a Dask worker": ("dask", kill_a_worker("dask"), arguments.worker_kills),
    }
    rows = []
    for name, (engine, trial, wanted) in kinds.items():
        rng = random.Random(arguments.seed)
        with tempfile.TemporaryDirectory() as folder:
            whole = Path(folder) / "whole"
            begin = time.perf_counter()
            assert start(arguments.archive, whole, engine).wait() == 0
            seconds = time.perf_counter() - begin
            expected = digest(whole)
            trials: list[Trial] = []
            while sum(each.kills for each in trials) < wanted and len(trials) < 3 * wanted:
                store = Path(folder) / f"trial-{len(trials)}"
                done = trial(arguments.archive, store, rng, seconds)
                done.same = done.ended and digest(store) == expected
                trials.append(done)
                subprocess.run(["rm", "-r", str(store)], check=False)
                print(f"{name}: trial {len(trials)}: {done}", flush=True)
        hit = [each for each in trials if each.kills]
        rows.append(
            f"| {name} | {len(hit)} | {sum(each.ended for each in hit)} | {sum(each.same for each in hit)} "
            f"| {len(trials) - len(hit)} | {seconds:.1f} |"
        )
    text = f"""# Preparations that are killed

`python benchmarks/killed_preparations.py ARCHIVE --kills {arguments.kills} --worker-kills {arguments.worker_kills}`,
seed {arguments.seed}, {processor()}, {os.cpu_count()} cores, Python {platform.python_version()}; the Groove MIDI
Dataset, 4 bars, a window at every bar.

Each trial is a new store; `kill -9` comes at a moment drawn evenly from the time that an undisturbed preparation takes.
A preparation that was killed is started once more; where a worker was killed, nobody lifts a finger. *Same* counts
stores that equal the undisturbed one byte for byte; trials that ended before the kill came are counted apart.

| killed | kills | ended well | same | too late to kill | undisturbed s |
|---|--:|--:|--:|--:|--:|
{chr(10).join(rows)}
"""
    RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
