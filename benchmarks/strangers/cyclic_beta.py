"""A weight of the KL that climbs from 0 to 1 along half a cosine, again and again (Fu et al. 2019)."""

import math
from dataclasses import replace

import gen
from gen.interfaces import Objective

RECIPE = "training: {objective: {type: cyclic_beta, period: 8}}"


class CyclicBeta(Objective):
    def __init__(self, period: int = 1000, most: float = 1.0) -> None:
        super().__init__()
        self.period, self.most = period, most

    def forward(self, elbo, result, *, step, prior, generator=None):
        beta = self.most * 0.5 * (1 - math.cos(math.pi * min(1.0, 2 * (step % self.period) / self.period)))
        return replace(elbo, total=elbo.reconstruction + beta * elbo.kl_cost, beta=beta)


@gen.hookimpl
def register_objectives():
    return {"cyclic_beta": CyclicBeta}
