"""Posteriors that are bettered one by one: what an encoder says at a glance, corrected by what the decoder makes of it.

An encoder learns one guess for all clips, and most of what a code loses on music that it wasn't trained on is lost by
that guess, and not by the decoder (Cremer et al. 2018, *Inference Suboptimality in Variational Autoencoders*; Kim et
al. 2018, *Semi-Amortized Variational Autoencoders*).

Letters in shape comments: B batch, T steps, D depth, Z latent size.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from gen.interfaces.decoder import DecoderOutput
from gen.model.latents import Gaussian, Posterior

_PRICE = 4.0  # of a nat of KL above what the encoder spends: a nat more is never worth so much
_LEAST = 1e-4  # standard deviation
_DRAWS = 4  # by which a KL is estimated, where it is


@torch.enable_grad()
def refined(
    say: Callable[..., DecoderOutput],
    space: Gaussian,
    begun: Posterior,
    targets: Tensor,
    lengths: Tensor,
    controls: Tensor | None,
    *,
    steps: int,
    rate: float,
) -> Posterior:
    """A posterior of that latent space from which the decoder says the targets ``[B, T, D]`` better.

    A few steps of gradient descent on the loss of a draw, each example by itself: its KL may not grow. The noise of the
    draws is the same for all and in every call. ``rate`` is Adam's at the first step; z has a variance of about 1.
    """
    luck, other = torch.Generator().manual_seed(0), torch.Generator().manual_seed(1)
    size = begun.mean.shape[1]
    first = begun.mean.detach().float(), begun.stddev.detach().float().clamp(min=_LEAST)  # [B, Z] each
    mean, log = first[0].clone().requires_grad_(), first[1].log().requires_grad_()
    moments = [(torch.zeros_like(each), torch.zeros_like(each)) for each in (mean, log)]
    for step in range(steps):
        now = rate * (1.0 - step / steps)  # to rest at the end, for the draws are few
        noise = torch.randn(_DRAWS, 1, size, generator=other).to(mean)  # the same on both sides of a difference
        with torch.no_grad():
            limit = space.posterior(*first, noise).kl().sum(-1)  # [B]
        more = space.posterior(mean, log.exp(), noise).kl().sum(-1) - limit  # [B]
        z = mean + log.exp() * torch.randn(1, size, generator=luck).to(mean)
        loss = say(targets, lengths, z, controls).loss + _PRICE * more.clamp(min=0.0)  # [B]
        gradients = torch.autograd.grad(loss.sum(), [mean, log])
        for each, gradient, (once, twice) in zip((mean, log), gradients, moments, strict=True):
            _adam(each, gradient, once, twice, rate=now, step=step + 1)
    return space.posterior(mean.detach(), log.detach().exp())


@torch.no_grad()
def _adam(value: Tensor, gradient: Tensor, first: Tensor, second: Tensor, *, rate: float, step: int) -> None:
    """A step of Adam, to the bit that of ``torch.optim.Adam``, whose first use alone takes seconds to import."""
    fast, slow = 0.9, 0.999
    first.lerp_(gradient, 1.0 - fast)
    second.mul_(slow).addcmul_(gradient, gradient, value=1.0 - slow)
    spread = (second.sqrt() / (1.0 - slow**step) ** 0.5).add_(1e-8)
    value.addcdiv_(first, spread, value=-rate / (1.0 - fast**step))
