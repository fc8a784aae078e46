"""AdamW that decays matrices alone, and a warm-up with the inverse square root of the step after it."""

import torch

import gen
from gen.interfaces import Optimiser, Schedule

RECIPE = "training: {optimiser: {type: decayed, decay: 0.1}, schedule: {type: warm_root, steps: 6}}"


class Decayed(Optimiser):
    def __init__(self, decay: float = 0.01) -> None:
        self.decay = decay

    def make(self, parameters, learning_rate):
        matrices = {"params": [each for each in parameters if each.dim() > 1], "weight_decay": self.decay}
        others = {"params": [each for each in parameters if each.dim() < 2], "weight_decay": 0.0}
        return torch.optim.AdamW([group for group in (matrices, others) if group["params"]], lr=learning_rate)


class WarmRoot(Schedule):
    def __init__(self, steps: int = 1000) -> None:
        self.steps = steps

    def share(self, step, steps):
        return min((step + 1) / self.steps, (self.steps / (step + 1)) ** 0.5)


@gen.hookimpl
def register_optimisers():
    return {"decayed": Decayed}


@gen.hookimpl
def register_schedules():
    return {"warm_root": WarmRoot}
