"""The checks of whole models, in the order in which they run.

The posterior that is drawn from has to be the one that is paid for (Kingma and Welling 2014; the closed form is that of
a normal distribution with a diagonal covariance). Letters in shape comments: B batch, T steps, I input depth, D output
depth, C control depth, Z latent size.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from gen.interfaces.latent import LatentPosterior
from gen.interfaces.objective import Objective, Reconstruction
from gen.model import schedules
from gen.model.build import build_converter, build_model
from gen.model.latents import Gaussian, MixedPosterior, Posterior
from gen.model.vae import VAE
from gen.recipes.sections import Recipe
from gen.recipes.trial import trial
from gen.testing.checks import Checks, failed, skipped
from gen.testing.modules import differs, draws_only_from, enliven, modes, reaches_all, restores, seeded, trained

Slerp = Callable[[Tensor, Tensor, float], Tensor]

_EXAMPLES = 4
_DRAWS = 4000
_LATE = 10**7  # a training step at which every schedule has arrived
_STEPS = 60  # of training towards the ends of sigma's range
_RATE = 0.05
_FEW_STEPS = 8  # of a sequence; a posterior's range doesn't hang on its length


class ModelBatch(NamedTuple):
    """What a model is trained on: inputs ``[B, T, I]``, outputs ``[B, T, D]``, lengths, controls ``[B, T, C]``."""

    inputs: Tensor
    outputs: Tensor
    lengths: Tensor
    controls: Tensor | None

    def first(self, steps: int) -> ModelBatch:
        """The first steps of each example."""
        controls = None if self.controls is None else self.controls[:, :steps]
        return ModelBatch(self.inputs[:, :steps], self.outputs[:, :steps], self.lengths.clamp(max=steps), controls)


@dataclass(eq=False)
class ModelSubject:
    """A model in evaluation mode, none of whose weights is zero; calls have the same global random state every time.

    ``original`` is as it was handed in, and isn't changed; ``recipe`` what it was made of, where that is known, and
    ``name`` that of the recipe that was asked for.
    """

    original: VAE
    batch: ModelBatch
    slerp: Slerp
    recipe: Recipe | None = None
    name: str = ""

    @classmethod
    def of_recipe(cls, recipe: Recipe, slerp: Slerp) -> ModelSubject:
        """A recipe's model with a few units a layer, and steps that it says itself."""
        small = trial(recipe)
        converter = build_converter(small)
        model = build_model(small, converter)
        steps = converter.steps or 6
        generator = torch.Generator().manual_seed(0)
        choice = torch.randint(converter.input_depth, (_EXAMPLES, steps), generator=generator)
        controls = torch.randn(_EXAMPLES, steps, converter.control_depth, generator=generator)
        given = controls if converter.control_depth else None
        z = model.prior(_EXAMPLES, generator=generator)
        outputs = model.decode(z, steps=steps, controls=given, generator=generator)
        inputs = F.one_hot(choice, converter.input_depth).float()
        batch = ModelBatch(inputs, outputs, torch.full((_EXAMPLES,), steps), given)
        return cls(model, batch, slerp, small, recipe.name)

    def __str__(self) -> str:
        return f"model {self.name or type(self.original).__name__}"

    def copy(self) -> VAE:
        """A copy that may be changed, in evaluation mode."""
        return deepcopy(self.original).eval()

    def another(self) -> VAE:
        """A model of the same make with other weights, in evaluation mode."""
        if self.recipe is not None:
            training = replace(self.recipe.training, seed=self.recipe.training.seed + 1)
            return build_model(replace(self.recipe, training=training)).eval()
        model = self.copy()
        with torch.no_grad():
            for value in model.state_dict().values():
                value.zero_()
        return model

    @cached_property
    def model(self) -> VAE:
        """The model with noise added to every weight."""
        model = self.copy()
        enliven(model, 1.0)
        return model

    def encode(self, model: VAE, batch: ModelBatch | None = None) -> LatentPosterior:
        """The posterior of a batch that is trained."""
        batch = batch or self.batch
        with seeded(0):
            return model.read(batch.inputs, batch.lengths, batch.controls, generator=torch.Generator().manual_seed(0))

    def forward(self, model: VAE, batch: ModelBatch | None = None, *, z: Tensor | None = None) -> Reconstruction:
        """There and back."""
        with seeded(0):
            result: Reconstruction = model(*(batch or self.batch), z=z, generator=torch.Generator().manual_seed(0))
        return result

    @cached_property
    def posterior(self) -> Posterior:
        """The posteriors of the batch, moved so far from the prior that it costs something."""
        with torch.no_grad():
            return farther(normal(self.encode(self.model)), 1.0)

    @cached_property
    def draws(self) -> Tensor:
        """Many draws from `posterior`, ``[N, B, Z]``."""
        generator = torch.Generator().manual_seed(0)
        with torch.no_grad(), seeded(0):
            return torch.stack([self.posterior.sample(generator=generator) for _ in range(_DRAWS)])


