"""Slips in parts of a training, written before the kit was asked about them, and which check finds each."""

from __future__ import annotations

import os
import random
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from broken_parts import Busy, Normal, Plain, Sgd
from torch import nn

from gen.interfaces import Figure, Observer, Schedule
from gen.model.latents import Posterior


def posterior(**methods):
    return type("Made", (Posterior,), methods)


def latent_of(**methods):
    made = posterior(**methods)

    class Broken(Normal):
        def forward(self, encoding, *, generator=None):
            found = super().forward(encoding)
            return made(found.mean, found.stddev)

    return Broken


class PriorFromNowhere(Normal):
    def prior(self, n, *, generator=None):
        return torch.randn(n, self.mean.out_features)


SampleFromNowhere = latent_of(
    sample=lambda self, *, generator=None: self.mean + self.stddev * torch.randn_like(self.mean)
)
DetachedDraw = latent_of(sample=lambda self, *, generator=None: Posterior.sample(self, generator=generator).detach())
KlOfAll = latent_of(kl=lambda self: Posterior.kl(self).sum(-1))
KlOfTheBatch = latent_of(kl=lambda self: Posterior.kl(self).mean(0, keepdim=True).expand(len(self.mean), -1))
DetachedKl = latent_of(kl=lambda self: Posterior.kl(self).detach())
NotFinite = latent_of(kl=lambda self: Posterior.kl(self) / 0.0)


class PriorTooWide(Normal):
    def prior(self, n, *, generator=None):
        return torch.randn(n, self.mean.out_features + 1, generator=generator)


class WeightsInAList(Normal):
    def __init__(self, *, input_size, latent_size):
        super().__init__(input_size=input_size, latent_size=latent_size)
        self.hidden = [nn.Linear(input_size, input_size)]

    def forward(self, encoding, *, generator=None):
        return super().forward(self.hidden[0](encoding))


class CentresTheBatch(Normal):
    def forward(self, encoding, *, generator=None):
        return super().forward(encoding - encoding.mean(0))


class IgnoresEncodings(Normal):
    def forward(self, encoding, *, generator=None):
        return super().forward(torch.ones_like(encoding))


class UnusedLayer(Normal):
    def __init__(self, *, input_size, latent_size):
        super().__init__(input_size=input_size, latent_size=latent_size)
        self.spare = nn.Linear(input_size, latent_size)


# objectives


class Detached(Plain):
    def forward(self, elbo, result, *, step, prior, generator=None):
        return replace(elbo, total=elbo.total.detach())


class ATotalEach(Plain):
    def forward(self, elbo, result, *, step, prior, generator=None):
        return replace(elbo, total=result.decoded.loss)


class NoiseFromNowhere(Plain):
    def forward(self, elbo, result, *, step, prior, generator=None):
        return replace(elbo, total=elbo.total + torch.randn(()))


class CountsCalls(Plain):
    def __init__(self):
        super().__init__()
        self.calls = 0

    def forward(self, elbo, result, *, step, prior, generator=None):
        self.calls += 1
        return replace(elbo, total=elbo.total * self.calls)


class AFloat(Plain):
    def forward(self, elbo, result, *, step, prior, generator=None):
        return elbo.total


class WritesToZ(Plain):
    def forward(self, elbo, result, *, step, prior, generator=None):
        result.z.detach().zero_()
        return elbo


class Backwards(Plain):
    def forward(self, elbo, result, *, step, prior, generator=None):
        elbo.total.backward(retain_graph=True)
        return elbo


class PartsAsFloats(Plain):
    def forward(self, elbo, result, *, step, prior, generator=None):
        return replace(elbo, parts={"mine": 1.0})


class LogOfNothing(Plain):
    def forward(self, elbo, result, *, step, prior, generator=None):
        return replace(elbo, total=elbo.total + torch.log(torch.tensor(float(step))))


class UnregisteredWeight(Plain):
    def __init__(self):
        super().__init__()
        self.weight = torch.zeros((), requires_grad=True)

    def forward(self, elbo, result, *, step, prior, generator=None):
        return replace(elbo, total=elbo.total * (1 + self.weight))


class PartNamedAsGens(Plain):
    def forward(self, elbo, result, *, step, prior, generator=None):
        return replace(elbo, parts={"loss": elbo.total})


