"""The Wasserstein auto-encoder: no KL, but a distance between all posteriors' draws and the prior's."""

from dataclasses import replace

import gen
from gen.interfaces import Objective

RECIPE = "training: {objective: {type: mmd, weight: 20}}"


def alike(a, b):
    return (-(a[:, None] - b).square().sum(-1) / a.shape[1]).exp().mean()


class Mmd(Objective):
    whole_batch = True

    def __init__(self, weight: float = 10.0) -> None:
        super().__init__()
        self.weight = weight

    def forward(self, elbo, result, *, step, prior, generator=None):
        z, other = result.z, prior(len(result.z))
        mmd = alike(z, z) + alike(other, other) - 2 * alike(z, other)
        return replace(elbo, total=elbo.reconstruction + self.weight * mmd, beta=0.0, parts={"mmd": mmd})


@gen.hookimpl
def register_objectives():
    return {"mmd": Mmd}
