"""A prior that is learned with the model and says z number by number, each from those before it.

Letters in shape comments: B batch, Z latent size, H hidden units, K parts of a number's distribution, D draws.
"""

from __future__ import annotations

import math
from abc import abstractmethod

import torch
from torch import Tensor
from torch.nn import functional as F

from gen.model.latents import Gaussian, MixedPosterior, Posterior
from gen.nn import dropout, linear, without_dropout

_LOG_2PI = math.log(2.0 * math.pi)
NARROWEST = -4.0
"""Logarithm of a part's standard deviation, at the least."""
FARTHEST = 8.0
"""What a number is heard as at the most: z has a variance of about 1."""
_DRAWS = 32  # by which a distance is estimated where nothing is trained
_AT_ONCE = 8  # of them, for the sake of memory


class LearnedPrior(Gaussian):
    """Normal posteriors, and a prior that is learned and whose density is known, but not the KL to it.

    What is called KL is an estimate: the KL to the standard normal, which is known, and by draws the rest. Trained, it
    is by the draw of a generator, an example each; else by some that are always the same, all examples alike, so that
    one costs the same in whatever batch. Their errors don't average out over examples, which is why each number's are
    spread evenly: so they are off by a fraction of a bit, where free draws would be by several.
    """

    @abstractmethod
    def log_density(self, z: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
        """Of z ``[…, Z]`` under the prior, in nats ``[…]``."""

    def forward(self, encoding: Tensor, *, generator: torch.Generator | None = None) -> MixedPosterior:
        """As `gen.interfaces.Latent.forward`."""
        mean, stddev = self.mean(encoding), F.softplus(self.stddev(encoding))
        noise = None
        if self.training:
            noise = torch.empty_like(mean, requires_grad=False).normal_(generator=generator)[None]  # [1, B, Z]
        return self.posterior(mean, stddev, noise, generator=generator)

    def posterior(
        self, mean: Tensor, stddev: Tensor, noise: Tensor | None = None, *, generator: torch.Generator | None = None
    ) -> MixedPosterior:
        """As `gen.model.latents.Gaussian.posterior`."""
        if noise is None:
            noise = even_noise(_DRAWS, mean.shape[1]).to(mean)[:, None]
        foretold = []  # how much likelier draws are than under the standard normal, [D, B]
        for some in torch.split(noise, _AT_ONCE):
            z = mean + stddev * some  # [D, B, Z]
            standard = -0.5 * (z.square() + _LOG_2PI).sum(-1)  # [D, B]
            foretold.append(self.log_density(z, generator=generator) - standard)
        distance = Posterior(mean, stddev).kl().sum(-1) - torch.cat(foretold).mean(0)  # [B]
        return MixedPosterior(mean, stddev, distance[:, None])


class Autoregressive(LearnedPrior):
    """Normal posteriors, and a learned prior, number by number (Chen et al. 2017, *Variational Lossy Autoencoder*).

    A masked network (Germain et al. 2015, *MADE*) says of each number of z a mixture of normals, from the numbers
    before it. What posteriors cost is less by what it foretells, so that as many bits tell more. New, it is nearly the
    standard normal.

    Args:
        hidden: H, of two layers.
        parts: K.
        dropout: of hidden units, in training.
        input_size, latent_size: E and Z; given by gen.
    """

    may: Tensor
    within: Tensor
    out: Tensor

    def __init__(
        self, hidden: int = 384, parts: int = 4, dropout: float = 0.2, *, input_size: int, latent_size: int
    ) -> None:
        if hidden < 1 or parts < 1:
            raise ValueError(f"hidden and parts must be at least 1, got {hidden} and {parts}")
        if not 0.0 <= dropout < 1.0:
            raise ValueError(f"dropout must be 0 or more and below 1, got {dropout}")
        super().__init__(input_size=input_size, latent_size=latent_size)
        self.parts, self.dropout = parts, dropout
        number = torch.arange(latent_size)
        known = torch.arange(hidden) % max(1, latent_size - 1)  # the last number that each unit hears, [H]
        self.register_buffer("may", (number <= known[:, None]).float(), persistent=False)  # [H, Z]
        self.register_buffer("within", (known <= known[:, None]).float(), persistent=False)  # [H, H]
        self.register_buffer("out", (known < number[:, None]).float(), persistent=False)  # [Z, H]
        self.heard = linear(latent_size, hidden)
        self.more = linear(hidden, hidden)
        self.said = linear(hidden, 3 * parts * latent_size, stddev=0.01)
        spread_parts(self.said.bias, parts)

    def log_density(self, z: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
        """Of z ``[…, Z]`` under the prior, in nats ``[…]``."""
        shares, centres, widths = self._parts(z, generator)  # […, K, Z] each
        return mixture_of(z, shares, centres, widths).sum(-1)

    @torch.no_grad()
    def prior(self, n: int, *, generator: torch.Generator | None = None) -> Tensor:
        """As `gen.interfaces.Latent.prior`."""
        here = self.said.weight.device
        device = generator.device if generator is not None else here
        size = self.mean.out_features
        noise = torch.randn(n, size, device=device, generator=generator).to(here)
        luck = torch.empty(n, self.parts, size, device=device).exponential_(generator=generator).to(here)
        z = torch.zeros(n, size, device=here)
        with without_dropout(self):
            for number in range(size):
                shares, centres, widths = (each[..., number] for each in self._parts(z, None))  # [n, K]
                z[:, number] = draw_of(shares, centres, widths, luck[..., number], noise[:, number])
        return z

    def _parts(self, z: Tensor, generator: torch.Generator | None) -> tuple[Tensor, Tensor, Tensor]:
        """Of every number's distribution: logarithms of shares, centres, logarithms of widths; ``[…, K, Z]`` each."""
        rate = self.dropout if self.training else 0.0
        hidden = F.gelu(F.linear(z.clamp(-FARTHEST, FARTHEST), self.heard.weight * self.may, self.heard.bias))
        more = dropout(hidden, rate, generator=generator)
        hidden = hidden + F.gelu(F.linear(more, self.more.weight * self.within, self.more.bias))  # […, H]
        weight = self.said.weight * self.out.repeat(3 * self.parts, 1)
        said = F.linear(dropout(hidden, rate, generator=generator), weight, self.said.bias)
        centres, widths, shares = said.view(*said.shape[:-1], 3, self.parts, -1).unbind(-3)
        return shares.log_softmax(-2), centres, widths.clamp(min=NARROWEST)


def even_noise(draws: int, size: int) -> Tensor:
    """Standard normal draws ``[D, Z]``, always the same: of each number one from each of D equal shares, in any order.

    So each number's have a mean of 0 and, which the middles of the shares alone lack a little of, a variance of 1.
    """
    middles = torch.special.ndtri((torch.arange(draws, dtype=torch.float64, device="cpu") + 0.5) / draws)
    middles /= middles.square().mean().sqrt()
    order = torch.rand(draws, size, generator=torch.Generator().manual_seed(0), device="cpu").argsort(0)
    noise: Tensor = middles.float()[order]
    return noise


def mixture_of(z: Tensor, shares: Tensor, centres: Tensor, widths: Tensor) -> Tensor:
    """Log densities ``[…, Z]`` of numbers under mixtures of normals.

    Of each ``[…, K, Z]``: logarithms of shares, centres, and logarithms of widths.
    """
    away = (z[..., None, :] - centres) * (-widths).exp()
    return torch.logsumexp(shares - 0.5 * (away.square() + _LOG_2PI) - widths, -2)


def draw_of(shares: Tensor, centres: Tensor, widths: Tensor, luck: Tensor, noise: Tensor) -> Tensor:
    """Draws ``[N]`` of mixtures of normals, ``[N, K]`` each as of `mixture_of`.

    Which part it is follows from ``luck [N, K]``, exponential draws, and where in it from ``noise [N]``, normal ones.
    """
    part = (shares - luck.log()).argmax(-1, keepdim=True)
    return (centres.gather(1, part) + widths.gather(1, part).exp() * noise[:, None])[:, 0]


@torch.no_grad()
def spread_parts(bias: Tensor, parts: int) -> None:
    """Let the centres that a new layer says, of ``bias [3 K Z]``, stand apart."""
    bias.view(3, parts, -1)[0] = torch.linspace(-1.0, 1.0, parts)[:, None] * (parts > 1)
