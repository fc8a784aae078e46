"""Where tensors lie, followed on a machine that has no device but its CPU."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode

from gen.testing.checks import failed, place_of, skipped
from gen.testing.modules import differs

Module = TypeVar("Module", bound=nn.Module)

ELSEWHERE = torch.device("meta")
"""Torch's device whose tensors have a shape and no values: nothing is computed on it, so every machine has it."""

# CUDA copies from the CPU, and takes indices that lie there
_MAY_MIX = (
    torch.ops.aten.copy_.default,
    torch.ops.aten._index_put_impl_.default,
    torch.ops.aten.index.Tensor,
    torch.ops.aten.index_put.default,
    torch.ops.aten.index_put_.default,
)


class Mixed(Exception):
    """An operation met tensors of two devices."""


class OneDevice(TorchDispatchMode):  # type: ignore[no-untyped-call]  # its base has no annotations
    """Refuses operations on tensors of two devices, as CUDA does; single numbers may lie anywhere.

    Raises:
        Mixed: by the operation; the text names it.
    """

    def __torch_dispatch__(
        self, func: Any, types: Sequence[type], args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        leaves = pytree.tree_leaves((args, dict(kwargs)))
        devices = {leaf.device.type for leaf in leaves if isinstance(leaf, Tensor) and leaf.dim() > 0}
        if len(devices) > 1 and func not in _MAY_MIX:
            raise Mixed(f"{func.overloadpacket.__name__} meets a tensor of the CPU and one of the model's device")
        return func(*args, **kwargs)


def runs_elsewhere(module: Module, run: Callable[[Module, torch.device], object]) -> None:
    """Fail where tensors that were made on the CPU meet those of another device.

    Args:
        module: moved to that device, for good.
        run: moves all else there, and computes.
    """
    try:
        with torch.no_grad(), OneDevice():  # type: ignore[no-untyped-call]
            run(module.to(ELSEWHERE), ELSEWHERE)
    except Mixed as error:
        failed(f"{error}{place_of(error)}")
    except (NotImplementedError, RuntimeError) as error:
        # numbers that are asked for (.item(), an if on a tensor) aren't there; on a GPU each of them waits
        reason = str(error).splitlines()[0]
        skipped(f"it can't be followed without its numbers: {reason}{place_of(error)}")


def compare_devices(module: Module, run: Callable[[Module, torch.device], Tensor], what: str) -> None:
    """Fail unless a CUDA device gives what the CPU gives, to a thousandth; ``what`` names it."""
    if not torch.cuda.is_available():
        skipped("there is no CUDA device on this machine")
    try:
        with torch.no_grad():
            here, there = (run(module.to(name), torch.device(name)).cpu() for name in ("cpu", "cuda"))
    finally:
        module.to("cpu")
    if differs(there, here, tolerance=1e-3).any():
        failed(f"{what} on a CUDA device is off by {(there - here).abs().max().item():.3g}")
