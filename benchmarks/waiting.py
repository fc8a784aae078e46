"""How OpenMP's threads should wait for each other: a training step on quiet cores, and beside one other process a core.

    python benchmarks/waiting.py

Every way of waiting is tried in a process of its own, because OpenMP reads its variables once; ways take turns, round
by round.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from common import processor

RESULTS = Path(__file__).parent / "results" / "waiting-cpu.md"
WAYS: dict[str, dict[str, str]] = {
    "as OpenMP has it": {},
    "passive": {"OMP_WAIT_POLICY": "passive"},
    "spins 10,000 times": {"GOMP_SPINCOUNT": "10000"},
    "one thread": {"OMP_NUM_THREADS": "1"},
}
STEPS = 7
STEP = """
import sys, torch
from speed.jobs import TrainingJob
from speed.settings import GROOVE
job = TrainingJob(GROOVE, torch.device("cpu"))
for _ in range(int(sys.argv[1])):
    print(job.actions["step"](), flush=True)
"""


@contextmanager
def others(count: int) -> Iterator[None]:
    """Processes that do nothing but keep a core busy."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for each in busy:
            each.kill()
            each.wait()


def step_seconds(variables: dict[str, str]) -> float:
    """Median seconds of a step of `groovae_4bar` at batch 64, without the first two."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("OMP_", "GOMP_"))}
    path = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    run = subprocess.run(
        [sys.executable, "-c", STEP, str(STEPS)],
        env={**kept, **variables, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    return statistics.median([float(line) for line in run.stdout.split()][2:])


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quiet-rounds", type=int, default=7)
    parser.add_argument("--busy-rounds", type=int, default=3)
    options = parser.parse_args()
    cores = os.cpu_count() or 1
    taken: dict[tuple[str, int], list[float]] = {}
    for busy, rounds in ((0, options.quiet_rounds), (cores, options.busy_rounds)):
        with others(busy):
            for _ in range(rounds):
                for name, variables in WAYS.items():
                    taken.setdefault((name, busy), []).append(step_seconds(variables))
                    print(busy, name, taken[name, busy][-1], flush=True)
    first = next(iter(WAYS))
    quiet = (statistics.median(taken[first, 0]), min(taken[first, 0]))
    rows = [
        "| waiting threads | quiet, s: median (least) | of the first row | beside others, s | of its quiet step |",
        "|---|--:|--:|--:|--:|",
    ]
    for name in WAYS:
        alone, least, crowded = (
            of(taken[name, n]) for of, n in ((statistics.median, 0), (min, 0), (statistics.median, cores))
        )
        ratios = f"{alone / quiet[0]:.2f} ({least / quiet[1]:.2f})"
        rows.append(f"| {name} | {alone:.2f} ({least:.2f}) | {ratios} | {crowded:.2f} | {crowded / alone:.2f} |")
    rounds = f"{options.quiet_rounds} quiet rounds, then {options.busy_rounds} busy ones, in turn"
    said = f"{processor()}, {cores} cores; steps of `groovae_4bar` at batch 64; {rounds}."
    RESULTS.write_text(
        "\n".join(["# Waiting for another thread", "", "`python benchmarks/waiting.py`", "", said, "", *rows, ""])
    )


if __name__ == "__main__":
    main()
