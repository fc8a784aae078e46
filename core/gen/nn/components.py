"""Principal components of more examples than fit into memory, and the best Gaussian code made of them.

Letters in shape comments: N examples, B a batch of them, W numbers of an example, K components.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

_SPARE = 20  # directions beside those wanted, which make these exact (Halko et al. 2011)
_ROUNDS = 2


@dataclass(frozen=True, eq=False)
class Components:
    """Directions in which examples vary most.

    Attributes:
        centre: mean of the examples, ``[W]``.
        directions: orthonormal columns, ``[W, K]``, the greatest variance first.
        variances: ``[K]``.
    """

    centre: Tensor
    directions: Tensor
    variances: Tensor

    def shares(self, bits: float) -> Tensor:
        """The share of each variance that a code of ``bits`` tells, ``[K]``; the rest of it is its error.

        Reverse water-filling (Cover and Thomas, theorem 10.3.3): what is above a level is told, with that level for its
        error, where the level is such that all of it together costs ``bits``.
        """
        low, high = 0.0, float(self.variances.max())
        for _ in range(100):
            level = (low + high) / 2
            cost = 0.5 * (self.variances / max(level, 1e-30)).clamp(min=1.0).log2().sum().item()
            low, high = (level, high) if cost > bits else (low, level)
        return (1.0 - high / self.variances.clamp(min=1e-30)).clamp(min=0.0)

    @torch.no_grad()
    def become(self, layer: nn.Linear, told: Tensor, *, noise_size: int) -> Tensor:
        """Make a layer the posterior mean of the code that tells ``told`` ``[K]``, as of `shares`.

        Returns:
            What softplus makes the standard deviations of, ``[noise_size]``, for z whose variance is 1: the mean has
            what is told of it, the noise the rest. Numbers without a component tell nothing.
        """
        known = len(told)
        scale = (told / self.variances.clamp(min=1e-30)).sqrt()
        layer.weight.zero_()
        layer.weight[:known] = (self.directions * scale).t()
        layer.bias.zero_()
        layer.bias[:known] = -(self.centre @ self.directions) * scale
        noise = torch.ones(noise_size, dtype=layer.bias.dtype, device=layer.bias.device)
        noise[:known] = (1.0 - told).sqrt().clamp(min=1e-3)
        return noise.expm1().log()


@torch.no_grad()
def principal_components(
    batches: Callable[[], Iterator[Tensor]], size: int, *, generator: torch.Generator | None = None
) -> Components:
    """Find components by a randomised decomposition, in four readings of the examples.

    Args:
        batches: gives the examples anew each time, float ``[B, W]`` each; at least one example.
        size: K, at most; there are no more than numbers in an example.
        generator: source of the first directions.
    """
    total, count = None, 0
    for batch in batches():
        total = batch.sum(0) if total is None else total + batch.sum(0)
        count += len(batch)
    assert total is not None
    centre = total / count
    width = min(size + _SPARE, len(centre))
    found = torch.randn(len(centre), width, generator=generator).to(centre)  # [W, k]
    for _ in range(_ROUNDS):
        spread = torch.zeros_like(found)
        for batch in batches():
            centred = batch - centre
            spread += centred.t() @ (centred @ found)
        found = torch.linalg.qr(spread)[0]
    covariance = found.new_zeros(width, width)
    for batch in batches():
        seen = (batch - centre) @ found  # [B, k]
        covariance += seen.t() @ seen
    variances, turned = torch.linalg.eigh(covariance / count)
    order = torch.arange(width - 1, max(width - size, 0) - 1, -1)  # eigh gives the least first
    return Components(centre, found @ turned[:, order], variances[order].clamp(min=0.0))
