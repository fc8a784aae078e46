"""The processes that train one model together, on torch's own engine (torchrun, DDP, gloo or NCCL).

Every process computes its share of the slices of a batch (`gen.training.step`), gradients are added up, and every
process makes the same update. Only the first one writes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.rendezvous import rendezvous
from torch.nn.parallel import DistributedDataParallel

from gen.errors import GenError, TrainingError, UsageError

T = TypeVar("T")

_PATIENCE = timedelta(hours=1)  # longer than the first process evaluates or saves while the others wait


class Team:
    """One process of several, or the only one: which, from 0, and how many there are."""

    def __init__(self, rank: int = 0, size: int = 1) -> None:
        self.rank = rank
        self.size = size

    @property
    def leads(self) -> bool:
        """Whether this is the process that writes and speaks."""
        return self.rank == 0

    def model(self, model: nn.Module) -> nn.Module:
        """The model as it is called in training: its gradients are those of all processes, added up.

        Parameters become those of the first process.
        """
        if self.size == 1:
            return model
        # With find_unused_parameters a part may rest in some steps, and gradients stay in the same buckets from the
        # first step on: torch regroups them otherwise, and a resumed training would add up in another order.
        together = DistributedDataParallel(model, find_unused_parameters=True, gradient_as_bucket_view=True)
        together.register_comm_hook(None, lambda _, bucket: _add_up(bucket))
        return together

    def reducing(self, model: nn.Module, now: bool) -> AbstractContextManager[None]:
        """Around a pass forwards and backwards of what `model` gave; ``now`` for the last of a step."""
        if now or not isinstance(model, DistributedDataParallel):
            return nullcontext()
        waiting: AbstractContextManager[None] = model.no_sync()
        return waiting

    def add_up(self, values: Tensor) -> Tensor:
        """The sum over all processes of a tensor on the CPU."""
        if self.size > 1:
            dist.all_reduce(values)
        return values

    def most(self, number: int) -> int:
        """The largest of the processes' numbers."""
        if self.size == 1:
            return number
        value = torch.tensor(number)
        dist.all_reduce(value, dist.ReduceOp.MAX)
        return int(value)

    def spread(self, tensors: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """The first process's tensors, for all; the others give tensors of the same names, shapes and types."""
        for tensor in tensors.values() if self.size > 1 else ():
            dist.broadcast(tensor, 0)
        return tensors

    def decide(self, work: Callable[[], T]) -> T:
        """What the first process works out, for all; where that is a `GenError`, the others end with it."""
        if self.size == 1:
            return work()
        values: list[Any] = [None, None]
        if self.leads:
            try:
                values[0] = work()
            except GenError as error:
                dist.broadcast_object_list([None, str(error)], 0)
                raise
        dist.broadcast_object_list(values, 0)
        if values[1] is not None:
            raise TrainingError(f"process {self.rank} stops with the first one, which can't start: {values[1]}")
        result: T = values[0]
        return result

    def require_same(self, text: str, what: str) -> None:
        """Raise a `UsageError` unless all processes hold the same; it says what they don't."""
        if self.decide(lambda: text) != text:
            raise UsageError(
                f"process {self.rank} has other {what} than the first one: every machine needs the same recipe, the "
                "same version of gen and its plugins, and the same data"
            )

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Around whatever talks to other processes: that one of them is gone becomes a `TrainingError`."""
        try:
            yield
        except RuntimeError as error:
            if self.size == 1 or not _is_silence(error):
                raise
            raise TrainingError(
                f"process {self.rank} of {self.size} can't reach the others any more: one of them ended or was killed "
                "(its own message says why), or the network failed. All stop; nothing was saved since the latest "
                "checkpoint, from which --resume, or torchrun's --max-restarts with the same --out, goes on"
            ) from error


ALONE = Team()
"""The only process."""


def under_torchrun() -> bool:
    """Whether torchrun, or whoever sets the same variables, started this process as one of several or one of one."""
    return {"RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"} <= os.environ.keys()


def restarts() -> int:
    """How many times torchrun has started these processes again."""
    return int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0"))


def may_restart() -> bool:
    """Whether torchrun would start them again."""
    return int(os.environ.get("TORCHELASTIC_MAX_RESTARTS", "0")) > 0


def own_device(name: str) -> str:
    """The device of this process: where ``name`` leaves open which CUDA device, the one of its number here."""
    if not under_torchrun() or name not in ("auto", "cuda") or not torch.cuda.is_available():
        return name
    return f"cuda:{os.environ.get('LOCAL_RANK', '0')}"


@contextmanager
def assembled() -> Iterator[Team]:
    """The team that torchrun started, for the length of the block; `ALONE` where it didn't start this process."""
    if not under_torchrun():
        yield ALONE
        return
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() and dist.is_nccl_available() else "gloo"
    try:
        store, rank, size = next(iter(rendezvous("env://", timeout=_PATIENCE)))
        # torchrun keeps its store over restarts: without a name of their own, processes would look for dead ones
        store = dist.PrefixStore(f"gen/{restarts()}", store)  # type: ignore[attr-defined]  # documented, not exported
        dist.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=_PATIENCE)
    except (RuntimeError, ValueError) as error:
        raise TrainingError(
            f"process {os.environ['RANK']} of {os.environ['WORLD_SIZE']} doesn't find the others at "
            f"{os.environ['MASTER_ADDR']}:{os.environ['MASTER_PORT']}: {error}"
        ) from error
    yield Team(rank, size)
    dist.destroy_process_group()  # not after an error: with a process gone that could wait for ever


def _add_up(bucket: Any) -> torch.futures.Future[Tensor]:
    """DDP's step between gradients and update: their plain sum, since each is weighted by its share of examples."""
    work: Any = dist.all_reduce(bucket.buffer(), async_op=True)
    future: torch.futures.Future[Tensor] = work.get_future().then(lambda done: done.value()[0])
    return future


def _is_silence(error: RuntimeError) -> bool:
    signs = ("gloo", "Connection", "NCCL", "Broken pipe", "Socket")
    return isinstance(error, dist.DistError) or any(sign in str(error) for sign in signs)
