"""The checks of latent spaces, in the order in which they run.

Letters in shape comments: B batch, E width of an encoding, Z latent size, K parts of z.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from copy import deepcopy
from typing import Any, ClassVar

import torch
from torch import Tensor

from gen.interfaces.latent import Latent, LatentPosterior
from gen.testing import manners
from gen.testing.checks import Checks, failed
from gen.testing.modules import (
    ModuleSubject,
    differs,
    draws_only_from,
    is_finite,
    is_module,
    modes,
    reaches_all,
    restores,
    runs_elsewhere,
    seeded,
)

_DRAWS = 500


class LatentSubject(ModuleSubject[Latent]):
    """A latent space under test, and encodings of four examples."""

    KIND = "latent"
    SIZES: ClassVar[Mapping[str, Any]] = {"input_size": 12, "latent_size": 16}

    def __init__(self, cls: type, options: Mapping[str, Any]) -> None:
        super().__init__(cls, options)
        self.size: int = self.given["latent_size"]

    def encodings(self, examples: int = 4, *, seed: int = 0) -> Tensor:
        """Float ``[B, E]``."""
        return torch.randn(examples, self.given["input_size"], generator=torch.Generator().manual_seed(seed))

    def posterior(self, encodings: Tensor, latent: Latent | None = None, *, seed: int = 0) -> LatentPosterior:
        """The posteriors of a batch."""
        generator = torch.Generator().manual_seed(seed)
        with seeded(0):
            found: LatentPosterior = (latent or self.component)(encodings, generator=generator)
        return found


def all_of(posterior: LatentPosterior, seed: int = 0) -> dict[str, Tensor]:
    """What a posterior says, a draw among it."""
    extra = posterior.extra()
    said = {"mean": posterior.mean, "sample()": posterior.sample(generator=torch.Generator().manual_seed(seed))}
    return {**said, "kl()": posterior.kl(), **({} if extra is None else {"extra()": extra})}


CHECKS: Checks[LatentSubject] = Checks()


@CHECKS.add("options that don't go together, or sizes that this latent space can't have")
def constructs(subject: LatentSubject) -> None:
    """It can be made from its options and the sizes that gen gives, and has weights."""
    is_module(subject.make(), Latent)


@CHECKS.add(manners.IN_PLACE, needs=["constructs"])
def inputs_untouched(subject: LatentSubject) -> None:
    """Encodings are as they were, and a posterior is, once z was drawn of it."""
    latent, encodings = subject.make(), subject.encodings()
    manners.leaves_inputs(latent, lambda: subject.posterior(encodings, latent), "forward()", encoding=encodings)
    found = None
    with suppress(Exception), torch.no_grad():
        found = subject.posterior(encodings, latent)
    if isinstance(found, LatentPosterior):
        manners.leaves_inputs(latent, lambda: all_of(found), "sample(), kl() or extra()", **found.tensors())


@CHECKS.add(manners.MODE, needs=["constructs"])
def mode(subject: LatentSubject) -> None:
    """It stays in training or in evaluation mode, and gradients stay on."""
    latent = subject.make()
    manners.leaves_modes(latent, lambda: all_of(subject.posterior(subject.encodings(), latent)), "forward()")
    manners.leaves_modes(latent, lambda: latent.prior(3, generator=torch.Generator()), "prior()")


@CHECKS.add(manners.STATE, needs=["inputs-untouched", "mode"])
def forgets(subject: LatentSubject) -> None:
    """In evaluation a posterior and the prior don't hang on what was asked before."""

    def run(latent: Latent, which: int) -> Tensor:
        said = all_of(subject.posterior(subject.encodings(4 + which % 2, seed=which), latent))
        drawn = latent.prior(4 + which % 2, generator=torch.Generator().manual_seed(0))
        return torch.cat([value.flatten() for value in (*said.values(), drawn)])

    manners.forgets(subject.make, run, "forward() or prior()")


