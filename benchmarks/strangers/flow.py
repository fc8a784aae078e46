"""A learned prior: two affine couplings between z and a standard normal; the KL is an estimate by a draw."""

from dataclasses import dataclass

import torch
from torch import nn

import gen
from gen.interfaces import Latent, LatentPosterior

RECIPE = "latent: {type: flow, size: 8, free_bits: 0}"


@dataclass(frozen=True, eq=False)
class Drawn(LatentPosterior):
    z: torch.Tensor  # [B, Z]
    nats: torch.Tensor  # [B, 1]

    def sample(self, *, generator=None):
        return self.z

    def kl(self):
        return self.nats


class Flow(Latent):
    def __init__(self, width: int = 16, *, input_size: int, latent_size: int) -> None:
        super().__init__()
        self.half = latent_size // 2
        self.mean, self.spread = nn.Linear(input_size, latent_size), nn.Linear(input_size, latent_size)
        self.nets = nn.ModuleList(
            nn.Sequential(nn.Linear(self.half, width), nn.Tanh(), nn.Linear(width, latent_size)) for _ in range(2)
        )

    def couple(self, x, net, sign):
        a, b = x.chunk(2, -1)
        shift, scale = net(a).tanh().chunk(2, -1)
        b = (b - shift) * (-scale).exp() if sign > 0 else b * scale.exp() + shift
        return torch.cat([b, a] if sign > 0 else [a, b], -1), -scale.sum(-1)

    def forward(self, encoding, *, generator=None):
        mean, log = self.mean(encoding), self.spread(encoding).clamp(-5, 3)
        noise = torch.empty_like(mean, requires_grad=False).normal_(generator=generator)
        z = x = mean + log.exp() * noise
        nats = -(0.5 * noise.square() + log).sum(-1)  # log q, but for a constant that the prior has, too
        for net in self.nets:
            x, change = self.couple(x, net, 1)
            nats = nats - change
        return Drawn(mean, z, (nats + 0.5 * x.square().sum(-1))[:, None])

    def prior(self, n, *, generator=None):
        x = torch.randn(n, 2 * self.half, generator=generator).to(self.mean.weight)
        for net in reversed(self.nets):
            x, _ = self.couple(x.roll(self.half, -1), net, -1)
        return x


@gen.hookimpl
def register_latents():
    return {"flow": Flow}
