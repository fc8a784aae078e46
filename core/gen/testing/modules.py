"""What holds of any module under test: its weights and modes, draws, gradients, saving, and where its tensors lie."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any, TypeVar

import torch
from safetensors.torch import load, save
from torch import Tensor, nn
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode

from gen.testing.checks import failed, place_of, skipped
from gen.testing.subject import Subject, under_two_seeds

M = TypeVar("M", bound=nn.Module)


class ModuleSubject(Subject[M]):
    """Makes modules, in evaluation mode; the global random state is the same every time."""

    def make(self, seed: int = 0) -> M:
        """A new one with weights drawn from a seed."""
        with seeded(seed):
            return super().make().eval()

    @cached_property
    def component(self) -> M:
        """One of them, none of whose weights is zero."""
        module = self.make()
        enliven(module, 1.0)
        return module


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Torch's global random state from a seed for the length of the block; then what it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def generator_on(device: torch.device, seed: int) -> torch.Generator | None:
    """A generator for draws on a device; None for one that has no numbers to draw."""
    return None if device.type == "meta" else torch.Generator(device).manual_seed(seed)


def modes(module: nn.Module) -> Iterator[str]:
    """Put a module in evaluation and in training mode by turns, and name it; then in evaluation mode again."""
    for training in (False, True):
        module.train(training)
        try:
            yield "training" if training else "evaluation"
        finally:
            module.eval()


def enliven(module: nn.Module, scale: float) -> None:
    """Add noise to every trained weight: what starts as zero, or near it, may hide what it multiplies.

    What has more than one axis, outputs first as torch's layers have it, gets a standard deviation of
    ``scale / sqrt(fan-in)``, anything else 0.2 times ``scale``.
    """
    generator = torch.Generator().manual_seed(1)
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


def is_module(module: nn.Module, interface: type) -> None:
    """Fail unless it is what its kind has to be, with weights."""
    if not isinstance(module, interface):
        failed(f"{type(module).__name__} is no gen.{interface.__name__}")
    if not trained(module):
        failed("it has no parameter to train")


def is_finite(what: str, value: Tensor, shape: tuple[int, ...], promised: object = None) -> None:
    """Fail unless a tensor has its shape, said in other words where given, is float32, and holds finite numbers."""
    if tuple(value.shape) != shape:
        failed(f"{what}: shape {list(value.shape)}, not {list(shape) if promised is None else promised}")
    if value.dtype != torch.float32:
        failed(f"{what}: {value.dtype}, not torch.float32")
    if not torch.isfinite(value).all():
        failed(f"{what}: not finite")


def draws_only_from(run: Callable[[torch.Generator], Tensor], what: str) -> None:
    """Fail unless the same generator gives the same, whatever the global random state, which stays as it was."""

    def once(seed: int) -> Tensor:
        with seeded(seed), torch.no_grad():
            before = torch.get_rng_state()
            result = run(torch.Generator().manual_seed(4))
            if not torch.equal(before, torch.get_rng_state()):
                failed(f"{what}: draws from torch's global random state and not from the generator")
        return result

    if not torch.equal(*under_two_seeds(once)):
        failed(f"{what}: the same generator gives two results: something else is drawn from, numpy or random perhaps")


def reaches_all(loss: Callable[[], Tensor], module: nn.Module) -> None:
    """Fail unless the gradient of a loss in training mode reaches every trained parameter, finite and not zero."""
    parameters = trained(module)
    module.train()
    try:
        gradients = torch.autograd.grad(loss(), list(parameters.values()), allow_unused=True)
    finally:
        module.eval()
    found = dict(zip(parameters, gradients, strict=True))
    missed = [name for name, gradient in found.items() if gradient is None]
    nothing = [name for name, gradient in found.items() if gradient is not None and not gradient.any()]
    if missed or nothing:
        failed(
            f"no gradient reaches {', '.join([*missed, *nothing])}; "
            "what isn't meant to be trained should have requires_grad_(False)"
        )
    for name, gradient in found.items():
        if not torch.isfinite(gradient).all():
            failed(f"the gradient of {name} is not finite")


def strided(value: Tensor) -> Tensor:
    """The same numbers in another order in memory, as transposed tensors have them."""
    return value.transpose(0, -1).contiguous().transpose(0, -1)


def restores(module: nn.Module, again: nn.Module) -> None:
    """Load a module's weights into another, by way of a file's bytes."""
    content = {name: value.contiguous().clone() for name, value in module.state_dict().items()}
    again.load_state_dict(load(save(content)))


ELSEWHERE = torch.device("meta")
"""Torch's device whose tensors have a shape and no values: nothing is computed on it, so every machine has it."""

# CUDA copies from the CPU, and takes indices that lie there
_MAY_MIX = ("copy_", "_index_put_impl_", "index", "index_put", "index_put_")


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
        kwargs, name = dict(kwargs or {}), func.overloadpacket.__name__
        leaves = pytree.tree_leaves((args, kwargs))
        devices = {leaf.device.type for leaf in leaves if isinstance(leaf, Tensor) and leaf.dim() > 0}
        if len(devices) > 1 and name not in _MAY_MIX:
            raise Mixed(f"{name} meets a tensor of the CPU and one of the model's device")
        return func(*args, **kwargs)


def runs_elsewhere(module: M, run: Callable[[M, torch.device], object]) -> None:
    """Fail where tensors that were made on the CPU meet those of another device, to which the module goes for good."""
    try:
        with torch.no_grad(), OneDevice():  # type: ignore[no-untyped-call]
            run(module.to(ELSEWHERE), ELSEWHERE)
    except Mixed as error:
        failed(f"{error}{place_of(error)}")
    except (NotImplementedError, RuntimeError) as error:
        # numbers that are asked for (.item(), an if on a tensor) aren't there; on a GPU each of them waits
        reason = str(error).splitlines()[0]
        skipped(f"it can't be followed without its numbers: {reason}{place_of(error)}")


def compare_devices(module: M, run: Callable[[M, torch.device], Tensor], what: str) -> None:
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
