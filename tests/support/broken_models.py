"""Models with one defect each, found in real re-implementations; and which check is there to find it.

Letters in shape comments: B batch, Z latent size.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional as F

import gen


@dataclass(frozen=True, eq=False)
class BrokenPosterior(gen.Posterior):
    """A posterior whose noise and KL can be exchanged."""

    def noise(self, generator: torch.Generator | None) -> Tensor:
        return torch.empty_like(self.mean, requires_grad=False).normal_(generator=generator)

    def sample(self, *, generator: torch.Generator | None = None) -> Tensor:
        return self.mean + self.stddev * self.noise(generator)

    def kl(self) -> Tensor:
        return 0.5 * (self.stddev.square() + self.mean.square() - 1.0) - self.stddev.log()


class UniformNoise(BrokenPosterior):
    """Of variance 1, so that no KL tells."""

    def noise(self, generator):
        return (torch.empty_like(self.mean, requires_grad=False).uniform_(generator=generator) - 0.5) * 12**0.5


class NoiseFromZeroToOne(BrokenPosterior):
    def noise(self, generator):
        return torch.empty_like(self.mean, requires_grad=False).uniform_(generator=generator)


class OneNoiseForAll(BrokenPosterior):
    def noise(self, generator):
        return torch.empty_like(self.mean[:1], requires_grad=False).normal_(generator=generator).expand_as(self.mean)


class NoNoise(BrokenPosterior):
    def noise(self, generator):
        return torch.zeros_like(self.mean)


class NoiseFromTheGlobalState(BrokenPosterior):
    def noise(self, generator):
        return torch.randn_like(self.mean)


class PaysForTheVariance(BrokenPosterior):
    """Takes the standard deviation for a variance in the KL, and not in the draw."""

    def kl(self):
        return 0.5 * (self.stddev + self.mean.square() - 1.0 - self.stddev.log())


class DrawsWithTheVariance(BrokenPosterior):
    def sample(self, *, generator=None):
        return self.mean + self.stddev.square() * self.noise(generator)


class PaysNothingForTheMean(BrokenPosterior):
    def kl(self):
        return 0.5 * (self.stddev.square() - 1.0) - self.stddev.log()


class RewardsDivergence(BrokenPosterior):
    def kl(self):
        return -super().kl()


class OneNumberForAllDimensions(BrokenPosterior):
    def kl(self):
        return super().kl().sum(-1)


class Model(gen.VAE):
    """A model with a posterior of another class."""

    posterior: type = BrokenPosterior

    def read(self, inputs, lengths, controls=None, *, generator=None):
        right = super().read(inputs, lengths, controls, generator=generator)
        return self.posterior(right.mean, right.stddev)


class SoftplusOnLogVariance(Model):
    def read(self, inputs, lengths, controls=None, *, generator=None):
        right = super().read(inputs, lengths, controls, generator=generator)
        return replace(right, stddev=(0.5 * F.softplus(right.stddev)).exp())


class BoundedSigma(Model):
    def read(self, inputs, lengths, controls=None, *, generator=None):
        right = super().read(inputs, lengths, controls, generator=generator)
        return replace(right, stddev=torch.tanh(right.stddev))


class KlAsAReward(Model):
    def loss(self, reconstruction, step):
        right = super().loss(reconstruction, step)
        return replace(right, total=right.reconstruction - right.beta * right.kl_cost, kl_cost=right.kl_cost)


class KlTakenFromTheLoss(Model):
    def loss(self, reconstruction, step):
        right = super().loss(reconstruction, step)
        cost = -right.kl_cost
        return replace(right, total=right.reconstruction + right.beta * cost, kl_cost=cost)


class SumsOverTheBatch(Model):
    def loss(self, reconstruction, step):
        right = super().loss(reconstruction, step)
        error = reconstruction.decoded.loss.sum()
        return replace(right, reconstruction=error, total=error + right.beta * right.kl_cost)


class NormalisesTheBatch(Model):
    def read(self, inputs, lengths, controls=None, *, generator=None):
        right = super().read(inputs, lengths, controls, generator=generator)
        return replace(right, mean=right.mean - right.mean.mean(0))


class NotReparametrised(Model):
    def read(self, inputs, lengths, controls=None, *, generator=None):
        right = super().read(inputs, lengths, controls, generator=generator)
        return replace(right, mean=right.mean.detach())


class UniformPrior(Model):
    def prior(self, n, *, generator=None):
        return (torch.rand(n, self.latent.size, generator=generator) - 0.5) * 12**0.5


class KeepsItsSumsNowhere(Model):
    """Its running mean is a buffer that isn't saved."""

    def __init__(self, *arguments, **options) -> None:
        super().__init__(*arguments, **options)
        self.register_buffer("scale", torch.ones(()), persistent=False)

    def __deepcopy__(self, memo):
        copy = type(self)(
            self.encoder, self.decoder, latent=self.latent, steps=self.steps
        )  # as a constructor that draws its scale anew would
        copy.load_state_dict(self.state_dict())
        copy.scale = torch.rand(()) + 1.0
        return copy


def linear(start: Tensor, end: Tensor, t: float) -> Tensor:
    """Computes the path on the sphere and throws it away."""
    gen.slerp(start, end, t)
    return (1 - t) * start + t * end


def backwards(start: Tensor, end: Tensor, t: float) -> Tensor:
    return gen.slerp(end, start, t)


def undefined(start: Tensor, end: Tensor, t: float) -> Tensor:
    """Divides by the sine of the angle, which may be 0, as the original does."""
    omega = torch.arccos((start / start.norm() * (end / end.norm())).sum().clamp(-1, 1))
    return ((1 - t) * omega).sin() / omega.sin() * start + (t * omega).sin() / omega.sin() * end


def with_posterior(posterior: type) -> type[Model]:
    """A model whose posterior is of that class."""
    return type(f"With{posterior.__name__}", (Model,), {"posterior": posterior})


INTENDED: dict[type, str] = {
    with_posterior(NoiseFromTheGlobalState): "determinism",
    with_posterior(UniformNoise): "noise",
    with_posterior(NoiseFromZeroToOne): "noise",
    with_posterior(OneNoiseForAll): "noise",
    with_posterior(NoNoise): "noise",
    with_posterior(PaysForTheVariance): "kl",
    with_posterior(DrawsWithTheVariance): "kl",
    with_posterior(PaysNothingForTheMean): "kl",
    with_posterior(RewardsDivergence): "kl",
    with_posterior(OneNumberForAllDimensions): "kl",
    SoftplusOnLogVariance: "sigma-range",
    BoundedSigma: "sigma-range",
    KlAsAReward: "loss",
    KlTakenFromTheLoss: "loss",
    SumsOverTheBatch: "loss",
    NormalisesTheBatch: "batch-mates",
    NotReparametrised: "gradients",
    UniformPrior: "prior",
}
"""Each broken model, and the check that must fail, alone."""

PATHS = {linear: "slerp", backwards: "slerp", undefined: "slerp"}
"""Broken ways from one z to another."""
