"""What the machine can do: a large matrix product.

On a GPU, fp32 is measured with TF32, in which cuDNN's LSTMs compute.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

SIZE = {"cpu": 2048, "cuda": 8192}
TRIES = 2


def synchronise(device: torch.device) -> None:
    """Wait for a GPU to finish what it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def peak(device: torch.device, dtype: torch.dtype, size: int | None = None) -> float:
    """FLOP/s of a square matrix product, the better of two after one that isn't counted."""
    n = size or SIZE[device.type]
    a, b = (torch.randn(n, n, device=device).to(dtype) for _ in range(2))
    small = min(n, 256)
    best = float("inf")
    with _as_cudnn(device):
        torch.mm(a[:small, :small], b[:small, :small])
        for _ in range(TRIES):
            synchronise(device)
            begin = time.perf_counter()
            torch.mm(a, b)
            synchronise(device)
            best = min(best, time.perf_counter() - begin)
    return 2 * n**3 / best


@contextmanager
def _as_cudnn(device: torch.device) -> Iterator[None]:
    before = torch.get_float32_matmul_precision()
    if device.type == "cuda":
        torch.set_float32_matmul_precision("high")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


def seconds_of(work: Callable[[], object], device: torch.device) -> float:
    """What some work takes, until the device has done all of it."""
    synchronise(device)
    begin = time.perf_counter()
    work()
    synchronise(device)
    return time.perf_counter() - begin
