"""SGD with Nesterov's momentum, and gradients normalised before each update."""

import torch

import gen
from gen.interfaces import Optimiser

RECIPE = "training: {optimiser: {type: plain_sgd}}"


class PlainSgd(Optimiser):
    def __init__(self, momentum: float = 0.9) -> None:
        self.momentum = momentum

    def make(self, parameters, learning_rate):
        return torch.optim.SGD(list(parameters), lr=10 * learning_rate, momentum=self.momentum, nesterov=True)

    def before(self, made, update):
        for group in made.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    parameter.grad.div_(parameter.grad.norm().clamp(min=1e-3))


@gen.hookimpl
def register_optimisers():
    return {"plain_sgd": PlainSgd}
