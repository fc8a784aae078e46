"""The variational autoencoder around any encoder and decoder (Roberts et al. 2018, section 2; base_model.py).

Letters in shape comments: B batch, T steps, D depth, E encoder output, Z latent size.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gen.interfaces.decoder import Decoder, DecoderOutput
from gen.interfaces.encoder import Encoder, StartsPosterior
from gen.model import schedules
from gen.model.prior import FittedPrior
from gen.model.refining import refined
from gen.nn import linear
from gen.recipes.sections import LatentSection

NATS_PER_BIT = math.log(2.0)


@dataclass(frozen=True, eq=False)
class Posterior:
    """q(z|x), a normal distribution with a diagonal covariance: mean and standard deviation ``[B, Z]``."""

    mean: Tensor
    stddev: Tensor

    def sample(self, *, generator: torch.Generator | None = None) -> Tensor:
        """One reparametrised draw ``[B, Z]``."""
        noise = torch.empty_like(self.mean, requires_grad=False).normal_(generator=generator)
        return self.mean + self.stddev * noise

    def kl(self) -> Tensor:
        """KL divergence to the standard normal, in nats ``[B, Z]``, one number a dimension."""
        return 0.5 * (self.stddev.square() + self.mean.square() - 1.0) - self.stddev.log()


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """A batch through the model and back: its posterior, the z drawn from it, what the decoder made of z."""

    posterior: Posterior
    z: Tensor
    decoded: DecoderOutput


@dataclass(frozen=True, eq=False)
class Loss:
    """The training loss and its parts, scalars in nats (``kl_bits`` in bits), each a mean over the batch.

    Attributes:
        total: ``reconstruction + beta * kl_cost``.
        reconstruction: summed over steps.
        kl_cost: KL in excess of the free bits, an example at a time.
        kl_bits: the whole KL.
        beta: weight of ``kl_cost`` at this step.
    """

    total: Tensor
    reconstruction: Tensor
    kl_cost: Tensor
    kl_bits: Tensor
    beta: float

    def figures(self) -> dict[str, float]:
        """The numbers, by the names that metrics have."""
        parts = {name: getattr(self, name).item() for name in ("reconstruction", "kl_cost", "kl_bits")}
        return {"loss": self.total.item(), **parts, "beta": self.beta}


class VAE(nn.Module):
    """Encoder, posterior, decoder.

    The encoder reads inputs and controls side by side; ``steps`` is how many `decode` says unless told, None where
    examples vary.
    """

    def __init__(self, encoder: Encoder, decoder: Decoder, *, latent: LatentSection, steps: int | None) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.latent = latent
        self.steps = steps
        self.mean = linear(encoder.output_size, latent.size, stddev=0.001)
        self.stddev = linear(encoder.output_size, latent.size, stddev=0.001)
        self.fitted = FittedPrior(latent.prior_parts, latent.size) if latent.prior == "fitted" else None
        if isinstance(encoder, StartsPosterior):
            encoder.start_posterior(self.mean, self.stddev)

    @property
    def device(self) -> torch.device:
        """Where the parameters are."""
        return self.mean.weight.device

    def parameter_count(self) -> int:
        """Number of trained parameters, as the original counts them (one bias a gate)."""
        return sum(parameter.numel() for parameter in self.parameters() if parameter.requires_grad)

    def encode(
        self,
        inputs: Tensor,
        lengths: Tensor,
        controls: Tensor | None = None,
        *,
        generator: torch.Generator | None = None,
    ) -> Posterior:
        """The posterior of a batch, refined where the recipe says so (`gen.model.refining`).

        Inputs ``[B, T, input_depth]`` and lengths are as in `Encoder.forward`, controls as in `Decoder.forward`.
        """
        read = self.read(inputs, lengths, controls, generator=generator)
        if not self.latent.refine_steps:
            return read
        with without_dropout(self):
            steps = self.latent.refine_steps
            return Posterior(*refined(self.decoder, read.mean, read.stddev, inputs, lengths, controls, steps=steps))

    def read(
        self,
        inputs: Tensor,
        lengths: Tensor,
        controls: Tensor | None = None,
        *,
        generator: torch.Generator | None = None,
    ) -> Posterior:
        """The posterior as the encoder says it, which is what is trained; arguments as of `encode`."""
        seen = inputs if controls is None else torch.cat([inputs, controls], dim=-1)
        embedding = self.encoder(seen, lengths, generator=generator)  # [B, E]
        embedding = embedding.float()  # even under autocast: the KL is a difference of close numbers
        with torch.autocast(embedding.device.type, enabled=False):
            return Posterior(self.mean(embedding), F.softplus(self.stddev(embedding)))

    def prior(self, n: int, *, generator: torch.Generator | None = None) -> Tensor:
        """``n`` draws from the prior, ``[n, Z]``, on the model's device: the standard normal, or what was fitted."""
        if self.fitted is not None:
            return self.fitted.sample(n, generator=generator)
        # drawn on the generator's own device, so that a seed gives the same z whatever the model runs on
        device = generator.device if generator is not None else self.device
        return torch.randn(n, self.latent.size, device=device, generator=generator).to(self.device)

    @torch.no_grad()
    def decode(
        self,
        z: Tensor,
        *,
        steps: int | None = None,
        controls: Tensor | None = None,
        temperature: float = 1.0,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Sample a sequence for each z ``[B, Z]``: ``[B, T, D]``, with dropout off.

        Args:
            steps: how many; the converter's number where None.
            controls: ``[B, T, control_depth]``, or ``[T, control_depth]`` for all alike.
            temperature, generator: as in `Decoder.sample`.

        Raises:
            ValueError: no number of steps is known, or the temperature is negative.
        """
        steps = self.steps if steps is None else steps
        if steps is None:
            raise ValueError("this model's examples vary in length: say how many steps to decode")
        if steps < 1:
            raise ValueError(f"steps must be at least 1, not {steps}")
        if temperature < 0:
            raise ValueError(f"temperature must be 0 or more, not {temperature}")
        if controls is not None and controls.dim() == 2:
            controls = controls.expand(len(z), *controls.shape)
        with without_dropout(self):
            return self.decoder.sample(z, steps, controls=controls, temperature=temperature, generator=generator)

    def forward(
        self,
        inputs: Tensor,
        outputs: Tensor,
        lengths: Tensor,
        controls: Tensor | None = None,
        *,
        feedback: float = 0.0,
        z: Tensor | None = None,
        generator: torch.Generator | None = None,
    ) -> Reconstruction:
        """Encode (see `read`), draw z, decode (see `Decoder.forward`, whose targets are the outputs).

        A z ``[B, Z]`` that is given takes the place of the draw.
        """
        posterior = self.read(inputs, lengths, controls, generator=generator)
        if z is None:
            z = posterior.sample(generator=generator)
        decoded = self.decoder(outputs, lengths, z, controls, feedback=feedback, generator=generator)
        return Reconstruction(posterior, z, decoded)

    def kl_cost(self, kl: Tensor) -> Tensor:
        """What of a KL in nats, of an example or of a batch, costs: that above the free bits."""
        return (kl - self.latent.free_bits * NATS_PER_BIT).clamp(min=0.0)

    def loss(self, reconstruction: Reconstruction, step: int) -> Loss:
        """The loss at a training step (counted from 0)."""
        kl = reconstruction.posterior.kl().sum(-1)  # [B]
        shared = self.latent.free_bits_over == "batch"
        kl_cost = self.kl_cost(kl.mean() if shared else kl).mean()
        error = reconstruction.decoded.loss.mean()
        beta = schedules.beta(self.latent, step)
        return Loss(error + beta * kl_cost, error, kl_cost, kl.mean() / NATS_PER_BIT, beta)


@contextmanager
def without_dropout(model: nn.Module) -> Iterator[None]:
    """Evaluation mode for the length of the block; then the mode it was in."""
    training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(training)


def slerp(start: Tensor, end: Tensor, t: float) -> Tensor:
    """Spherical interpolation between two latent vectors (trained_model.py, _slerp).

    Args:
        start, end: ``[Z]`` or ``[B, Z]``; their directions are compared, their lengths kept.
        t: 0 gives ``start``, 1 gives ``end``.

    Where the directions are (nearly) the same or opposite, the path is a straight line; the original divides by zero.
    """
    cosine = F.cosine_similarity(start, end, dim=-1).clamp(-1.0, 1.0)[..., None]
    omega = torch.arccos(cosine)
    sine = torch.sin(omega)
    straight = sine.abs() < 1e-4
    safe = torch.where(straight, torch.ones_like(sine), sine)
    near = torch.where(straight, torch.full_like(sine, 1.0 - t), torch.sin((1.0 - t) * omega) / safe)
    far = torch.where(straight, torch.full_like(sine, t), torch.sin(t * omega) / safe)
    return near * start + far * end
