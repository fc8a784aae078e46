"""Adam, clipping and the skip rule, as the original applies them (base_model.py; TensorFlow's Adam)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gen.recipes.sections import TrainingSection
from gen.schedules import learning_rate

_BETA1, _BETA2, _EPSILON = 0.9, 0.999, 1e-8


@dataclass(frozen=True)
class Update:
    """What one optimiser step did: the rate used, the gradients' global norm before clipping, whether they counted."""

    learning_rate: float
    gradient_norm: float
    skipped: bool


class Optimiser:
    """Updates parameters by the recipe's rules.

    A gradient whose global norm is not a number, or not below ``grad_norm_limit``, is replaced by zeros; the step
    still counts and the moments still decay, as in the original.

    Args:
        parameters: those to train.
        training: learning rate, decay, clipping.
    """

    def __init__(self, parameters: Iterable[nn.Parameter], training: TrainingSection) -> None:
        self.training = training
        self.parameters = [parameter for parameter in parameters if parameter.requires_grad]
        self.adam = torch.optim.Adam(
            self.parameters, lr=training.learning_rate, betas=(_BETA1, _BETA2), eps=_EPSILON, fused=True
        )
        self.updates = 0
        self.skipped = 0

    def step(self, step: int) -> Update:
        """Clip the gradients that stand in the parameters, update, and clear them.

        Args:
            step: training step, counted from 0; it sets the learning rate.
        """
        norm = self._clip()
        skipped = not norm < self.training.grad_norm_limit if self.training.clip == "norm" else False
        self.updates += 1
        self.skipped += skipped
        group = self.adam.param_groups[0]
        group["lr"] = learning_rate(self.training, step)
        # TensorFlow adds epsilon before the bias correction of the second moment, torch after it
        group["eps"] = _EPSILON / math.sqrt(1.0 - _BETA2**self.updates)
        self.adam.step()
        self.adam.zero_grad(set_to_none=True)
        return Update(group["lr"], norm, skipped)

    def state(self) -> dict[str, Tensor]:
        """Everything to go on from, as tensors: both moments of every parameter, in order, and the counts."""
        state = {"updates": torch.tensor(self.updates), "skipped": torch.tensor(self.skipped)}
        for index, parameter in enumerate(self.parameters):
            slots = self.adam.state.get(parameter, {})
            for name in ("exp_avg", "exp_avg_sq"):
                state[f"{name}.{index}"] = slots.get(name, torch.zeros_like(parameter)).detach()
        return state

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Take up what `state` gave.

        Raises:
            ValueError: the state belongs to other parameters.
        """
        if set(state) != set(self.state()):
            raise ValueError(f"the optimiser state is for other parameters than these {len(self.parameters)}")
        self.updates, self.skipped = int(state["updates"]), int(state["skipped"])
        for index, parameter in enumerate(self.parameters):
            slots = {name: state[f"{name}.{index}"] for name in ("exp_avg", "exp_avg_sq")}
            for name, slot in slots.items():
                if slot.shape != parameter.shape:
                    raise ValueError(f"{name}.{index} is {list(slot.shape)}, its parameter {list(parameter.shape)}")
            self.adam.state[parameter] = {
                "step": torch.tensor(float(self.updates), device=parameter.device),
                **{name: slot.to(parameter.device, copy=True) for name, slot in slots.items()},
            }

    @torch.no_grad()
    def _clip(self) -> float:
        """Apply the clipping rule in place; returns the global norm before it."""
        gradients = [parameter.grad for parameter in self.parameters if parameter.grad is not None]
        norm = float(torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients))))
        limit = self.training.grad_clip
        if self.training.clip == "value":
            for gradient in gradients:
                gradient.clamp_(-limit, limit)
        elif not norm < self.training.grad_norm_limit:
            torch._foreach_zero_(gradients)
        elif norm > limit:
            torch._foreach_mul_(gradients, limit / norm)
        return norm
