"""What the machine can do: a large matrix product."""

from __future__ import annotations

import time

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
    torch.mm(a[:small, :small], b[:small, :small])
    best = float("inf")
    for _ in range(TRIES):
        synchronise(device)
        begin = time.perf_counter()
        torch.mm(a, b)
        synchronise(device)
        best = min(best, time.perf_counter() - begin)
    return 2 * n**3 / best
