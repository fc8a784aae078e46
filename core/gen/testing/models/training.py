"""The loss and its parts, draws, gradients, saving."""

from __future__ import annotations

import torch
from torch import Tensor

from gen.model import schedules
from gen.testing.checks import failed, skipped
from gen.testing.models.subject import ModelBatch, ModelSubject
from gen.testing.modules import draws_only_from, reaches_all, restores
from gen.testing.weights import differs, mode

_LATE = 10**7  # a training step at which every schedule has arrived


def determinism(subject: ModelSubject) -> None:
    """The same generator gives the same, and nothing else is drawn from: encoding, decoding, prior and training."""
    model, batch = subject.model, subject.batch.first(16)
    posterior = subject.encode(model, batch)
    draws_only_from(lambda generator: posterior.sample(generator=generator), "Posterior.sample()")
    draws_only_from(lambda generator: model.prior(3, generator=generator), "prior()")

    def there_and_back(generator: torch.Generator) -> Tensor:
        result = model(batch.inputs, batch.outputs, batch.lengths, batch.controls, feedback=0.5, generator=generator)
        return torch.cat([result.z.flatten(), result.decoded.loss])

    for training in (False, True):
        with mode(model, training):
            draws_only_from(there_and_back, f"forward() in {'training' if training else 'evaluation'} mode")
    steps = batch.outputs.shape[1]
    draws_only_from(
        lambda generator: model.decode(posterior.mean, steps=steps, controls=batch.controls, generator=generator),
        "decode()",
    )


def loss(subject: ModelSubject) -> None:
    """The total is the reconstruction, a mean over examples, plus the price of the KL; and a greater KL costs more."""
    model = subject.model
    result = subject.forward(model)
    parts = model.loss(result, _LATE)
    error = result.decoded.loss.mean()
    if differs(parts.reconstruction, error):
        failed(f"the reconstruction is {parts.reconstruction:.4g}; the mean of the decoder's losses is {error:.4g}")
    if differs(parts.total, parts.reconstruction + parts.beta * parts.kl_cost):
        wanted = parts.reconstruction + parts.beta * parts.kl_cost
        failed(f"the total is {parts.total:.4g}; reconstruction + beta * kl_cost is {wanted:.4g}")
    if schedules.beta(model.latent, _LATE) == 0:
        skipped("max_beta is 0: the KL is free of charge")
    near = model.loss(subject.farther(result, 10.0), _LATE).total
    far = model.loss(subject.farther(result, 20.0), _LATE).total
    if not far > near:
        failed(f"with posteriors farther from the prior the total goes from {near:.4g} to {far:.4g}: KL is rewarded")


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
    for training in (False, True):
        with mode(model, training):
            one, other = (subject.forward(model, each, z=z) for each in (batch, mixed))
        how = "training" if training else "evaluation"
        for name in ("mean", "stddev"):
            if differs(getattr(one.posterior, name)[0], getattr(other.posterior, name)[0]).any():
                failed(f"the posterior's {name} of an example changes with the rest of its batch, in {how} mode")
        if differs(one.decoded.loss[0], other.decoded.loss[0]):
            failed(f"the loss of an example changes with the rest of its batch, in {how} mode")


def gradients(subject: ModelSubject) -> None:
    """The gradient of the total loss reaches every parameter."""
    model = subject.model
    with mode(model, training=True):
        reaches_all(model.loss(subject.forward(model), _LATE).total, model)


def save_load(subject: ModelSubject) -> None:
    """Another one with the same state_dict gives exactly the same."""
    again = subject.another()
    restores(subject.model, again)
    one, other = (subject.forward(model) for model in (subject.model, again))
    if not torch.equal(one.posterior.mean, other.posterior.mean):
        failed("a model with this one's state_dict encodes otherwise: something is not in the state_dict")
    if not torch.equal(one.decoded.loss, other.decoded.loss):
        failed("a model with this one's state_dict decodes otherwise: something is not in the state_dict")
