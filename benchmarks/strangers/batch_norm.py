"""BN-VAE (Zhu et al. 2020): the posterior's means are normalised over the batch, so that the KL can't vanish."""

from dataclasses import dataclass

import torch
from torch import nn

import gen
from gen.interfaces import Latent, LatentPosterior

RECIPE = "latent: {type: batch_norm, size: 8, free_bits: 0}"


@dataclass(frozen=True, eq=False)
class Normal(LatentPosterior):
    log: torch.Tensor  # [B, Z]

    def sample(self, *, generator=None):
        return self.mean + self.log.exp() * torch.empty_like(self.mean, requires_grad=False).normal_(
            generator=generator
        )

    def kl(self):
        return 0.5 * ((2 * self.log).exp() + self.mean.square() - 1) - self.log


class BatchNorm(Latent):
    whole_batch = True

    def __init__(self, spread: float = 0.6, *, input_size: int, latent_size: int) -> None:
        super().__init__()
        self.mean, self.log = nn.Linear(input_size, latent_size), nn.Linear(input_size, latent_size)
        self.norm = nn.BatchNorm1d(latent_size, affine=False)
        self.shift = nn.Parameter(torch.zeros(latent_size))
        self.spread = spread

    def forward(self, encoding, *, generator=None):
        return Normal(self.spread * self.norm(self.mean(encoding)) + self.shift, self.log(encoding).clamp(-5, 3))

    def prior(self, n, *, generator=None):
        return torch.randn(n, len(self.shift), generator=generator).to(self.shift)


@gen.hookimpl
def register_latents():
    return {"batch_norm": BatchNorm}
