"""What any module leaves as it found it: what it is given, its mode, and itself between two calls.

These are asked first, and what a call raises is left for others to tell: a fault of this kind shows in all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from gen.system.spelling import listing
from gen.testing.checks import failed, place_of, skipped
from gen.testing.modules import differs, modes, seeded
from gen.testing.subject import random_from

M = TypeVar("M", bound=nn.Module)

IN_PLACE = "an operation in place (+=, clamp_, an index on the left) on a tensor that was handed in: make a new one"
MODE = (
    "self.train(), self.eval() or torch.set_grad_enabled inside a call: use a block (torch.no_grad), ask self.training"
)
STATE = "a state, a cache or a mask that is kept on self from one call to the next"
FLOAT64 = "tensors made as torch.float32, or .float(), that meet the module's own: make them like another (z.new_zeros)"


@contextmanager
def in_bfloat16() -> Iterator[None]:
    """Autocast to bfloat16; the check is skipped where the processor, not the module, lacks a kernel for it."""
    try:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            yield
    except RuntimeError as error:
        if "could not create a primitive" in str(error):  # oneDNN's words, which has no LSTM in it for every processor
            skipped("this processor has no LSTM in bfloat16")
        raise


def leaves_inputs(module: nn.Module, run: Callable[[], object], what: str, **given: Tensor | None) -> None:
    """Fail where a call, in either mode, changes a tensor that it was given."""
    for _ in modes(module):
        before = {name: (value, value.clone()) for name, value in given.items() if value is not None}
        with suppress(Exception):
            run()
        for name, (value, copy) in before.items():
            if not torch.equal(value, copy):
                with torch.no_grad():
                    value.copy_(copy)
                failed(f"{what} changes {name} in place: whoever handed it in has another now")


def leaves_modes(module: nn.Module, run: Callable[[], object], what: str) -> None:
    """Fail where a call leaves a part in another mode, or gradients switched off."""
    for how in modes(module):
        before = {name: each.training for name, each in module.named_modules()}
        with suppress(Exception):
            run()
        gradients = torch.is_grad_enabled()
        torch.set_grad_enabled(True)
        after = {name: each.training for name, each in module.named_modules()}
        if wrong := [name or type(module).__name__ for name, was in before.items() if after[name] != was]:
            failed(f"{what} in {how} mode leaves {listing(wrong, limit=4)} in the other mode")
        if not gradients:
            failed(f"{what} in {how} mode switches gradients off for whatever comes after")


def forgets(make: Callable[[], M], run: Callable[[M, int], Tensor], what: str) -> None:
    """Fail where a call gives something else after another one: ``run(module, 0)`` after two others."""

    def once(module: M, which: int) -> Tensor:
        with random_from(1), seeded(1), torch.no_grad():
            return run(module, which)

    used = make()
    try:
        fresh = once(make(), 0)
        once(make(), 1)
    except Exception:
        return
    try:
        once(used, 1)
        once(used, 2)
        again = once(used, 0)
    except Exception as error:
        failed(f"after another call {what} raises {type(error).__name__}: {error}{place_of(error)}")
    if not torch.equal(again, fresh):
        failed(f"after another call {what} gives something else for the same input, generator and weights")


def doubled(value: Any) -> Any:
    """A tensor of real numbers in double precision; anything else as it is."""
    return value.double() if isinstance(value, Tensor) and value.is_floating_point() else value


def wide(module: M, again: M) -> M:
    """The same weights in double precision, in another module of that make."""
    again.double().load_state_dict(deepcopy(module.state_dict()))
    return again


def is_as_precise(what: str, wide: Tensor, plain: Tensor) -> None:
    """Fail unless double precision gives about the same."""
    if differs(wide.to(plain.dtype), plain, tolerance=1e-3).any():
        failed(f"in double precision {what} is off by {(wide - plain).abs().max().item():.3g}")
