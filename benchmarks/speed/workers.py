"""Processes that each hold one job and run it when they are told to.

A job has a process of its own so that its peak of memory is its own, and so that its instruction set can be chosen;
jobs that are compared wait for their turns, because machines are noisy. Parent and child speak in lines of JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, Any

import gen
from speed.settings import Setting

ISAS = {
    "native": {},
    # torch's own kernels, oneDNN's and MKL's: each library asks the processor by itself
    "avx2": {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "MKL_ENABLE_INSTRUCTIONS": "AVX2"},
}
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Order:
    """What a worker is told to be.

    Attributes:
        kind: one of `speed.worker.KINDS`.
        setting: the model.
        device: where.
        isa: one of `ISAS`.
        keep: whether freed memory is kept for the next step, as ``gen train`` does.
        peak: width of the matrices of the peak; None for the usual ones.
    """

    kind: str
    setting: Setting
    device: str = "cpu"
    isa: str = "native"
    keep: bool = True
    peak: int | None = None

    @property
    def text(self) -> str:
        """For `order_from`, in the other process."""
        return json.dumps(asdict(self))


@dataclass(frozen=True)
class Turn:
    """What a worker measured in a turn: seconds of each repetition, and the peak beside them in FLOP/s, if asked."""

    seconds: list[float]
    peak: float | None


class RefusedError(Exception):
    """A job can't be done here, with the reason."""


class Worker:
    """A process with a job. Starting returns at once; whatever is asked first waits until the job is made.

    Args:
        order: what it is to be.
    """

    def __init__(self, order: Order) -> None:
        self.order = order
        environment = {name: value for name, value in os.environ.items() if name not in THREADS}
        paths = [str(ROOT), *filter(None, [environment.get("PYTHONPATH")])]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "speed.worker", order.text],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**environment, **ISAS[order.isa], "PYTHONPATH": os.pathsep.join(paths)},
        )
        self._facts: dict[str, Any] | None = None

    @property
    def facts(self) -> dict[str, Any]:
        """What the job says of itself.

        Raises:
            RefusedError: it can't be done here.
        """
        if self._facts is None:
            self._facts = self._hear()
        return self._facts

    def time(self, action: str, *, threads: int | None, repeats: int = 1, peak: bool = False) -> Turn:
        """Have an action done so many times.

        Args:
            action: one of the job's.
            threads: on how many; None leaves that to torch.
            repeats: how many times.
            peak: whether to measure the peak before and after; the higher counts.
        """
        assert self.facts is not None
        answer = self._ask({"action": action, "threads": threads, "repeats": repeats, "peak": peak})
        return Turn(answer["seconds"], answer["peak"])

    def memory(self) -> float:
        """Peak memory so far, in MB."""
        return float(self._ask({"action": "memory"})["memory"])

    def close(self) -> None:
        """End the process."""
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()  # a worker that hears nothing more ends
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        stdin = self._process.stdin
        assert stdin is not None
        stdin.write(json.dumps(request) + "\n")
        stdin.flush()
        return self._hear()

    def _hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"the process of {self.order} ended with exit code {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        if "refused" in answer:
            raise RefusedError(answer["refused"])
        return answer


class Workers:
    """Several of them, to be closed together; their examples are prepared before any starts."""

    def __init__(self, orders: Sequence[Order]) -> None:
        for setting in dict.fromkeys(order.setting for order in orders if order.kind != "sampling"):
            gen.prepare(setting.load())
        self.all = [Worker(order) for order in orders]

    def __enter__(self) -> list[Worker]:
        return self.all

    def __exit__(self, *_: object) -> None:
        for worker in self.all:
            worker.close()


def order_from(text: str) -> Order:
    """What `Order.text` gave."""
    order = Order(**json.loads(text))
    setting: Any = order.setting
    return replace(order, setting=Setting(**{**setting, "overrides": tuple(setting["overrides"])}))


def answer(channel: IO[str], message: dict[str, Any]) -> None:
    """Say something to the parent."""
    channel.write(json.dumps(message) + "\n")
    channel.flush()
