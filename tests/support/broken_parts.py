"""Parts of a training with one defect each, and which check finds it; and some that are unusual and right."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

from gen.interfaces import Figure, Latent, Metric, Objective, Observer, Optimiser, Schedule
from gen.model.latents import Posterior

_CALLS = itertools.count()


class Normal(Latent):
    """Normally distributed, and right."""

    def __init__(self, *, input_size: int, latent_size: int) -> None:
        super().__init__()
        self.mean, self.log = nn.Linear(input_size, latent_size), nn.Linear(input_size, latent_size)

    def forward(self, encoding, *, generator=None):
        return Posterior(self.mean(encoding), self.log(encoding).clamp(-4, 2).exp())

    def prior(self, n, *, generator=None):
        return torch.randn(n, self.mean.out_features, generator=generator)


class NormalisesBatches(Normal):
    """Right: batch normalisation that says so."""

    whole_batch = True

    def __init__(self, *, input_size: int, latent_size: int) -> None:
        super().__init__(input_size=input_size, latent_size=latent_size)
        self.norm = nn.BatchNorm1d(latent_size)

    def forward(self, encoding, *, generator=None):
        found = super().forward(encoding)
        return replace(found, mean=self.norm(found.mean))


class SaysNothingOfIt(NormalisesBatches):
    whole_batch = False


class WritesToEncodings(Normal):
    def forward(self, encoding, *, generator=None):
        return super().forward(encoding.clamp_(-1, 1))


class TurnsToEvaluation(Normal):
    def prior(self, n, *, generator=None):
        self.eval()
        return super().prior(n, generator=generator)


class RemembersEncodings(Normal):
    def forward(self, encoding, *, generator=None):
        before, self.last = getattr(self, "last", 0.0), encoding.detach().mean()
        return super().forward(encoding + before)


class SharesItsNoise(Normal):
    def forward(self, encoding, *, generator=None):
        found = super().forward(encoding)
        return _Shared(found.mean, found.stddev)


class _Shared(Posterior):
    def sample(self, *, generator=None):
        return self.mean + self.stddev * torch.randn(self.mean.shape[1], generator=generator)


class OneDrawOfThePrior(Normal):
    def prior(self, n, *, generator=None):
        return super().prior(1, generator=generator).expand(n, -1)


class _Negative(Posterior):
    def kl(self):
        return -super().kl()


class NegativeKl(Normal):
    def forward(self, encoding, *, generator=None):
        found = super().forward(encoding)
        return _Negative(found.mean, found.stddev)


class SinglePrecision(Normal):
    def forward(self, encoding, *, generator=None):
        return super().forward(encoding.float())


class Plain(Objective):
    def forward(self, elbo, result, *, step, prior, generator=None):
        return elbo


class AddsInPlace(Objective):
    def forward(self, elbo, result, *, step, prior, generator=None):
        elbo.total.add_(0.1)
        return elbo


class SwitchesModes(Objective):
    def forward(self, elbo, result, *, step, prior, generator=None):
        self.train(not self.training)
        return elbo


class DividesByTheStep(Objective):
    def forward(self, elbo, result, *, step, prior, generator=None):
        return replace(elbo, total=elbo.total / step)


class Busy(Metric):
    figures = {"busy": Figure(better=None)}  # noqa: RUF012

    def statistics(self, targets, outputs, lengths, qpm):
        valid = np.arange(targets.shape[1]) < lengths[:, None]
        return {"hits": self.count(outputs, valid), "steps": valid.sum(1).astype(float)}

    def count(self, outputs, valid):
        return ((outputs.argmax(-1) != 0) & valid).sum(1).astype(float)

    def summarise(self, sums):
        return {"busy": sums["hits"] / max(sums["steps"], 1.0)}


class CountsPadding(Busy):
    def count(self, outputs, valid):
        return outputs[..., 1].sum(1).astype(float)


class RoundsInPlace(Busy):
    def count(self, outputs, valid):
        outputs[outputs < 0.5] = 0.0
        return super().count(outputs, valid)


class CountsItsCalls(Busy):
    def count(self, outputs, valid):
        return super().count(outputs, valid) + next(_CALLS)


class Silent(Observer):
    pass


class ChangesTheRecipe(Observer):
    def on_begin(self, run, recipe, step):
        recipe["name"] = "mine"


class WritesOverTheMetrics(Observer):
    def on_begin(self, run, recipe, step):
        (Path(run) / "metrics.jsonl").write_text("")


class SetsTheType(Observer):
    def on_begin(self, run, recipe, step):
        torch.set_default_dtype(torch.float64)


class SeedsNumpy(Observer):
    def on_begin(self, run, recipe, step):
        np.random.seed(0)  # noqa: NPY002


class Sgd(Optimiser):
    def make(self, parameters, learning_rate):
        return torch.optim.SGD(list(parameters), lr=learning_rate, momentum=0.9)


class MovesWithoutAGradient(Sgd):
    def before(self, made, update):
        for group in made.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    parameter.grad = 0.1 * parameter.detach().clone()


class KnowsOfOtherTrainings(Sgd):
    updates = 0

    def before(self, made, update):
        type(self).updates += 1
        for group in made.param_groups:
            group["lr"] /= type(self).updates


class WithRestarts(Schedule):
    """Right: half a cosine again and again."""

    def share(self, step, steps):
        return 0.5 * (1 + np.cos(np.pi * (step % 100) / 100)).item()


class NeverMoves(Schedule):
    def share(self, step, steps):
        return float(step // max(1, steps))


class Overshoots(Schedule):
    def share(self, step, steps):
        return (step + 1) / max(1, steps)


class Draws(Schedule):
    def share(self, step, steps):
        return float(torch.rand(()))


RIGHT = (Normal, NormalisesBatches, Plain, Busy, Silent, Sgd, WithRestarts)

INTENDED = {
    SaysNothingOfIt: "batch-mates",
    WritesToEncodings: "inputs-untouched",
    TurnsToEvaluation: "mode",
    RemembersEncodings: "forgets",
    SharesItsNoise: "own-draws",
    NegativeKl: "kl",
    OneDrawOfThePrior: "varies",
    SinglePrecision: "float64",
    AddsInPlace: "inputs-untouched",
    SwitchesModes: "mode",
    DividesByTheStep: "figures",
    CountsPadding: "padding",
    RoundsInPlace: "inputs-untouched",
    CountsItsCalls: "forgets",
    ChangesTheRecipe: "listens",
    WritesOverTheMetrics: "leaves-the-run",
    SetsTheType: "leaves-torch",
    SeedsNumpy: "draws-nothing",
    MovesWithoutAGradient: "unreached",
    KnowsOfOtherTrainings: "forgets",
    NeverMoves: "moves",
    Overshoots: "shares",
    Draws: "follows-from-the-step",
}
"""Each broken part, and the check that must fail."""
