"""Whether a training survives being killed: kill -9 at random moments, and the finished run bit for bit.

    python benchmarks/killed_trainings.py --kills 100 --bf16-kills 20 --team-kills 4

A tiny model with scheduled sampling, dropout, changes of key, slices and an evaluation every few steps is trained once
undisturbed. Then the same command is started again and again and killed each time: half of the times at a moment drawn
evenly, half at one of its file operations (writing, syncing, renaming or deleting a checkpoint or the metrics), drawn
evenly too. What is left must be readable after every kill, and weights, optimiser and metrics of the finished run must
be those of the undisturbed one. The same under torchrun with two processes, of which one is killed.

Trainings are forked from a process that has imported everything, so that kills hit ``gen train`` at work and not at its
imports. Results go to benchmarks/results/killed_trainings.md.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import os
import platform
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

import torch
from common import processor

from gen.cli import main as main_of_gen
from gen.errors import CheckpointError
from gen.training.batch import require_precision
from gen.training.checkpoint import checkpoints, load_checkpoint

RESULTS = Path(__file__).parent / "results" / "killed_trainings.md"
STEPS = 16
HANGS_AFTER = 600  # seconds
RECIPE = [
    "cat-mel_2bar_tiny",
    "converter.slice_bars=1",
    "data={source: {type: demo, parts: melody, clips: 30}, augment: {transpose: [-5, 5]}}",
    "encoder={sizes: [16], dropout: 0.2}",
    "decoder={sizes: [16, 12], dropout: 0.2}",
    "latent.size=8",
    "training={batch_size: 5, accumulate: 2, log_every: 1, eval_every: 4, eval_batches: 1, checkpoint_every: 1, "
    f"steps: {STEPS}, keep_checkpoints: 2, keep_best: 1, keep_every: 5, "
    "sampling: {schedule: inverse_sigmoid, rate: 10}}",
]
OPERATIONS = ("fsync", "rename", "replace", "unlink", "rmdir", "mkdir")
"""Functions of ``os`` by which files are made, made durable and deleted."""


@dataclass
class Account:
    """What became of the kills of one kind of training."""

    hits: Counter[str] = field(default_factory=Counter)
    unreadable: int = 0
    trainings: int = 0
    same: int = 0
    survived: int = 0


def words(run: Path, precision: str, *, resume: bool) -> list[str]:
    own = ["--resume", str(run)] if resume else [*RECIPE, f"training.precision={precision}", "--out", str(run)]
    return ["train", *own, "--samples", "0", "--device", "cpu"]


def watch_operations(fatal: int | None) -> Iterator[int]:
    """Count this process's file operations, and die at one of them."""
    count = itertools.count()
    for name in OPERATIONS:
        setattr(os, name, counted(getattr(os, name), count, fatal))
    return count


def counted(operation: Callable[..., object], count: Iterator[int], fatal: int | None) -> Callable[..., object]:
    def with_count(*args: object, **options: object) -> object:
        number = next(count)
        if number == fatal and number % 2 == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        done = operation(*args, **options)
        if number == fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    return with_count


class Training:
    """``gen train`` in a forked process.

    Args:
        argv: after ``gen``.
        fatal: number of the file operation at which it kills itself, counted from 0; the operation is done first where
            the number is odd.
    """

    def __init__(self, argv: list[str], *, fatal: int | None = None) -> None:
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 -- read after the end
        self.code: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            for number in (1, 2):
                os.dup2(self.log.fileno(), number)
            count = watch_operations(fatal)
            code = main_of_gen(argv)
            print(f"modules: {' '.join(sys.modules)}\noperations: {next(count)}", flush=True)
            os._exit(code)

    def ended(self) -> bool:
        if self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
        return self.code is not None

    def kill(self) -> bool:
        """Whether it was still there to be killed."""
        if self.ended():
            return self.code == -signal.SIGKILL
        os.kill(self.pid, signal.SIGKILL)
        self.code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.code == -signal.SIGKILL

    def require(self) -> None:
        """Wait for a good end."""
        if self.code is None:
            self.code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        assert self.code == 0, self.said()

    def said(self) -> str:
        self.log.seek(0)
        return self.log.read().decode()


def result(run: Path) -> tuple[str, list[str], list[dict[str, object]]]:
    """Everything that must be the same: the last checkpoint, which ones are there, and the curve without the clock."""
    last = run / "checkpoints" / f"step-{STEPS}"
    digest = hashlib.sha256(b"".join((last / f"{part}.safetensors").read_bytes() for part in ("model", "state")))
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    curve = [{key: value for key, value in line.items() if key != "steps_per_second"} for line in lines]
    return digest.hexdigest(), sorted(path.name for path in checkpoints(run / "checkpoints")), curve


def all_readable(run: Path) -> bool:
    """Whether every checkpoint that is there is whole."""
    try:
        for path in checkpoints(run / "checkpoints"):
            load_checkpoint(path)
    except CheckpointError:
        return False
    return True


def trial(folder: Path, precision: str, kills: int, typical: Typical, rng: random.Random, account: Account) -> Path:
    """A training that is killed so many times, and then left to end."""
    run = folder / f"run-{account.trainings}"
    account.trainings += 1
    for _ in range(kills):
        begun, began = (run / "recipe.yaml").exists(), time.monotonic()
        argv = words(run, precision, resume=begun)
        at_operation = rng.random() < 0.5
        training = Training(argv, fatal=rng.randrange(typical.operations) if at_operation else None)
        deadline = began + (HANGS_AFTER if at_operation else rng.uniform(0, typical.seconds))
        while not training.ended() and time.monotonic() < deadline:
            time.sleep(0.005)
        if not training.kill():
            training.require()
            if not begun:
                typical.seconds = time.monotonic() - began
            return run  # it ended before it was hit: the next training takes the rest of the kills
        account.hits["at a file operation" if at_operation else "at any moment"] += 1
        account.unreadable += not all_readable(run)
    Training(words(run, precision, resume=(run / "recipe.yaml").exists())).require()
    return run