def normal(posterior: LatentPosterior) -> Posterior:
    """A posterior that is a normal distribution, as all of gen's own were: any other has `check_component`."""
    if not isinstance(posterior, Posterior) or isinstance(posterior, MixedPosterior):
        skipped(f"z is no plain normal distribution but {type(posterior).__name__}: check the latent space by itself")
    return posterior


def farther(posterior: Posterior, shift: float) -> Posterior:
    """Posteriors that lie farther from the prior: a greater KL."""
    return replace(posterior, mean=posterior.mean + shift * posterior.mean.sign())


CHECKS: Checks[ModelSubject] = Checks()


@CHECKS.add("torch.randn_like, or any other draw without the generator")
def determinism(subject: ModelSubject) -> None:
    """The same generator gives the same, and nothing else is drawn from: encoding, decoding, prior and training."""
    model, batch = subject.model, subject.batch.first(16)
    posterior = subject.encode(model, batch)
    draws_only_from(lambda generator: posterior.sample(generator=generator), "Posterior.sample()")
    draws_only_from(lambda generator: model.prior(3, generator=generator), "prior()")

    def there_and_back(generator: torch.Generator) -> Tensor:
        result = model(*batch, feedback=0.5, generator=generator)
        return torch.cat([result.z.flatten(), result.decoded.loss])

    for how in modes(model):
        draws_only_from(there_and_back, f"forward() in {how} mode")
    steps = batch.outputs.shape[1]
    draws_only_from(
        lambda generator: model.decode(posterior.mean, steps=steps, controls=batch.controls, generator=generator),
        "decode()",
    )


@CHECKS.add("batch normalisation, or a mean over the batch axis")
def batch_mates(subject: ModelSubject) -> None:
    """An example's posterior and loss don't change with the other examples of its batch."""
    model, batch = subject.model, subject.batch
    mixed = ModelBatch(
        torch.cat([batch.inputs[:1], batch.inputs[1:].roll(1, 1).flip(0)]),
        torch.cat([batch.outputs[:1], batch.outputs[1:].flip(0)]),
        batch.lengths,
        None if batch.controls is None else torch.cat([batch.controls[:1], batch.controls[1:].flip(0)]),
    )
    z = subject.encode(model).mean.detach()
    whole = any(getattr(part, "whole_batch", False) for part in model.modules() if not isinstance(part, Objective))
    for how in modes(model):
        if whole and model.training:
            continue  # a part says so, and evaluation must not
        one, other = (subject.forward(model, each, z=z) for each in (batch, mixed))
        for name in one.posterior.tensors():
            if differs(getattr(one.posterior, name)[0], getattr(other.posterior, name)[0]).any():
                failed(f"the posterior's {name} of an example changes with the rest of its batch, in {how} mode")
        if differs(one.decoded.loss[0], other.decoded.loss[0]):
            failed(f"the loss of an example changes with the rest of its batch, in {how} mode")


@CHECKS.add(
    "torch.rand for torch.randn (uniform noise), or noise of shape [Z] for a whole batch", needs=["determinism"]
)
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