@CHECKS.add(
    "a posterior that is no `LatentPosterior`, a KL summed over z or over the batch, or draws of integers",
    needs=["inputs-untouched", "mode", "forgets"],
)
def shapes(subject: LatentSubject) -> None:
    """Mean and draws are ``[B, Z]``, the KL ``[B, K]``, draws of the prior ``[n, Z]``; float32 and finite."""
    for examples in (1, 4):
        posterior = subject.posterior(subject.encodings(examples))
        if not isinstance(posterior, LatentPosterior):
            failed(f"forward() gave {type(posterior).__name__}, no gen.interfaces.LatentPosterior")
        for name, value in all_of(posterior).items():
            if name == "kl()" and value.dim() == 2:
                is_finite(name, value, (examples, value.shape[1]))
                continue
            wanted = {"kl()": (examples, "K"), "extra()": (examples,)}.get(name, (examples, subject.size))
            is_finite(name, value, wanted)  # type: ignore[arg-type]
        generator = torch.Generator().manual_seed(0)
        is_finite(
            f"prior({examples})", subject.component.prior(examples, generator=generator), (examples, subject.size)
        )


@CHECKS.add("torch.randn_like, or any other draw without the generator", needs=["shapes"])
def determinism(subject: LatentSubject) -> None:
    """The same generator gives the same, and nothing else is drawn from."""
    encodings, latent = subject.encodings(), subject.component
    posterior = subject.posterior(encodings)
    draws_only_from(lambda generator: posterior.sample(generator=generator), "sample()")
    draws_only_from(lambda generator: latent.prior(5, generator=generator), "prior()")
    draws_only_from(lambda generator: latent(encodings, generator=generator).mean, "forward()")


@CHECKS.add("a prior that is always the same vector, or a z that forgets what it was made of", needs=["determinism"])
def varies(subject: LatentSubject) -> None:
    """Draws of the prior differ, and examples that differ have other posteriors."""
    draws = subject.component.prior(_DRAWS, generator=torch.Generator().manual_seed(0))
    if not (draws.std(0) > 0).any():
        failed("draws of the prior are all the same")
    mean = subject.posterior(subject.encodings(32)).mean
    if not (mean.std(0) > 0).any():
        failed("the posteriors of different encodings have one mean")


@CHECKS.add(
    "noise of one shape for the whole batch, or one draw that all examples get; of a prior, for all that are asked for",
    needs=["varies"],
)
def own_draws(subject: LatentSubject) -> None:
    """Each example has its own draw, unless z is no matter of luck; and so has each of several of the prior."""
    alike = subject.posterior(subject.encodings(1).expand(64, -1))
    one, other = (alike.sample(generator=torch.Generator().manual_seed(seed)) for seed in (0, 1))
    if differs(one, other).any() and not differs(one, one[:1].expand_as(one)).any():
        failed("64 examples with one encoding get one draw: they share their luck")
    drawn = subject.component.prior(64, generator=torch.Generator().manual_seed(0))
    if not differs(drawn, drawn[:1].expand_as(drawn)).any():
        failed("64 draws of the prior are one")


@CHECKS.add("a KL with the wrong sign, or of something else than the posterior", needs=["varies"])
def kl(subject: LatentSubject) -> None:
    """What is called KL isn't below 0 on average, and over 64 examples and further ones it is finite."""
    for scale in (0.0, 1.0, 10.0):
        nats = subject.posterior(scale * subject.encodings(64)).kl().sum(-1)
        if not torch.isfinite(nats).all():
            failed(f"the KL of encodings {scale:g} times as large isn't finite")
        if nats.mean() < -0.1:
            failed(f"the mean KL of 64 examples is {nats.mean():.4g} nats; a divergence isn't below 0")