@dataclass
class Typical:
    """Of an undisturbed training; on a busy machine the time is that of the latest that ended."""

    seconds: float
    operations: int


def killed_alone(folder: Path, precision: str, kills: int, rng: random.Random) -> Account:
    whole = folder / f"whole-{precision}"
    first = Training(words(whole, precision, resume=False))  # prepares the examples
    first.require()
    for name in first.said().rpartition("modules: ")[2].partition("\n")[0].split():
        with suppress(ImportError):
            import_module(name)  # so that no other process has to
    shutil.rmtree(whole)
    begin = time.perf_counter()
    training = Training(words(whole, precision, resume=False))
    training.require()
    operations = int(training.said().rpartition("operations: ")[2])
    typical = Typical(time.perf_counter() - begin, operations)
    print(f"{precision}: {typical}", flush=True)
    expected = result(whole)
    account = Account()
    while (before := sum(account.hits.values())) < kills:
        run = trial(folder / precision, precision, min(kills - before, rng.randint(2, 6)), typical, rng, account)
        if result(run) == expected:
            account.same += 1
            account.survived += sum(account.hits.values()) - before
        print(f"{precision}: {account}", flush=True)
    return account


def torchrun(run: Path, restarts: int) -> list[str]:
    own = ["--nproc-per-node", "2", "--max-restarts", str(restarts), "--monitor-interval", "0.2"]
    rest = [*RECIPE, "--out", str(run), "--samples", "0", "--device", "cpu"]
    return [sys.executable, "-m", "torch.distributed.run", *own, "-m", "gen", "train", *rest]


def ranks(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
            if b"gen" in words and b"train" in words:
                found.append(int(child))
    return sorted(found)


def killed_together(folder: Path, kills: int, rng: random.Random) -> Account:
    """One of two ranks killed, now this, now that; torchrun starts both again."""
    alone = folder / "alone"
    Training(words(alone, "fp32", resume=False)).require()
    expected = result(alone)
    account = Account()
    for number in range(kills):
        run = folder / f"team-{number}"
        account.trainings += 1
        process = subprocess.Popen(torchrun(run, 2), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wanted = rng.randrange(2, STEPS - 6)
        while process.poll() is None and not (run / "checkpoints" / f"step-{wanted}").exists():
            time.sleep(0.01)
        there = ranks(process.pid) if process.poll() is None else []
        if len(there) == 2:
            os.kill(there[number % 2], signal.SIGKILL)
            account.hits["the first of them" if number % 2 == 0 else "the second of them"] += 1
        assert process.wait() == 0
        if result(run) == expected:
            account.same += 1
            account.survived += len(there) == 2
        print(f"two processes: {account}", flush=True)
    return account


def main() -> None:
    torch.set_num_threads(1)
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--bf16-kills", type=int, default=20)
    parser.add_argument("--team-kills", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    works: dict[str, Callable[[Path], Account]] = {
        "one process, fp32": lambda folder: killed_alone(folder, "fp32", arguments.kills, rng)
    }
    if arguments.bf16_kills:
        require_precision("bf16", torch.device("cpu"))
        works["one process, bf16"] = lambda folder: killed_alone(folder, "bf16", arguments.bf16_kills, rng)
    works["one of two processes under torchrun"] = lambda folder: killed_together(folder, arguments.team_kills, rng)
    rows, moments = [], []
    for name, work in works.items():
        with tempfile.TemporaryDirectory() as folder:
            found = work(Path(folder))
        rows.append(
            f"| {name} | {sum(found.hits.values())} | {found.unreadable} | {found.trainings} | {found.same} "
            f"| {found.survived} |"
        )
        moments += [f"| {name} | {moment} | {count} |" for moment, count in sorted(found.hits.items())]
    text = f"""# Trainings that are killed

`python benchmarks/killed_trainings.py --kills {arguments.kills} --bf16-kills {arguments.bf16_kills} --team-kills \
{arguments.team_kills}`, seed {arguments.seed};
{processor()}, {os.cpu_count()} cores busy with other work, one thread; Python {platform.python_version()}, torch \
{torch.__version__}.

A model of a few units on made-up melodies, {STEPS} steps, with scheduled sampling, dropout, a new key for every example
in every epoch, two slices a batch, an evaluation every 4 steps, a checkpoint every step, of which the latest two, the
best and every fifth stay. `kill -9`, then `gen train --resume` (or, where the kill came before there was a run, the
same command); each training is killed up to six times. *At a file operation*: before or after a sync, a
rename or a deletion of a checkpoint, the metrics or the recipe; *at any moment*: drawn evenly from the time that an
undisturbed training takes. *Same*: weights and optimiser of the last checkpoint bit for bit, the same checkpoints kept,
and every line of metrics but for the clock, as of a training that nobody touched. Under torchrun nobody lifts a finger:
`--max-restarts` starts both processes again, and the expected result is that of **one** process.

| what is killed | kills | left something unreadable | trainings | same | kills survived |
|---|--:|--:|--:|--:|--:|
{chr(10).join(rows)}

| what is killed | when | kills |
|---|---|--:|
{chr(10).join(moments)}
"""
    RESULTS.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
