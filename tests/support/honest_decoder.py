"""A small decoder that keeps every promise, in pieces that a broken one can replace one at a time.

Letters in shape comments: B batch, T steps, K drums, D = 3K output depth, H hidden size.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gen import Decoder, DecoderOutput
from gen.nn import dropout, valid_steps


class HonestDecoder(Decoder):
    """A GRU that says drum hits with velocities and offsets.

    Args:
        width: H.
        dropout: probability of dropping an input, in training.
        output_depth: D.
        control_depth: width of the controls.
        latent_size: width of z.
    """

    def __init__(
        self, width: int = 12, *, dropout: float = 0.2, output_depth: int, control_depth: int, latent_size: int
    ) -> None:
        super().__init__()
        self.rate = dropout
        self.cell = nn.GRUCell(output_depth + latent_size + control_depth, width)
        self.initial = nn.Linear(latent_size, width)
        self.projection = nn.Linear(width, output_depth)
        self.output_depth = output_depth

    def forward(self, targets, lengths, z, controls=None, *, feedback=0.0, generator=None):
        state = self.start(self.latent(z))
        previous = torch.zeros_like(targets[:, 0])
        raws, samples = [], []
        for step in range(targets.shape[1]):
            raw, state = self.say(
                self.heard(previous, targets, step), z, self.control(controls, step), state, generator
            )
            raws.append(raw)
            samples.append(self.draw(raw.detach(), 1.0, generator))
            previous = self.next(samples[-1], targets[:, step], step, feedback, generator)
        raw = self.finished(torch.stack(raws, dim=1))  # [B, T, D]
        nats = self.nats(raw, targets)  # [B, T]
        valid = valid_steps(lengths, targets.shape[1])
        sums = {"error": self.masked(nats.detach(), valid)}
        return DecoderOutput(
            loss=self.total(nats, valid),
            outputs=raw,
            samples=torch.stack(samples, dim=1) if feedback else None,
            predictions=None if self.training else self.draw(raw.detach(), 0.0, None),
            sums=sums,
            counts={"error": valid.sum(1).float()},
        )

    def sample(self, z, steps, *, controls=None, temperature=1.0, generator=None):
        state = self.start(self.latent(z))
        previous = z.new_zeros(len(z), self.output_depth)
        said = []
        for step in range(steps):
            raw, state = self.say(previous, z, self.control(controls, step), state, generator)
            previous = self.draw(raw, temperature, generator)
            said.append(previous)
        return torch.stack(said, dim=1)

    # The pieces.

    def latent(self, z: Tensor) -> Tensor:
        return z

    def start(self, z: Tensor) -> Tensor:
        return self.initial(z).tanh()

    def control(self, controls: Tensor | None, step: int) -> Tensor | None:
        return None if controls is None else controls[:, step]

    def heard(self, previous: Tensor, targets: Tensor, step: int) -> Tensor:
        return previous

    def say(self, previous, z, control, state, generator):
        parts = [previous, self.latent(z)] + ([] if control is None else [control])
        x = self.drop(torch.cat(parts, dim=-1), generator)
        state = self.cell(x, state)
        return self.project(state), state

    def drop(self, x: Tensor, generator) -> Tensor:
        return dropout(x, self.rate, generator=generator) if self.training else x

    def project(self, state: Tensor) -> Tensor:
        return self.projection(state)

    def next(self, sample, target, step, feedback, generator):
        own = torch.rand(len(target), 1, device=target.device, generator=generator) < feedback
        return torch.where(own, sample, target)

    def finished(self, raw: Tensor) -> Tensor:
        return raw

    def draw(self, raw: Tensor, temperature: float, generator) -> Tensor:
        hits, velocities, offsets = raw.chunk(3, dim=-1)
        return torch.cat([self.hits(hits, temperature, generator), velocities.sigmoid(), offsets.tanh()], dim=-1)

    def hits(self, logits: Tensor, temperature: float, generator) -> Tensor:
        if temperature > 0:
            return torch.bernoulli(torch.sigmoid(logits / temperature), generator=generator)
        return (logits > 0).to(logits.dtype)

    def nats(self, raw: Tensor, targets: Tensor) -> Tensor:
        return self.columns(raw, targets).sum(-1)

    def columns(self, raw: Tensor, targets: Tensor) -> Tensor:
        hits, velocities, offsets = raw.chunk(3, dim=-1)
        hit, velocity, offset = targets.chunk(3, dim=-1)
        hits_nats = F.binary_cross_entropy_with_logits(hits.float(), hit, reduction="none")
        return torch.cat(
            [hits_nats, (velocities.sigmoid() - velocity).square(), (offsets.tanh() - offset).square()], dim=-1
        )

    def total(self, nats: Tensor, valid: Tensor) -> Tensor:
        return self.masked(nats, valid)

    def masked(self, nats: Tensor, valid: Tensor) -> Tensor:
        return torch.where(valid, nats, nats.new_zeros(())).sum(1)
