"""Free bits by dimension (Kingma et al. 2016): each pays for what it tells, on average of a batch, above its share."""

from dataclasses import replace

import gen
from gen.interfaces import Objective

RECIPE = "training: {objective: {type: dimension_bits, nats: 0.2}}"


class DimensionBits(Objective):
    whole_batch = True  # its mean is over the examples of a batch

    def __init__(self, nats: float = 0.1) -> None:
        super().__init__()
        self.nats = nats

    def forward(self, elbo, result, *, step, prior, generator=None):
        each = result.posterior.kl().mean(0)  # [Z]
        paid = each.clamp(min=self.nats).sum()
        return replace(
            elbo, total=elbo.reconstruction + paid, beta=1.0, parts={"above": (each > self.nats).sum().float()}
        )


@gen.hookimpl
def register_objectives():
    return {"dimension_bits": DimensionBits}
