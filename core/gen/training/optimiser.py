"""Clipping, the skip rule and the update, as the original applies them (base_model.py), by any optimiser."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from gen.errors import PluginError, TrainingError
from gen.interfaces.optimiser import Optimiser as Maker
from gen.interfaces.schedule import Schedule
from gen.model.schedules import learning_rate
from gen.recipes.build import construct
from gen.recipes.sections import Component, TrainingSection
from gen.training.updates import Adam

_COUNTS = ("updates", "skipped", "skipped_in_a_row")
_UPDATES = "step"  # how torch's optimisers call the number of a parameter's updates


@dataclass(frozen=True)
class Update:
    """What one optimiser step did: the rate used, the gradients' global norm before clipping, whether they counted."""

    learning_rate: float
    gradient_norm: float
    skipped: bool

    @property
    def finite(self) -> bool:
        """Whether the gradients were numbers: of a loss that isn't finite they are none."""
        return math.isfinite(self.gradient_norm)


class Optimiser:
    """Updates those parameters that are trained, by the recipe's rules and its optimiser.

    A gradient whose global norm is not a number, or not below ``grad_norm_limit``, is replaced by zeros; the step
    still counts and the moments still decay, as in the original. With ``clip: value``, where the original lets NaN
    into the weights, the same is done with norms that aren't finite.
    """

    def __init__(
        self, parameters: Iterable[nn.Parameter], training: TrainingSection, *, maker: Maker | None = None
    ) -> None:
        self.training = training
        self.parameters = [parameter for parameter in parameters if parameter.requires_grad]
        self._maker = maker or maker_of(training)
        self.torch = self._maker.make(self.parameters, training.learning_rate)
        self._multiples = [group["lr"] / training.learning_rate for group in self.torch.param_groups]
        self._schedule = schedule_of(training)
        self.updates = 0
        self.skipped = 0
        self.skipped_in_a_row = 0

    def step(self, step: int) -> Update:
        """Clip the gradients that stand in the parameters, update at the rate of a step from 0, and clear them."""
        norm, skipped = self._clip()
        self.updates += 1
        self.skipped += skipped
        self.skipped_in_a_row = self.skipped_in_a_row + 1 if skipped else 0
        rate = learning_rate(self.training, step, self._schedule)
        for group, multiple in zip(self.torch.param_groups, self._multiples, strict=True):
            group["lr"] = rate * multiple
        self._maker.before(self.torch, self.updates)
        self.torch.step()
        self.torch.zero_grad(set_to_none=True)
        return Update(rate, norm, skipped)

    def require_progress(self, update: Update, step: int, latest: str | None) -> None:
        """Make sure that fewer updates than ``max_skipped`` were skipped one after another, this one being the last.

        ``latest`` is the name of the latest checkpoint from before the first of them, None where there is none.

        Raises:
            TrainingError: too many were; the text says what to do.
        """
        training = self.training
        most = training.max_skipped
        if most is None or self.skipped_in_a_row < most:
            return
        limit = "" if training.clip == "value" else f" (training.grad_norm_limit is {training.grad_norm_limit:g})"
        raise TrainingError(
            f"step {step}: the gradients of the last {self.skipped_in_a_row} steps were unusable, the last one's norm "
            f"{update.gradient_norm:g}{limit}, so the model has stopped learning. Nothing of these steps was saved. "
            f"{way_out(latest)}; training.max_skipped=null goes on whatever happens"
        )

    def state(self) -> dict[str, Tensor]:
        """Everything to go on from, as tensors: counts, and what torch keeps of every parameter, in order."""
        state = {name: torch.tensor(getattr(self, name)) for name in _COUNTS}
        slots = [self.torch.state.get(parameter, {}) for parameter in self.parameters]
        # a parameter that no loss reached in a step was not updated in it
        state["parameter_updates"] = torch.tensor([int(slot.get(_UPDATES, 1)) if slot else 0 for slot in slots])
        for index, slot in enumerate(slots):
            kept = slot or (self._blank[index] if not all(slots) else {})
            state |= {f"{name}.{index}": _as_tensor(value) for name, value in _kept(kept).items()}
        for index, group in enumerate(self.torch.param_groups):
            state |= {f"group.{index}.{name}": _as_tensor(group[name]) for name in self._maker.remembers}
        return state

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Take up what `state` gave.

        Raises:
            ValueError: the state belongs to other parameters, or another optimiser.
        """
        if set(state) != set(self.state()) or len(state["parameter_updates"]) != len(self.parameters):
            raise ValueError(
                f"the optimiser state is for other parameters than these {len(self.parameters)}, or of another "
                "optimiser"
            )
        for name in _COUNTS:
            setattr(self, name, int(state[name]))
        for index, (parameter, updates) in enumerate(
            zip(self.parameters, state["parameter_updates"].tolist(), strict=True)
        ):
            blank = self._blank[index]
            slots = {name: state[f"{name}.{index}"] for name in _kept(blank)}
            for name, slot in slots.items():
                if slot.shape != (wanted := _as_tensor(blank[name])).shape:
                    raise ValueError(f"{name}.{index} is {list(slot.shape)}, not {list(wanted.shape)}")
            if updates:
                found = {name: _like(blank[name], slot) for name, slot in slots.items()}
                if _UPDATES in blank:
                    found = {_UPDATES: _like(blank[_UPDATES], torch.tensor(float(updates))), **found}
                self.torch.state[parameter] = found
        for index, group in enumerate(self.torch.param_groups):
            group |= {name: _like(group[name], state[f"group.{index}.{name}"]) for name in self._maker.remembers}

    @cached_property
    def _blank(self) -> list[dict[str, Any]]:
        """What torch keeps of every parameter, with zeros: as it is after an update of copies by gradients of nothing.

        Tensors have their shape and device, and take no memory.
        """
        copies = [nn.Parameter(parameter.detach().clone()) for parameter in self.parameters]
        for copy in copies:
            copy.grad = torch.zeros_like(copy)
        made = self._maker.make(copies, self.training.learning_rate)
        self._maker.before(made, 1)
        made.step()
        return [
            {
                name: torch.zeros((), dtype=value.dtype, device=value.device).expand(value.shape)
                if isinstance(value, Tensor)
                else type(value)()
                for name, value in made.state[copy].items()
                if value is not None
            }
            for copy in copies
        ]

    @torch.no_grad()
    def _clip(self) -> tuple[float, bool]:
        """Apply the clipping rule in place; returns the global norm before it, and whether all was zeroed."""
        gradients = [parameter.grad for parameter in self.parameters if parameter.grad is not None]
        norm = float(torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients))))
        limit = self.training.grad_clip
        by_value = self.training.clip == "value"
        if not norm < (math.inf if by_value else self.training.grad_norm_limit):
            torch._foreach_zero_(gradients)
            return norm, True
        if by_value:
            for gradient in gradients:
                gradient.clamp_(-limit, limit)
        elif norm > limit:
            torch._foreach_mul_(gradients, limit / norm)
        return norm, False


def exploded(step: int, what: str, latest: str | None) -> TrainingError:
    """The error of a training whose numbers aren't finite any more; ``latest`` is its latest checkpoint, if any."""
    kept = "Nothing was saved" if latest is None else f"{latest} is the latest checkpoint, and untouched"
    return TrainingError(f"step {step}: {what}, so the training has exploded. {kept}. {way_out(latest)}")