# metrics


class SaysOneOfTwo(Busy):
    figures = {"busy": Figure(better=None), "lag": Figure(better=None)}  # noqa: RUF012


class SaysAnother(Busy):
    def summarise(self, sums):
        return {"busyness": 1.0}


class OneForAll(Busy):
    def count(self, outputs, valid):
        return super().count(outputs, valid).sum(keepdims=True)


class MeanOfTheBatch(Busy):
    def count(self, outputs, valid):
        return np.full(len(outputs), super().count(outputs, valid).mean())


class DividesByNothing(Busy):
    def summarise(self, sums):
        return {"busy": float(sums["hits"]) / float(sums["steps"])}


class Dice(Busy):
    def count(self, outputs, valid):
        return super().count(outputs, valid) * np.random.rand()  # noqa: NPY002


class WritesToTargets(Busy):
    def statistics(self, targets, outputs, lengths, qpm):
        targets[:] = 0
        return super().statistics(targets, outputs, lengths, qpm)


class AsTensors(Busy):
    def count(self, outputs, valid):
        return torch.from_numpy(super().count(outputs, valid))


class ShareEach(Busy):
    def summarise(self, sums):
        return {"busy": "much"}


# observers


class StopsTheGradient(Observer):
    def on_step(self, step):
        torch.set_grad_enabled(False)


class OneThread(Observer):
    def on_begin(self, run, recipe, step):
        torch.set_num_threads(torch.get_num_threads() + 1)


class SeedsTorch(Observer):
    def on_begin(self, run, recipe, step):
        torch.manual_seed(0)


class SeedsRandom(Observer):
    def on_begin(self, run, recipe, step):
        random.seed(0)


class WritesHere(Observer):
    def on_begin(self, run, recipe, step):
        Path("observer-was-here.txt").write_text("x")


class ChangesFolder(Observer):
    def on_begin(self, run, recipe, step):
        os.chdir(run)


class ANewFile(Observer):
    def on_begin(self, run, recipe, step):
        with (Path(run) / "mine.csv").open("x"):
            pass


class ClearsCheckpoints(Observer):
    def on_end(self, step, reason):
        import shutil

        shutil.rmtree(Path(run_of[0]) / "checkpoints", ignore_errors=True)

    def on_begin(self, run, recipe, step):
        run_of[:] = [run]


run_of: list = []


class ChangesFigures(Observer):
    def on_log(self, step, split, figures):
        figures["loss"] = 0.0


class EndsTheProcess(Observer):
    def on_end(self, step, reason):
        raise SystemExit(0)


class WantsSteps(Observer):
    def on_step(self, step):
        assert step == self.last + 1

    last = 0


# optimisers


class OwnRate(Sgd):
    def make(self, parameters, learning_rate):
        return torch.optim.SGD(list(parameters), lr=0.1)


