"""The variational autoencoder around any encoder and decoder (Roberts et al. 2018, section 2; base_model.py).

Letters in shape comments: B batch, T steps, D depth, E encoder output, Z latent size.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gen.interfaces.decoder import Decoder, DecoderOutput
from gen.interfaces.encoder import Encoder, StartsPosterior
from gen.interfaces.latent import Latent, LatentPosterior
from gen.interfaces.objective import Loss, Objective, Reconstruction
from gen.model import schedules
from gen.model.labels import LabelColumns
from gen.model.latents import Gaussian, Posterior
from gen.model.prior import FittedPrior
from gen.model.refining import refined
from gen.model.threads import one_thread
from gen.nn import without_dropout
from gen.recipes.sections import LatentSection

NATS_PER_BIT = math.log(2.0)
_COLDEST = 1e-6  # below this temperature a draw takes the likeliest


class VAE(nn.Module):
    """Encoder, posterior, decoder.

    The encoder reads inputs and controls side by side; ``steps`` is how many `decode` says unless told, None where
    examples vary. ``labels`` are the last columns of the controls that the decoder is given beside z.
    """

    mean: nn.Linear
    stddev: nn.Linear

    def __init__(
        self,
        encoder: Encoder,
        decoder: Decoder,
        *,
        latent: LatentSection,
        steps: int | None,
        labels: LabelColumns | None = None,
        space: Latent | None = None,
        objective: Objective | None = None,
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.latent = latent
        self.steps = steps
        self.labels = labels
        space = space or Gaussian(input_size=encoder.output_size, latent_size=latent.size)
        self._space = (space,)  # in a tuple, where torch doesn't look for weights: they are named below
        if type(space) is Gaussian:
            self.mean, self.stddev = space.mean, space.stddev  # where they stood before there were other spaces
        else:
            self.latent_space = space
        self.objective = objective
        widths = () if labels is None else labels.widths
        self.fitted = FittedPrior(latent.prior_parts, latent.size, widths) if latent.prior == "fitted" else None
        if isinstance(encoder, StartsPosterior) and isinstance(space, Gaussian):
            encoder.start_posterior(space.mean, space.stddev)

    @property
    def space(self) -> Latent:
        """What makes posteriors and has a prior."""
        return self._space[0]

    @property
    def device(self) -> torch.device:
        """Where the parameters are."""
        return next(self.parameters()).device

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
    ) -> LatentPosterior:
        """The posterior of a batch, refined where the recipe says so (`gen.model.refining`).

        Inputs ``[B, T, input_depth]`` and lengths are as in `Encoder.forward`, controls as in `Decoder.forward`.
        """
        read = self.read(inputs, lengths, controls, generator=generator)
        if not self.latent.refine_steps or not isinstance(read, Posterior) or not isinstance(self.space, Gaussian):
            return read
        with without_dropout(self):
            steps, rate = self.latent.refine_steps, self.latent.refine_rate
            return refined(self.say, self.space, read, inputs, lengths, controls, steps=steps, rate=rate)

    def read(
        self,
        inputs: Tensor,
        lengths: Tensor,
        controls: Tensor | None = None,
        *,
        generator: torch.Generator | None = None,
    ) -> LatentPosterior:
        """The posterior as the encoder says it, which is what is trained; arguments as of `encode`."""
        embedding = self.encoder(self.seen(inputs, controls), lengths, generator=generator)  # [B, E]
        embedding = embedding.float()  # even under autocast: the KL is a difference of close numbers
        with torch.autocast(embedding.device.type, enabled=False):
            posterior: LatentPosterior = self.space(embedding, generator=generator)
            return posterior

    def seen(self, inputs: Tensor, controls: Tensor | None) -> Tensor:
        """What the encoder reads: inputs and controls side by side, without labels that aren't for it."""
        if controls is None:
            return inputs
        return torch.cat([inputs, controls if self.labels is None else controls[..., : self.labels.heard]], dim=-1)

    def given(self, z: Tensor, controls: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """What the decoder is given: z with the labels beside it, and the controls without them.

        Labels are those of an example's first step; without controls all are unknown.
        """
        if self.labels is None:
            return z, controls
        if controls is None:
            told = z.new_zeros(len(z), self.labels.width)
            told[:, list(self.labels.unknown)] = 1.0
        else:
            told = controls[:, 0, self.labels.own :].to(z.dtype)
        own = None if controls is None or not self.labels.own else controls[..., : self.labels.own]
        return torch.cat([z, told], dim=-1), own

    def say(
        self, targets: Tensor, lengths: Tensor, z: Tensor, controls: Tensor | None = None, **options: Any
    ) -> DecoderOutput:
        """`Decoder.forward` of this model's decoder, with the labels that stand in the controls."""
        output: DecoderOutput = self.decoder(targets, lengths, *self.given(z, controls), **options)
        return output

    def prior(self, n: int, *, generator: torch.Generator | None = None, labels: Tensor | None = None) -> Tensor:
        """``n`` draws from the prior, ``[n, Z]``, on the model's device: that of the latent space, or what was fitted.

        They are drawn on the generator's own device and in one thread, so that a seed gives the same z whatever the
        model runs on, to the last bit. What was fitted also knows what clips with labels are like: ``labels [L]``, a
        class of each, as in the controls.
        """
        with one_thread():
            if self.fitted is None:
                return self.space.prior(n, generator=generator)
            return self.fitted.sample(n, generator=generator, labels=labels)

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
        if not 0 <= temperature < math.inf:
            raise ValueError(f"temperature must be 0 or more, not {temperature}")
        if temperature < _COLDEST:  # logits divided by less aren't finite
            temperature = 0.0
        if controls is not None and controls.dim() == 2:
            controls = controls.expand(len(z), *controls.shape)
        with without_dropout(self):
            z, controls = self.given(z, controls)
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
        decoded = self.say(outputs, lengths, z, controls, feedback=feedback, generator=generator)
        return Reconstruction(posterior, z, decoded)

    def kl_cost(self, kl: Tensor) -> Tensor:
        """What of a KL in nats costs, of examples ``[B]`` or of a batch ``[]``: that above the free bits.

        With its parts, ``[…, K]``, where each has an equal share of the free bits (``free_bits_over: dimension``).
        """
        free = self.latent.free_bits * NATS_PER_BIT
        if self.latent.free_bits_over == "dimension":
            return (kl - free / kl.shape[-1]).clamp(min=0.0).sum(-1)
        return (kl - free).clamp(min=0.0)

    def price(self, kl: Tensor) -> Tensor:
        """What of each example's KL ``[B, K]`` costs, ``[B]``; those that share free bits each bear an equal part."""
        over = self.latent.free_bits_over
        if over == "example":
            return self.kl_cost(kl.sum(-1))
        return self.kl_cost(kl.mean(0) if over == "dimension" else kl.sum(-1).mean()).expand(len(kl))

    def loss(self, reconstruction: Reconstruction, step: int, *, generator: torch.Generator | None = None) -> Loss:
        """The loss at a training step (counted from 0); an objective may draw."""
        elbo = self._elbo(reconstruction, step)
        if self.objective is None:
            return elbo
        device = reconstruction.z.device

        def prior(n: int) -> Tensor:
            return self.prior(n, generator=generator).to(device)

        with torch.autocast(device.type, enabled=False):
            loss: Loss = self.objective(elbo, reconstruction, step=step, prior=prior, generator=generator)
        return loss

    def _elbo(self, reconstruction: Reconstruction, step: int) -> Loss:
        """The evidence lower bound, by the prices of the recipe."""
        parts = reconstruction.posterior.kl()  # [B, K]
        kl = parts.sum(-1)  # [B]
        over = self.latent.free_bits_over
        kl_cost = self.kl_cost(parts.mean(0) if over == "dimension" else kl.mean() if over == "batch" else kl).mean()
        error = reconstruction.decoded.loss.mean()
        beta = schedules.beta(self.latent, step)
        total = error + beta * kl_cost
        if (extra := reconstruction.posterior.extra()) is not None:
            total = total + extra.mean()
        return Loss(total, error, kl_cost, kl.mean() / NATS_PER_BIT, beta)


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
