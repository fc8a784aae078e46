"""What holds of any module: draws, gradients, saving, devices."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import torch
from safetensors.torch import load, save
from torch import Tensor, nn

from gen.testing.checks import failed, skipped
from gen.testing.weights import differs, seeded, trained


def draws_only_from(run: Callable[[torch.Generator], Tensor], what: str) -> None:
    """Fail unless the same generator gives the same, whatever the global random state, which stays as it was."""
    python, numpy = random.getstate(), np.random.get_state(legacy=True)  # noqa: NPY002 - what must not be used
    results = []
    try:
        for seed in (1, 2):
            random.seed(seed)
            np.random.seed(seed)  # noqa: NPY002
            with seeded(seed), torch.no_grad():
                before = torch.get_rng_state()
                results.append(run(torch.Generator().manual_seed(4)))
                if not torch.equal(before, torch.get_rng_state()):
                    failed(f"{what}: draws from torch's global random state and not from the generator")
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002
    if not torch.equal(results[0], results[1]):
        failed(f"{what}: the same generator gives two results: something else is drawn from, numpy or random perhaps")


def reaches_all(loss: Tensor, module: nn.Module) -> None:
    """Fail unless the gradient of a loss reaches every trained parameter, finite and not zero."""
    parameters = trained(module)
    gradients = torch.autograd.grad(loss, list(parameters.values()), allow_unused=True)
    missed = [name for name, gradient in zip(parameters, gradients, strict=True) if gradient is None]
    nothing = [name for name, each in zip(parameters, gradients, strict=True) if each is not None and not each.any()]
    if missed or nothing:
        failed(
            f"no gradient reaches {', '.join([*missed, *nothing])}; "
            "what isn't meant to be trained should have requires_grad_(False)"
        )
    for name, gradient in zip(parameters, gradients, strict=True):
        if not torch.isfinite(gradient).all():
            failed(f"the gradient of {name} is not finite")


def restores(module: nn.Module, again: nn.Module) -> None:
    """Load a module's weights into another, by way of a file's bytes."""
    content = {name: value.contiguous().clone() for name, value in module.state_dict().items()}
    again.load_state_dict(load(save(content)))


def compare_devices(run: Callable[[torch.device], Tensor], what: str, *, back: Callable[[], object]) -> None:
    """Fail unless a CUDA device gives what the CPU gives, to a thousandth.

    Args:
        run: moves everything to a device and computes.
        what: the result, for messages.
        back: moves everything back to the CPU.
    """
    if not torch.cuda.is_available():
        skipped("there is no CUDA device on this machine")
    try:
        with torch.no_grad():
            here = run(torch.device("cpu"))
            there = run(torch.device("cuda")).cpu()
    finally:
        back()
    if differs(there, here, tolerance=1e-3).any():
        failed(f"{what} on a CUDA device is off by {(there - here).abs().max().item():.3g}")
