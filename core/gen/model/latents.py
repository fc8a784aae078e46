"""Latent spaces: what z is, how it is drawn, and what it costs (Roberts et al. 2018, section 2, has the first).

Letters in shape comments: B batch, E width of an encoding, Z latent size, N variables, C classes, K parts of a prior.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gen.interfaces.latent import Latent, LatentPosterior
from gen.nn import linear


@dataclass(frozen=True, eq=False)
class Posterior(LatentPosterior):
    """q(z|x), a normal distribution with a diagonal covariance: mean and standard deviation ``[B, Z]``."""

    stddev: Tensor

    def sample(self, *, generator: torch.Generator | None = None) -> Tensor:
        """One reparametrised draw ``[B, Z]``."""
        noise = torch.empty_like(self.mean, requires_grad=False).normal_(generator=generator)
        return self.mean + self.stddev * noise

    def kl(self) -> Tensor:
        """KL divergence to the standard normal, in nats ``[B, Z]``, one number a dimension."""
        return 0.5 * (self.stddev.square() + self.mean.square() - 1.0) - self.stddev.log()


class Gaussian(Latent):
    """A normal posterior for each example, and the standard normal for all (Kingma and Welling 2014).

    Args:
        input_size, latent_size: E and Z; given by gen.
    """

    def __init__(self, *, input_size: int, latent_size: int) -> None:
        super().__init__()
        self.mean = linear(input_size, latent_size, stddev=0.001)
        self.stddev = linear(input_size, latent_size, stddev=0.001)

    def forward(self, encoding: Tensor, *, generator: torch.Generator | None = None) -> Posterior:
        """As `gen.interfaces.Latent.forward`."""
        return self.posterior(self.mean(encoding), F.softplus(self.stddev(encoding)))

    def posterior(self, mean: Tensor, stddev: Tensor, noise: Tensor | None = None) -> Posterior:
        """The posterior of that mean and standard deviation ``[B, Z]``, with its price.

        Where a price is estimated, it is so by ``noise``, standard normal ``[D, B, Z]`` or ``[D, 1, Z]``.
        """
        return Posterior(mean, stddev)

    def prior(self, n: int, *, generator: torch.Generator | None = None) -> Tensor:
        """As `gen.interfaces.Latent.prior`."""
        here = self.mean.weight.device
        device = generator.device if generator is not None else here
        return torch.randn(n, self.mean.out_features, device=device, generator=generator).to(here)


@dataclass(frozen=True, eq=False)
class MixedPosterior(Posterior):
    """A normal distribution as `Posterior`, paid for by its distance ``[B, 1]`` to a prior that is learned."""

    distance: Tensor

    def kl(self) -> Tensor:
        """The distance: an estimate of the KL to that prior, or a bound from above, in nats ``[B, 1]``."""
        return self.distance


class Mixture(Gaussian):
    """Normal posteriors, and a prior that is learned with them: a mixture of normals (Dilokthanakul et al. 2016).

    What is paid is a bound from above on the KL to it, ``-log sum_k share_k exp(-KL(q | part_k))`` (Hershey and Olsen
    2007, section 7), which costs no draw and still bounds the likelihood.

    Args:
        parts: K.
        input_size, latent_size: E and Z; given by gen.
    """

    def __init__(self, parts: int = 16, *, input_size: int, latent_size: int) -> None:
        if parts < 1:
            raise ValueError(f"parts must be at least 1, got {parts}")
        super().__init__(input_size=input_size, latent_size=latent_size)
        self.shares = nn.Parameter(torch.zeros(parts))  # [K], as logits
        self.centres = nn.Parameter(torch.randn(parts, latent_size))  # [K, Z]
        self.widths = nn.Parameter(torch.zeros(parts, latent_size))  # [K, Z], logarithms of standard deviations

    def posterior(self, mean: Tensor, stddev: Tensor, noise: Tensor | None = None) -> MixedPosterior:
        """As `Gaussian.posterior`."""
        ratio = stddev[:, None].log() - self.widths  # [B, K, Z]
        away = (mean[:, None] - self.centres) * (-self.widths).exp()  # [B, K, Z]
        each = (0.5 * ((2.0 * ratio).exp() + away.square() - 1.0) - ratio).sum(-1)  # [B, K]
        distance = -torch.logsumexp(self.shares.log_softmax(0) - each, 1, keepdim=True)  # [B, 1]
        return MixedPosterior(mean, stddev, distance)

    def prior(self, n: int, *, generator: torch.Generator | None = None) -> Tensor:
        """As `gen.interfaces.Latent.prior`."""
        here = self.centres.device
        device = generator.device if generator is not None else here
        part = torch.multinomial(self.shares.softmax(0).to(device), n, replacement=True, generator=generator).to(here)
        noise = torch.randn(n, self.centres.shape[1], device=device, generator=generator).to(here)  # [n, Z]
        return self.centres[part] + self.widths[part].exp() * noise


@dataclass(frozen=True, eq=False)
class CategoricalPosterior(LatentPosterior):
    """N variables of C classes each, side by side: probabilities as ``mean``, and ``logits [B, N, C]``."""

    logits: Tensor
    temperature: float

    def sample(self, *, generator: torch.Generator | None = None) -> Tensor:
        """One class a variable, one-hot ``[B, Z]``; gradients are those of a softened draw."""
        luck = torch.empty_like(self.logits, requires_grad=False).exponential_(generator=generator)
        heard = self.logits - luck.log()  # [B, N, C]: with Gumbel noise
        soft = (heard / self.temperature).softmax(-1)
        hard = F.one_hot(heard.argmax(-1), heard.shape[-1]).to(soft.dtype)
        return (hard + (soft - soft.detach())).flatten(1)  # [B, Z]

    def kl(self) -> Tensor:
        """KL divergence to classes that are all as likely, in nats ``[B, N]``."""
        known = self.logits.log_softmax(-1)
        return (known.exp() * known).sum(-1) + math.log(self.logits.shape[-1])


class Categorical(Latent):
    """Variables of a few classes, drawn by Gumbel-softmax with whole steps (Jang et al. 2017), and a uniform prior.

    Args:
        classes: C of each variable; ``latent.size`` is a multiple of it, and there are ``size / classes`` variables.
        temperature: of the softened draws whose gradients are taken.
        input_size, latent_size: E and Z; given by gen.
    """

    def __init__(self, classes: int = 8, temperature: float = 1.0, *, input_size: int, latent_size: int) -> None:
        super().__init__()
        if classes < 2 or latent_size % classes:
            raise ValueError(f"classes must be 2 or more and divide latent.size ({latent_size}), got {classes}")
        if not (math.isfinite(temperature) and temperature > 0.0):
            raise ValueError(f"temperature must be a number above 0, got {temperature}")
        self.classes, self.temperature = classes, temperature
        self.logits = linear(input_size, latent_size)

    def forward(self, encoding: Tensor, *, generator: torch.Generator | None = None) -> CategoricalPosterior:
        """As `gen.interfaces.Latent.forward`."""
        logits = self.logits(encoding).unflatten(1, (-1, self.classes))  # [B, N, C]
        return CategoricalPosterior(logits.softmax(-1).flatten(1), logits, self.temperature)

    def prior(self, n: int, *, generator: torch.Generator | None = None) -> Tensor:
        """As `gen.interfaces.Latent.prior`."""
        here = self.logits.weight.device
        device = generator.device if generator is not None else here
        variables = self.logits.out_features // self.classes
        drawn = torch.randint(self.classes, (n, variables), device=device, generator=generator)
        return F.one_hot(drawn, self.classes).flatten(1).to(here, torch.float32)
