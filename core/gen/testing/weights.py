"""Weights and random numbers of modules under test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Torch's global random state from a seed for the length of the block; then what it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def generator_on(device: torch.device, seed: int) -> torch.Generator | None:
    """A generator for draws on a device; None for one that has no numbers to draw."""
    return None if device.type == "meta" else torch.Generator(device).manual_seed(seed)


@contextmanager
def mode(module: nn.Module, training: bool) -> Iterator[None]:
    """Training or evaluation mode for the length of the block, and evaluation mode after it."""
    module.train(training)
    try:
        yield
    finally:
        module.eval()


def enliven(module: nn.Module, scale: float, *, seed: int) -> None:
    """Add noise to every trained weight: what starts as zero, or near it, may hide what it multiplies.

    What has more than one axis, outputs first as torch's layers have it, gets a standard deviation of
    ``scale / sqrt(fan-in)``, anything else 0.2 times ``scale``.
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in trained(module).values():
            spread = scale / parameter[0].numel() ** 0.5 if parameter.dim() > 1 else 0.2 * scale
            parameter.add_(spread * torch.randn(parameter.shape, generator=generator))


def trained(module: nn.Module) -> dict[str, nn.Parameter]:
    """The parameters that training changes, by name."""
    return {name: parameter for name, parameter in module.named_parameters() if parameter.requires_grad}


def differs(one: Tensor, other: Tensor, *, tolerance: float = 1e-4) -> Tensor:
    """Where two tensors differ by more than rounding: bool, of their shape. NaN differs from everything."""
    scale = torch.maximum(one.abs(), other.abs()).clamp(min=1.0)
    return ~((one - other).abs() <= tolerance * scale)
