"""The posterior that is drawn from is the one that is paid for; and paths between latent vectors.

Kingma and Welling 2014; the closed form is that of a normal distribution with a diagonal covariance.
"""

from __future__ import annotations

import math

import torch

from gen.testing.checks import failed
from gen.testing.models.subject import ModelSubject
from gen.testing.weights import trained

_STEPS = 60
_RATE = 0.05
_FEW_STEPS = 8  # of a sequence; a posterior's range doesn't hang on its length


def noise(subject: ModelSubject) -> None:
    """Draws of z, less their mean and over their standard deviation, are normal, and independent of each other."""
    draws = subject.draws  # [N, B, Z]
    spread = draws.std(0)
    if not (spread > 0).all():
        failed("draws from a posterior are all the same: nothing is drawn")
    unit = (draws - draws.mean(0)) / spread
    skew, kurtosis = unit.pow(3).mean().item(), unit.pow(4).mean().item()
    if abs(kurtosis - 3.0) > 0.2 or abs(skew) > 0.1:
        failed(
            f"the noise of z has a kurtosis of {kurtosis:.2f} and a skewness of {skew:.2f}; a normal distribution has "
            "3 and 0 (a uniform one 1.8 and 0)"
        )
    flat = unit.flatten(1)  # [N, B * Z]
    between = (flat.T @ flat / len(flat)).fill_diagonal_(0.0).abs().max().item()
    if between > 0.2:
        failed(f"draws of two examples or dimensions have a correlation of {between:.2f}: they share their noise")


def kl(subject: ModelSubject) -> None:
    """The KL that is paid is that of what is drawn, to 5 % and a tenth of a nat, by the moments of 4,000 draws."""
    paid = subject.posterior.kl()
    mean, stddev = subject.draws.mean(0), subject.draws.std(0)
    found = (0.5 * (stddev.square() + mean.square() - 1.0) - stddev.log()).sum(-1)  # [B]
    if paid.shape != mean.shape:
        failed(f"Posterior.kl() is {list(paid.shape)}; it is one number a dimension, {list(mean.shape)}")
    for row, (asked, true) in enumerate(zip(paid.sum(-1).tolist(), found.tolist(), strict=True)):
        if not abs(asked - true) <= 0.1 + 0.05 * abs(true):
            failed(f"example {row} pays a KL of {asked:.3f} nats, but what is drawn for it has one of {true:.3f}")


def sigma_range(subject: ModelSubject) -> None:
    """Training can make sigma smaller than 0.5 and greater than 1.5."""
    low, high = (_pushed(subject, sign) for sign in (1.0, -1.0))
    if low > 0.5:
        failed(f"sigma stays at {low:.3f} or above however hard training pushes: a posterior can't become certain")
    if high < 1.5:
        failed(f"sigma stays at {high:.3f} or below however hard training pushes")


def _pushed(subject: ModelSubject, sign: float) -> float:
    """The mean sigma after gradient steps down, or up."""
    model = subject.copy()
    batch = subject.batch.first(_FEW_STEPS)
    optimiser = torch.optim.Adam(trained(model).values(), lr=_RATE)
    for _ in range(_STEPS):
        optimiser.zero_grad()
        torch.autograd.backward(sign * subject.encode(model, batch).stddev.log().mean())
        optimiser.step()
    with torch.no_grad():
        return subject.encode(model, batch).stddev.mean().item()


def prior(subject: ModelSubject) -> None:
    """The prior is the standard normal."""
    size = subject.encode(subject.model).mean.shape[-1]
    draws = subject.model.prior(4000, generator=torch.Generator().manual_seed(0))
    if draws.shape != (4000, size):
        failed(f"prior(4000) is {list(draws.shape)}, not [4000, {size}]")
    mean, spread, kurtosis = draws.mean().item(), draws.std().item(), draws.pow(4).mean().item()
    if abs(mean) > 0.05 or abs(spread - 1.0) > 0.05 or abs(kurtosis - 3.0) > 0.3:
        failed(f"draws of the prior have mean {mean:.2f}, deviation {spread:.2f}, kurtosis {kurtosis:.2f}; not 0, 1, 3")


def slerp(subject: ModelSubject) -> None:
    """A path starts and ends where it should, stays on the sphere between, and bears vectors of one direction."""
    generator = torch.Generator().manual_seed(0)
    start, end = (torch.randn(8, generator=generator) for _ in range(2))
    for t, goal in ((0.0, start), (1.0, end)):
        if not torch.allclose(subject.slerp(start, end, t), goal, atol=1e-4):
            failed(f"at t = {t:g} a path is not at its {'end' if t else 'start'}")
    one, other = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
    for t in (0.25, 0.5, 0.75):
        point = subject.slerp(one, other, t)
        wanted = torch.tensor([math.cos(t * math.pi / 2), math.sin(t * math.pi / 2)])
        if not torch.allclose(point, wanted, atol=1e-4):
            failed(
                f"at t = {t:g} between (1, 0) and (0, 1) a path is at ({point[0]:.3f}, {point[1]:.3f}), "
                f"not at ({wanted[0]:.3f}, {wanted[1]:.3f}) on the circle"
            )
    for factor in (1.0, 2.0, -1.0):
        if not torch.isfinite(subject.slerp(start, factor * start, 0.5)).all():
            failed(f"between a vector and {factor:g} times itself a path is not finite")
