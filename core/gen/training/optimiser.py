"""Adam, clipping and the skip rule, as the original applies them (base_model.py; TensorFlow's Adam)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from gen.errors import TrainingError
from gen.model.schedules import learning_rate
from gen.recipes.sections import TrainingSection

_BETA1, _BETA2, _EPSILON = 0.9, 0.999, 1e-8
_COUNTS = ("updates", "skipped", "skipped_in_a_row")
_MOMENTS = ("exp_avg", "exp_avg_sq")


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
    """Updates those parameters that are trained, by the recipe's rules.

    A gradient whose global norm is not a number, or not below ``grad_norm_limit``, is replaced by zeros; the step
    still counts and the moments still decay, as in the original. With ``clip: value``, where the original lets NaN
    into the weights, the same is done with norms that aren't finite.
    """

    def __init__(self, parameters: Iterable[nn.Parameter], training: TrainingSection) -> None:
        self.training = training
        self.parameters = [parameter for parameter in parameters if parameter.requires_grad]
        kind = torch.optim.AdamW if training.weight_decay > 0.0 else torch.optim.Adam
        groups = _groups(self.parameters, training.weight_decay)
        self.adam = kind(groups, lr=training.learning_rate, betas=(_BETA1, _BETA2), eps=_EPSILON, fused=True)
        self.updates = 0
        self.skipped = 0
        self.skipped_in_a_row = 0

    def step(self, step: int) -> Update:
        """Clip the gradients that stand in the parameters, update at the rate of a step from 0, and clear them."""
        norm, skipped = self._clip()
        self.updates += 1
        self.skipped += skipped
        self.skipped_in_a_row = self.skipped_in_a_row + 1 if skipped else 0
        rate = learning_rate(self.training, step)
        for group in self.adam.param_groups:
            group["lr"] = rate
            # TensorFlow adds epsilon before the bias correction of the second moment, torch after it
            group["eps"] = _EPSILON / math.sqrt(1.0 - _BETA2**self.updates)
        self.adam.step()
        self.adam.zero_grad(set_to_none=True)
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
        """Everything to go on from, as tensors: counts, and updates and both moments of every parameter, in order."""
        counts = {name: torch.tensor(getattr(self, name)) for name in _COUNTS}
        slots = [self.adam.state.get(parameter, {}) for parameter in self.parameters]
        # a parameter that no loss reached in a step was not updated in it
        steps = torch.tensor([int(slot["step"]) if "step" in slot else 0 for slot in slots])
        state = {**counts, "parameter_updates": steps}
        for index, (parameter, slot) in enumerate(zip(self.parameters, slots, strict=True)):
            for name in _MOMENTS:
                state[f"{name}.{index}"] = slot.get(name, torch.zeros_like(parameter)).detach()
        return state

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Take up what `state` gave.

        Raises:
            ValueError: the state belongs to other parameters.
        """
        if set(state) != set(self.state()) or len(state["parameter_updates"]) != len(self.parameters):
            raise ValueError(f"the optimiser state is for other parameters than these {len(self.parameters)}")
        for name in _COUNTS:
            setattr(self, name, int(state[name]))
        for index, (parameter, updates) in enumerate(
            zip(self.parameters, state["parameter_updates"].tolist(), strict=True)
        ):
            slots = {name: state[f"{name}.{index}"] for name in _MOMENTS}
            for name, slot in slots.items():
                if slot.shape != parameter.shape:
                    raise ValueError(f"{name}.{index} is {list(slot.shape)}, its parameter {list(parameter.shape)}")
            if updates:
                self.adam.state[parameter] = {
                    "step": torch.tensor(float(updates), device=parameter.device),
                    **{name: slot.to(parameter.device, copy=True) for name, slot in slots.items()},
                }

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


def _groups(parameters: Sequence[nn.Parameter], weight_decay: float) -> list[dict[str, Any]]:
    """One group of all; where weights decay, matrices by themselves: biases, like all vectors, keep their values."""
    if weight_decay == 0.0:
        return [{"params": list(parameters)}]  # as it always was
    matrices = [parameter for parameter in parameters if parameter.dim() > 1]
    others = [parameter for parameter in parameters if parameter.dim() < 2]
    groups = [{"params": matrices, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]
    return [group for group in groups if group["params"]]