class HalfOfThem(Sgd):
    def make(self, parameters, learning_rate):
        parameters = list(parameters)
        return torch.optim.SGD(parameters[: max(1, len(parameters) // 2)], lr=learning_rate)


class Uphill(Sgd):
    def make(self, parameters, learning_rate):
        return torch.optim.SGD(list(parameters), lr=learning_rate, maximize=True)


class ADictionary(Sgd):
    def make(self, parameters, learning_rate):
        return {"lr": learning_rate}


class OneForEver(Sgd):
    kept = None

    def make(self, parameters, learning_rate):
        if type(self).kept is None:
            type(self).kept = super().make(parameters, learning_rate)
        return type(self).kept


class Noisy(Sgd):
    def before(self, made, update):
        for group in made.param_groups:
            for each in group["params"]:
                if each.grad is not None:
                    each.grad += 0.01 * torch.randn_like(each.grad)


class SetsTheRate(Sgd):
    def before(self, made, update):
        for group in made.param_groups:
            group["lr"] = 0.1


class Hidden(torch.optim.SGD):
    """Momentum beside the state that is saved."""

    def __init__(self, parameters, lr):
        super().__init__(parameters, lr=lr)
        self.memory = {}

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for each in group["params"]:
                if each.grad is not None:
                    self.memory[each] = 0.9 * self.memory.get(each, 0.0) + each.grad
                    each -= group["lr"] * self.memory[each]


class Forgetful(Sgd):
    def make(self, parameters, learning_rate):
        return Hidden(list(parameters), learning_rate)


class Shuffles(Sgd):
    def make(self, parameters, learning_rate):
        parameters = list(parameters)
        random.shuffle(parameters)
        return torch.optim.SGD(parameters, lr=learning_rate)


class WeightsOnly(Sgd):
    def make(self, parameters, learning_rate):
        for each in parameters:
            each.data.mul_(0.5)
        return super().make(parameters, learning_rate)


# schedules


class Negative(Schedule):
    def share(self, step, steps):
        return 1.0 - 2.0 * step / max(1, steps)


class AtNothing(Schedule):
    def share(self, step, steps):
        return 1.0 - step / (steps - 1)


class ATensor(Schedule):
    def share(self, step, steps):
        return torch.tensor(1.0 - step / (steps + 1))


class CallsCount(Schedule):
    def __init__(self):
        self.calls = 0

    def share(self, step, steps):
        self.calls += 1
        return 1.0 / self.calls


class Clock(Schedule):
    def share(self, step, steps):
        return (time.time() % 1.0) or 0.5


class Nothing(Schedule):
    def share(self, step, steps):
        pass


class Growing(Schedule):
    def share(self, step, steps):
        return 1.0 + step


class NotANumberAtFirst(Schedule):
    def share(self, step, steps):
        return float("nan") if step == 0 else 1.0 / step


class Words(Schedule):
    def share(self, step, steps):
        return "0.5"


class OnlySo(Schedule):
    def share(self, step, steps):
        return {0: 1.0, 1: 0.5}[step]


INTENDED = {
    "PriorFromNowhere": "determinism",
    "SampleFromNowhere": "determinism",
    "DetachedDraw": "gradients",
    "KlOfAll": "shapes",
    "KlOfTheBatch": "batch-mates",
    "DetachedKl": "gradients",
    "NotFinite": "shapes",
    "PriorTooWide": "shapes",
    "WeightsInAList": "save-load",
    "CentresTheBatch": "batch-mates",
    "IgnoresEncodings": "varies",
    "UnusedLayer": "gradients",
    "Detached": "gradients",
    "ATotalEach": "figures",
    "NoiseFromNowhere": "determinism",
    "CountsCalls": "resumes",
    "AFloat": "figures",
    "WritesToZ": "inputs-untouched",
    "Backwards": "gradients",
    "PartsAsFloats": "figures",
    "LogOfNothing": "figures",
    "UnregisteredWeight": "gradients",
    "PartNamedAsGens": "figures",
    "SaysOneOfTwo": "figures",
    "SaysAnother": "figures",
    "OneForAll": "additive",
    "MeanOfTheBatch": "additive",
    "DividesByNothing": "figures",
    "Dice": "forgets",
    "WritesToTargets": "inputs-untouched",
    "AsTensors": "additive",
    "ShareEach": "figures",
    "StopsTheGradient": "leaves-torch",
    "OneThread": "leaves-torch",
    "SeedsTorch": "draws-nothing",
    "SeedsRandom": "draws-nothing",
    "WritesHere": "leaves-the-run",
    "ChangesFolder": "leaves-the-run",
    "ANewFile": "goes-on",
    "ClearsCheckpoints": "leaves-the-run",
    "ChangesFigures": "listens",
    "EndsTheProcess": "listens",
    "WantsSteps": "listens",
    "OwnRate": "rate",
    "HalfOfThem": "constructs",
    "Uphill": "learns",
    "ADictionary": "constructs",
    "OneForEver": "learns",
    "Noisy": "forgets",
    "SetsTheRate": "rate",
    "Forgetful": "resumes",
    "Shuffles": "determinism",
    "WeightsOnly": "constructs",
    "Negative": "shares",
    "AtNothing": "shares",
    "ATensor": "shares",
    "CallsCount": "follows-from-the-step",
    "Clock": "follows-from-the-step",
    "Nothing": "shares",
    "Growing": "shares",
    "NotANumberAtFirst": "shares",
    "Words": "shares",
    "OnlySo": "shares",
}
