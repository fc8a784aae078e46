"""What is minimised in place of the plain evidence lower bound.

Letters in shape comments: B batch, Z latent size.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from gen.interfaces.objective import Loss, Objective, Reconstruction


class Elbo(Objective):
    """The evidence lower bound, at the price that the ``latent`` section puts on the KL."""

    def forward(
        self,
        elbo: Loss,
        result: Reconstruction,
        *,
        step: int,
        prior: Callable[[int], Tensor],
        generator: torch.Generator | None = None,
    ) -> Loss:
        """As `gen.interfaces.Objective.forward`."""
        return elbo


class Cyclic(Objective):
    """The evidence lower bound with a weight of the KL that climbs again and again (Fu et al. 2019).

    Args:
        period: steps of a cycle.
        climb: share of it in which the weight goes from 0, in a straight line, to that of the ``latent`` section, where
            it stays for the rest.
        cycles: how many; after them the weight stays. None for as many as there are.
    """

    def __init__(self, period: int = 10_000, climb: float = 0.5, cycles: int | None = None) -> None:
        super().__init__()
        if period < 1:
            raise ValueError(f"period must be at least 1, got {period}")
        if not 0.0 < climb <= 1.0:
            raise ValueError(f"climb must be above 0 and at most 1, got {climb}")
        if cycles is not None and cycles < 1:
            raise ValueError(f"cycles must be at least 1, got {cycles}")
        self.period, self.climb, self.cycles = period, climb, cycles

    def share(self, step: int) -> float:
        """Of the whole weight, at a step counted from 0."""
        if self.cycles is not None and step >= self.cycles * self.period:
            return 1.0
        return min(1.0, (step % self.period) / (self.climb * self.period))

    def forward(
        self,
        elbo: Loss,
        result: Reconstruction,
        *,
        step: int,
        prior: Callable[[int], Tensor],
        generator: torch.Generator | None = None,
    ) -> Loss:
        """As `gen.interfaces.Objective.forward`."""
        beta = elbo.beta * self.share(step)
        return replace(elbo, total=elbo.total + (beta - elbo.beta) * elbo.kl_cost, beta=beta)


class InfoVae(Objective):
    """Draws of all posteriors together look like draws of the prior (Zhao et al. 2019, with the MMD).

    ``total = reconstruction + (1 - alpha) beta kl_cost + (alpha + scale - 1) mmd``, the last by kernels of a batch.

    Args:
        alpha: share of the KL's price that isn't paid; 1 for the Wasserstein auto-encoder's like.
        scale: weight of the distance; ``alpha + scale`` is at least 1.
        latent_size: Z; given by gen.
    """

    whole_batch = True

    def __init__(self, alpha: float = 0.0, scale: float = 10.0, *, latent_size: int) -> None:
        super().__init__()
        if not 0.0 <= alpha <= 1.0:
            raise ValueError(f"alpha must be from 0 to 1, got {alpha}")
        if not (math.isfinite(scale) and alpha + scale >= 1.0):
            raise ValueError(f"scale must be a number of at least 1 - alpha ({1.0 - alpha:g}), got {scale}")
        self.alpha, self.scale = alpha, scale
        self.width = 2.0 * latent_size  # squared distance of two draws of a standard normal, on average

    def distance(self, one: Tensor, other: Tensor) -> Tensor:
        """The squared maximum mean discrepancy of two sets of z, ``[B, Z]``, without bias (Gretton et al. 2012)."""

        def alike(a: Tensor, b: Tensor) -> Tensor:  # inverse multiquadratics, whose tails reach far
            return self.width / (self.width + (a[:, None] - b).square().sum(-1))  # [B, B]

        def within(a: Tensor) -> Tensor:  # but for each with itself
            return (alike(a, a).sum() - len(a)) / max(1, len(a) * (len(a) - 1))

        return within(one) + within(other) - 2.0 * alike(one, other).mean()

    def forward(
        self,
        elbo: Loss,
        result: Reconstruction,
        *,
        step: int,
        prior: Callable[[int], Tensor],
        generator: torch.Generator | None = None,
    ) -> Loss:
        """As `gen.interfaces.Objective.forward`."""
        mmd = self.distance(result.z.float(), prior(len(result.z)))
        beta = (1.0 - self.alpha) * elbo.beta
        total = elbo.total + (beta - elbo.beta) * elbo.kl_cost + (self.alpha + self.scale - 1.0) * mmd
        return replace(elbo, total=total, beta=beta, parts={**elbo.parts, "mmd": mmd})
