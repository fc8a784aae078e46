"""Optimisers that are torch's own, as components."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from gen.interfaces.optimiser import Optimiser


class Adam(Optimiser):
    """Adam as TensorFlow has it, and so the original (Kingma and Ba 2015).

    Args:
        beta1, beta2: decay of the moments.
        epsilon: what keeps a division from one by 0. TensorFlow adds it before the second moment's bias is corrected,
            torch after it.
        weight_decay: as in `AdamW`; 0 for none.
    """

    def __init__(
        self, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8, weight_decay: float = 0.0
    ) -> None:
        _check_shares(beta1=beta1, beta2=beta2)
        _check_positive(epsilon=epsilon)
        _check_positive(zero=True, weight_decay=weight_decay)
        self.betas, self.epsilon, self.weight_decay = (beta1, beta2), epsilon, weight_decay

    def make(self, parameters: Sequence[nn.Parameter], learning_rate: float) -> torch.optim.Optimizer:
        """As `gen.interfaces.Optimiser.make`."""
        kind = torch.optim.AdamW if self.weight_decay > 0.0 else torch.optim.Adam
        groups = groups_of(parameters, self.weight_decay)
        return kind(groups, lr=learning_rate, betas=self.betas, eps=self.epsilon, fused=True)

    def before(self, made: torch.optim.Optimizer, update: int) -> None:
        """As `gen.interfaces.Optimiser.before`."""
        for group in made.param_groups:
            group["eps"] = self.epsilon / math.sqrt(1.0 - self.betas[1] ** update)


class AdamW(Optimiser):
    """Torch's AdamW (Loshchilov and Hutter 2019).

    Args:
        beta1, beta2, epsilon: as of `Adam`; epsilon is added where torch adds it.
        weight_decay: share of itself, times the learning rate, that every matrix loses in each step; vectors, such as
            biases, keep their values.
        amsgrad: whether the second moment never shrinks (Reddi et al. 2018).
    """

    def __init__(
        self,
        weight_decay: float = 0.01,
        *,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        amsgrad: bool = False,
    ) -> None:
        _check_shares(beta1=beta1, beta2=beta2)
        _check_positive(epsilon=epsilon)
        _check_positive(zero=True, weight_decay=weight_decay)
        self.weight_decay = weight_decay
        self.options: dict[str, Any] = {"betas": (beta1, beta2), "eps": epsilon, "amsgrad": amsgrad}

    def make(self, parameters: Sequence[nn.Parameter], learning_rate: float) -> torch.optim.Optimizer:
        """As `gen.interfaces.Optimiser.make`."""
        groups = groups_of(parameters, self.weight_decay, always=True)
        return torch.optim.AdamW(groups, lr=learning_rate, fused=True, **self.options)


class SGD(Optimiser):
    """Torch's stochastic gradient descent.

    Args:
        momentum: share of the last update that is made again.
        nesterov: whether the gradient is looked at where the momentum leads.
        weight_decay: as of `AdamW`, but added to the gradient.
    """

    def __init__(self, momentum: float = 0.9, nesterov: bool = False, weight_decay: float = 0.0) -> None:
        _check_shares(momentum=momentum)
        _check_positive(zero=True, weight_decay=weight_decay)
        if nesterov and momentum == 0.0:
            raise ValueError("nesterov needs a momentum above 0")
        self.weight_decay = weight_decay
        self.options: dict[str, Any] = {"momentum": momentum, "nesterov": nesterov}

    def make(self, parameters: Sequence[nn.Parameter], learning_rate: float) -> torch.optim.Optimizer:
        """As `gen.interfaces.Optimiser.make`."""
        return torch.optim.SGD(groups_of(parameters, self.weight_decay), lr=learning_rate, **self.options)


def groups_of(parameters: Sequence[nn.Parameter], weight_decay: float, *, always: bool = False) -> list[dict[str, Any]]:
    """Torch's groups: one of all; where weights decay, or ``always``, matrices by themselves, as biases keep theirs."""
    if weight_decay == 0.0 and not always:
        return [{"params": list(parameters)}]  # as it always was
    matrices = [parameter for parameter in parameters if parameter.dim() > 1]
    others = [parameter for parameter in parameters if parameter.dim() < 2]
    groups = [{"params": matrices, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]
    return [group for group in groups if group["params"]]


def _check_shares(**values: float) -> None:
    for name, value in values.items():
        if not 0.0 <= value < 1.0:
            raise ValueError(f"{name} must be from 0 up to 1, got {value}")


def _check_positive(*, zero: bool = False, **values: float) -> None:
    for name, value in values.items():
        if not math.isfinite(value) or value < 0.0 or (value == 0.0 and not zero):
            raise ValueError(f"{name} must be a number {'of at least' if zero else 'above'} 0, got {value}")