def way_out(latest: str | None) -> str:
    """What to try, from a checkpoint on if there is one."""
    again = "" if latest is None else f"gen train RECIPE --init-from RUN/checkpoints/{latest} with "
    return (
        f"Try {again}a lower training.learning_rate, a smaller training.grad_clip, or fp32 where training.precision is "
        "bf16"
    )


def maker_of(training: TrainingSection) -> Maker:
    """The recipe's optimiser: the original's Adam where it names none."""
    if training.optimiser is None:
        return Adam(weight_decay=training.weight_decay)
    made: Maker = construct("optimiser", training.optimiser)
    return made


def schedule_of(training: TrainingSection) -> Schedule | None:
    """The recipe's schedule where it is a component."""
    if not isinstance(training.schedule, Component):
        return None
    made: Schedule = construct("schedule", training.schedule)
    return made


def _kept(slots: Mapping[str, Any]) -> dict[str, Any]:
    """Those of a parameter's slots that are saved by themselves."""
    return {name: value for name, value in slots.items() if name != _UPDATES and value is not None}


def _as_tensor(value: object) -> Tensor:
    if isinstance(value, Tensor):
        return value.detach().contiguous()
    if isinstance(value, (bool, int, float)):
        return torch.tensor(value, dtype=torch.float64 if isinstance(value, float) else None)
    raise PluginError(
        f"an optimiser keeps {value!r} ({type(value).__name__}), which can't be saved: tensors and numbers can"
    )


def _like(pattern: Any, saved: Tensor) -> Any:
    """A saved value as what it was: a tensor there, or a number of that type."""
    if isinstance(pattern, Tensor):
        return saved.to(pattern.device, pattern.dtype, copy=True)
    return type(pattern)(saved.item())