@CHECKS.add(
    "statistics over the batch axis, or batch normalisation in a class that doesn't say `whole_batch = True`",
    needs=["determinism"],
)
def batch_mates(subject: LatentSubject) -> None:
    """An example's posterior doesn't change with the other examples of its batch."""
    one = subject.encodings()
    other = torch.cat([one[:1], subject.encodings(seed=5)[1:]])
    for how in modes(subject.component):
        if subject.component.whole_batch and subject.component.training:
            continue  # it says so, and evaluation must not
        copies = [deepcopy(subject.component) for _ in range(2)]  # training may move a book of codes
        first, second = (all_of(subject.posterior(*each)) for each in zip((one, other), copies, strict=True))
        for name, value in first.items():
            if differs(value[0], second[name][0]).any():
                failed(f"{name} of an example changes with the rest of its batch, in {how} mode")


@CHECKS.add("a field of a posterior that is a tensor and has no example a row", needs=["batch-mates"])
def joins(subject: LatentSubject) -> None:
    """The posteriors of a batch, cut in two and joined again, are what they were."""
    whole = subject.posterior(subject.encodings())
    first, rest = whole.mapped(lambda value: value[:1]), whole.mapped(lambda value: value[1:])
    said, again = all_of(whole), all_of(first.joined([rest]))
    for name, value in again.items():
        if value.shape != said[name].shape or differs(value, said[name]).any():
            failed(f"{name} of a batch that was cut in two and joined again is another than before")


@CHECKS.add("a draw that isn't reparametrised, .detach(), or a torch.no_grad() block", needs=["shapes"])
def gradients(subject: LatentSubject) -> None:
    """The gradients of a draw and of what training pays reach every parameter, and the encoding."""
    encodings = subject.encodings(8).requires_grad_()

    def loss() -> Tensor:
        found = all_of(subject.posterior(encodings))
        del found["mean"]
        weights = torch.Generator().manual_seed(1)
        return torch.stack([(v * torch.randn(v.shape, generator=weights)).sum() for v in found.values()]).sum()

    reaches_all(loss, subject.component)
    nats = subject.posterior(encodings).kl().sum(-1)
    if not nats.requires_grad and differs(nats, nats[:1].expand_as(nats)).any():
        failed("the KL of examples differs, and has no gradient: nothing would keep it small")
    draw = subject.posterior(encodings).sample(generator=torch.Generator().manual_seed(0))
    (reached,) = torch.autograd.grad((draw * torch.randn_like(draw.detach())).sum(), encodings, allow_unused=True)
    if reached is None or not reached.any():
        failed("no gradient of a draw reaches the encoding: the encoder can't learn what z should say")


@CHECKS.add("weights in plain attributes or lists: use nn.Parameter, register_buffer, nn.ModuleList", needs=["shapes"])
def save_load(subject: LatentSubject) -> None:
    """Another one with the same state_dict gives exactly the same."""
    again = subject.make(seed=7)
    restores(subject.component, again)
    one, other = (all_of(subject.posterior(subject.encodings(), each)) for each in (None, again))
    priors = [each.prior(3, generator=torch.Generator().manual_seed(0)) for each in (subject.component, again)]
    if any(not torch.equal(value, other[name]) for name, value in one.items()) or not torch.equal(*priors):
        failed("another with this one's state_dict gives something else: something is not in the state_dict")


@CHECKS.add(manners.FLOAT64, needs=["save-load"])
def float64(subject: LatentSubject) -> None:
    """In double precision posteriors are about the same."""
    wide, encodings = manners.wide(subject.component, subject.make(seed=7)), subject.encodings()
    exact, plain = subject.posterior(encodings.double(), wide), subject.posterior(encodings)
    manners.is_as_precise("a posterior's mean", exact.mean, plain.mean)
    lucky = differs(plain.kl(), subject.posterior(encodings, seed=1).kl()).any()  # an estimate by a draw
    if not lucky:
        manners.is_as_precise("the KL", exact.kl(), plain.kl())


@CHECKS.add("tensors made on the CPU: give them device=encoding.device", needs=["shapes"])
def device(subject: LatentSubject) -> None:
    """All that it makes lies where its weights do."""
    runs_elsewhere(subject.make(), lambda latent, where: latent(subject.encodings().to(where)).kl())
