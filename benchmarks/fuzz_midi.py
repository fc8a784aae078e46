"""Whether any MIDI file, however damaged, can crash, hang or swell what reads and converts it.

    python benchmarks/fuzz_midi.py groove-v1.0.0-midionly.zip melodies.zip multitrack.zip

First every file of every archive is read and converted as it is, by every converter; then 20,000, drawn by a seed,
after one to three of the mutations in tests/support/midi_mutations.py. All of it happens in a worker process with a
limit on its memory. One that dies, or spends a minute of CPU time on a file (an hour of any time), is counted against
the file that it had, and another goes on behind that file. ``--only N`` shows what becomes of one file, and
``--keep PATH`` writes it down.

A crash is any exception but `gen.errors.MidiError`, a broken promise about examples, or a dead worker. A hang is a file
that takes over five seconds of CPU time to be read, or by one converter, or a worker that had to be stopped. Results
are printed and go to benchmarks/results/fuzz_midi.md, which says how far it has come while this runs.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fuzz_report import Tally

RESULTS = Path(__file__).parent / "results" / "fuzz_midi.md"
_MOST_CPU, _MOST_WALL = 60.0, 3600.0  # seconds for one file; a busy machine says nothing about a file


def work(arguments: argparse.Namespace) -> None:
    """Print what becomes of every file from one number on, a line of JSON each."""
    limit = arguments.memory << 20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    from fuzz_cases import Cases, Harness

    cases = Cases(arguments.archives, every=arguments.every, mutants=arguments.mutants, seed=arguments.seed)
    harness = Harness()
    print(json.dumps({"cases": len(cases), "clean": cases.clean}), flush=True)
    last = len(cases) if arguments.only is None else arguments.from_number + 1
    for number in range(arguments.from_number, last):
        case = cases[number]
        if arguments.keep:
            arguments.keep.write_bytes(case.data)
        about = {"number": number, "archive": case.archive, "name": case.name, "mutations": case.mutations}
        print(json.dumps({**about, "bytes": len(case.data), **harness.outcome(case.data, number)}), flush=True)


def outcomes(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """What became of each file; begins with how many there are. Starts workers until every file had its turn."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    archives = [str(path) for path in arguments.archives]
    options = [f"--{name}={getattr(arguments, name)}" for name in ("every", "mutants", "seed", "memory")]
    number, count = 0, 1
    while number < count:
        command = [sys.executable, __file__, *archives, *options, "--from-number", str(number)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as worker:
            said = _lines(worker)
            head = next(said, None)
            if head is None:
                raise SystemExit("a worker could not begin; see above")
            if number == 0:
                yield head
            count = head["cases"]
            for line in said:
                number = line["number"] + 1
                yield line
        if number < count:
            end = "was stopped" if worker.returncode == -9 else f"died ({worker.returncode})"
            yield {"number": number, "worker": end}
            number += 1


def _lines(worker: subprocess.Popen[bytes]) -> Iterator[dict[str, Any]]:
    """What a worker says, until it ends or is stopped because it takes too long for a file."""
    assert worker.stdout is not None
    pipe, rest = worker.stdout.fileno(), b""
    begun, spent = time.monotonic(), _cpu_seconds(worker.pid)
    while time.monotonic() - begun < _MOST_WALL and _cpu_seconds(worker.pid) - spent < _MOST_CPU:
        if not select.select([pipe], [], [], 1.0)[0]:
            continue
        new = os.read(pipe, 1 << 16)
        if not new:
            return
        *whole, rest = (rest + new).split(b"\n")
        yield from map(json.loads, whole)
        begun, spent = time.monotonic(), _cpu_seconds(worker.pid)
    worker.kill()


def _cpu_seconds(process: int) -> float:
    """CPU time of a process so far; 0 where the system doesn't tell."""
    stat = Path(f"/proc/{process}/stat")
    if not stat.exists():
        return 0.0
    user, system = stat.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archives", nargs="+", type=Path, help="zip archives of MIDI files")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="take every Nth of the whole files only")
    parser.add_argument("--mutants", type=int, default=20_000, help="mutated files (default 20000)")
    parser.add_argument("--seed", type=int, default=1, help="of the mutations (default 1)")
    parser.add_argument("--memory", type=int, default=1024, help="address space of a worker in MiB (default 1024)")
    parser.add_argument("--only", type=int, metavar="N", help="show what becomes of one file, clean ones counted first")
    parser.add_argument("--keep", type=Path, metavar="PATH", help="with --only: write the file")
    parser.add_argument("--from-number", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.only is not None:
        arguments.from_number = arguments.only
    if arguments.from_number is not None:
        work(arguments)
        return
    said = outcomes(arguments)
    tally = Tally(**next(said))
    for outcome in said:
        tally.add(outcome)
        if outcome["number"] % 500 == 499:
            _write(tally.report(arguments))
    text = tally.report(arguments)
    _write(text)
    print(text)


def _write(text: str) -> None:
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