@CHECKS.add("a standard deviation taken for a variance or its logarithm, in the KL or in the draw", needs=["noise"])
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


@CHECKS.add("a softplus on what is then taken for a logarithm of the variance: it can't be negative")
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
        torch.autograd.backward(sign * normal(subject.encode(model, batch)).stddev.log().mean())
        optimiser.step()
    with torch.no_grad():
        return normal(subject.encode(model, batch)).stddev.mean().item()


@CHECKS.add("a KL with the wrong sign, or beta forgotten", needs=["kl"])
def loss(subject: ModelSubject) -> None:
    """The total is the reconstruction, a mean over examples, plus the price of the KL; and a greater KL costs more."""
    model = subject.model
    result = subject.forward(model)
    parts = model.loss(result, _LATE)
    error = result.decoded.loss.mean()
    if differs(parts.reconstruction, error):
        failed(f"the reconstruction is {parts.reconstruction:.4g}; the mean of the decoder's losses is {error:.4g}")
    wanted = parts.reconstruction + parts.beta * parts.kl_cost
    if (extra := result.posterior.extra()) is not None:
        wanted = wanted + extra.mean()
    if differs(parts.total, wanted):
        failed(f"the total is {parts.total:.4g}; reconstruction + beta * kl_cost is {wanted:.4g}")
    if schedules.beta(model.latent, _LATE) == 0:
        skipped("max_beta is 0: the KL is free of charge")
    near, far = (
        model.loss(replace(result, posterior=farther(normal(result.posterior), shift)), _LATE).total
        for shift in (10.0, 20.0)
    )
    if not far > near:
        failed(f"with posteriors farther from the prior the total goes from {near:.4g} to {far:.4g}: KL is rewarded")


@CHECKS.add("torch.rand for torch.randn", needs=["determinism"])
def prior(subject: ModelSubject) -> None:
    """The prior is the standard normal."""
    if type(subject.model.space) is not Gaussian or subject.model.fitted is not None:
        skipped("the prior of this model is another")
    size = subject.encode(subject.model).mean.shape[-1]
    draws = subject.model.prior(4000, generator=torch.Generator().manual_seed(0))
    if draws.shape != (4000, size):
        failed(f"prior(4000) is {list(draws.shape)}, not [4000, {size}]")
    mean, spread, kurtosis = draws.mean().item(), draws.std().item(), draws.pow(4).mean().item()
    if abs(mean) > 0.05 or abs(spread - 1.0) > 0.05 or abs(kurtosis - 3.0) > 0.3:
        failed(f"draws of the prior have mean {mean:.2f}, deviation {spread:.2f}, kurtosis {kurtosis:.2f}; not 0, 1, 3")


@CHECKS.add("a spherical path that is computed and a straight one returned, or a division by the sine of no angle")
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


@CHECKS.add(
    "a layer that is made and never called, .detach(), or a draw that isn't reparametrised", needs=["determinism"]
)
def gradients(subject: ModelSubject) -> None:
    """The gradient of the total loss reaches every parameter."""
    model = subject.model
    own, model.latent = model.latent, replace(model.latent, free_bits=0.0)  # below them z costs nothing, nor a prior
    try:
        reaches_all(lambda: model.loss(subject.forward(model), _LATE).total, model)
    finally:
        model.latent = own


@CHECKS.add(
    "weights in plain attributes or lists: use nn.Parameter, register_buffer, nn.ModuleList", needs=["determinism"]
)
def save_load(subject: ModelSubject) -> None:
    """Another one with the same state_dict gives exactly the same."""
    again = subject.another()
    restores(subject.model, again)
    one, other = (subject.forward(model) for model in (subject.model, again))
    if not torch.equal(one.posterior.mean, other.posterior.mean):
        failed("a model with this one's state_dict encodes otherwise: something is not in the state_dict")
    if not torch.equal(one.decoded.loss, other.decoded.loss):
        failed("a model with this one's state_dict decodes otherwise: something is not in the state_dict")
