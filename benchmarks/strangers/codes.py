"""Codes (VQ-VAE): each part of z is the nearest of a few vectors, moved by averages of what is read."""

import math
from dataclasses import dataclass

import torch
from torch import nn

import gen
from gen.interfaces import Latent, LatentPosterior

RECIPE = "latent: {type: codes, size: 8, free_bits: 0}"


@dataclass(frozen=True, eq=False)
class Nearest(LatentPosterior):
    away: torch.Tensor  # [B, N]

    def sample(self, *, generator=None):
        return self.mean

    def kl(self):
        return torch.full_like(self.away, math.log(16)).detach()

    def extra(self):
        return 0.25 * self.away.sum(-1)


class Codes(Latent):
    def __init__(self, parts: int = 4, keep: float = 0.9, *, input_size: int, latent_size: int) -> None:
        super().__init__()
        self.parts, self.keep = parts, keep
        self.to_z = nn.Linear(input_size, latent_size)
        book = torch.randn(16, latent_size // parts)
        for name, value in (("book", book), ("total", book.clone()), ("count", torch.ones(16))):
            self.register_buffer(name, value)

    def forward(self, encoding, *, generator=None):
        z = self.to_z(encoding).unflatten(1, (self.parts, -1))  # [B, N, D]
        chosen = torch.cdist(z, self.book.expand(len(z), -1, -1)).argmin(-1)  # [B, N]
        code = self.book[chosen]
        if self.training:
            hits = nn.functional.one_hot(chosen, 16).to(z.dtype).flatten(0, 1)  # [B N, 16]
            with torch.no_grad():
                self.count = self.keep * self.count + (1 - self.keep) * hits.sum(0)
                self.total = self.keep * self.total + (1 - self.keep) * hits.T @ z.flatten(0, 1)
                self.book = self.total / self.count[:, None].clamp(min=1e-3)
        return Nearest((z + (code - z).detach()).flatten(1), (z - code.detach()).square().sum(-1))

    def prior(self, n, *, generator=None):
        return self.book[torch.randint(16, (n, self.parts), generator=generator).to(self.book.device)].flatten(1)


@gen.hookimpl
def register_latents():
    return {"codes": Codes}
