"""Decoders unlike gen's own that keep every promise, so that the kit asks for nothing that only an LSTM can do.

Letters in shape comments: B batch, T steps, D output depth, H width.
"""

from __future__ import annotations

import math

import torch
from honest_decoder import HonestDecoder
from torch import nn
from torch.nn import functional as F

from gen import Decoder, DecoderOutput
from gen.nn import valid_steps


class SaysAllAtOnce(HonestDecoder):
    """Hears nothing of what was said."""

    def say(self, previous, z, control, state, generator):
        return super().say(torch.zeros_like(previous), z, control, state, generator)


class DrawsRealNumbers(HonestDecoder):
    """A normal distribution of deviation 0.5 for every column."""

    def draw(self, raw, temperature, generator):
        if temperature == 0:
            return raw
        noise = torch.empty_like(raw).normal_(generator=generator)
        return raw + 0.5 * math.sqrt(temperature) * noise

    def columns(self, raw, targets):
        return 0.5 * ((targets - raw) / 0.5).square() + math.log(0.5 * math.sqrt(2 * math.pi))


class SmoothsItsLabels(HonestDecoder):
    """In training alone: what is evaluated is a likelihood."""

    def columns(self, raw, targets):
        return super().columns(raw, 0.9 * targets + 0.05 if self.training else targets)


class DropsWords(HonestDecoder):
    """Bowman et al. 2016: in training it doesn't hear everything."""

    def say(self, previous, z, control, state, generator):
        if self.training:
            previous = previous * (torch.rand(len(z), 1, device=z.device, generator=generator) > 0.3)
        return super().say(previous, z, control, state, generator)


class NormalisesBatches(HonestDecoder):
    whole_batch = True

    def __init__(self, *, output_depth: int, control_depth: int, latent_size: int) -> None:
        super().__init__(output_depth=output_depth, control_depth=control_depth, latent_size=latent_size)
        self.norm = nn.BatchNorm1d(latent_size)

    def start(self, z):
        return super().start(self.norm(z))


class MeansOverStepsOfRealNumbers(DrawsRealNumbers):
    """Broken: what `MeansOverSteps` is among decoders whose steps can be counted."""

    def total(self, nats, valid):
        return self.masked(nats, valid) / valid.sum(1).clamp(min=1)


class AttendsBackwards(Decoder):
    """A causal Transformer of one layer that says one class a step.

    Args:
        width: H.
        output_depth: D.
        control_depth: width of the controls.
        latent_size: width of z.
        steps: the most that it says.
    """

    def __init__(
        self, width: int = 16, *, output_depth: int, control_depth: int, latent_size: int, steps: int | None
    ) -> None:
        super().__init__()
        self.depth = output_depth
        self.entry = nn.Linear(output_depth + control_depth + latent_size, width)
        self.places = nn.Parameter(0.1 * torch.randn(steps or 256, width))
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.norm = nn.LayerNorm(width)
        self.exit = nn.Linear(width, output_depth)

    def forward(self, targets, lengths, z, controls=None, *, feedback=0.0, generator=None):
        heard, samples = self.shifted(targets), None
        if feedback:
            heard, samples = self.listen(targets, z, controls, feedback, generator)
        logits = self.logits(heard, z, controls)  # [B, T, D]
        valid = valid_steps(lengths, targets.shape[1])
        nats = -(targets * F.log_softmax(logits.float(), -1)).sum(-1)  # [B, T]
        return DecoderOutput(
            loss=torch.where(valid, nats, nats.new_zeros(())).sum(1),
            outputs=logits.float(),
            samples=samples,
            predictions=None if self.training else self.draw(logits, 0.0, None),
        )

    def sample(self, z, steps, *, controls=None, temperature=1.0, generator=None):
        said = z.new_zeros(len(z), 0, self.depth)
        for step in range(steps):
            heard = torch.cat([z.new_zeros(len(z), 1, self.depth), said], dim=1)
            logits = self.logits(heard, z, None if controls is None else controls[:, : step + 1])
            said = torch.cat([said, self.draw(logits[:, -1:], temperature, generator)], dim=1)
        return said

    def listen(self, targets, z, controls, feedback, generator):
        """What each step hears, and what the model itself said, one step after another."""
        heard, samples = torch.zeros_like(targets[:, :1]), []
        for step in range(targets.shape[1]):
            logits = self.logits(heard, z, None if controls is None else controls[:, : step + 1])
            samples.append(self.draw(logits[:, -1:].detach(), 1.0, generator))
            own = torch.rand(len(z), 1, 1, device=z.device, generator=generator) < feedback
            heard = torch.cat([heard, torch.where(own, samples[-1], targets[:, step : step + 1])], dim=1)
        return heard[:, :-1], torch.cat(samples, dim=1)

    def logits(self, heard, z, controls):
        parts = [heard, z[:, None].expand(-1, heard.shape[1], -1)] + ([] if controls is None else [controls])
        x = self.entry(torch.cat(parts, -1)) + self.places[: heard.shape[1]]  # [B, T, H]
        mixed = F.scaled_dot_product_attention(self.query(x), self.key(x), self.value(x), is_causal=True)
        return self.exit(self.norm(x + mixed))

    @staticmethod
    def shifted(targets):
        return torch.cat([torch.zeros_like(targets[:, :1]), targets[:, :-1]], dim=1)

    @staticmethod
    def draw(logits, temperature, generator):
        depth = logits.shape[-1]
        if temperature == 0:
            return F.one_hot(logits.argmax(-1), depth).float()
        chances = F.softmax(logits.float() / temperature, -1)
        choice = torch.multinomial(chances.flatten(0, 1), 1, generator=generator).view(logits.shape[:-1])
        return F.one_hot(choice, depth).float()


class AttendsBothWays(AttendsBackwards):
    """Broken: without a mask."""

    def logits(self, heard, z, controls):
        parts = [heard, z[:, None].expand(-1, heard.shape[1], -1)] + ([] if controls is None else [controls])
        x = self.entry(torch.cat(parts, -1)) + self.places[: heard.shape[1]]
        mixed = F.scaled_dot_product_attention(self.query(x), self.key(x), self.value(x))
        return self.exit(self.norm(x + mixed))
