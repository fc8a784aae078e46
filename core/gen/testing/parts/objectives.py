"""The checks of objectives, in the order in which they run.

Letters in shape comments: B batch, Z latent size.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from gen.interfaces.decoder import DecoderOutput
from gen.interfaces.objective import Loss, Objective, Reconstruction
from gen.model.latents import Posterior
from gen.model.vae import NATS_PER_BIT
from gen.testing import manners
from gen.testing.checks import Checks, failed, skipped
from gen.testing.modules import differs, draws_only_from, seeded, trained
from gen.testing.subject import Subject

_EXAMPLES = 6
_STEPS = (0, 1, 50, 10_000)
_FIGURES = ("reconstruction", "kl_cost", "kl_bits")


@dataclass(frozen=True, eq=False)
class Did:
    """What a model made of a batch, and the tensors by which its weights would learn."""

    result: Reconstruction
    elbo: Loss
    learn: tuple[Tensor, ...]


class ObjectiveSubject(Subject[Objective]):
    """An objective under test, and batches of a model that never was."""

    KIND = "objective"
    SIZES: ClassVar[Mapping[str, Any]] = {"latent_size": 5}

    def make(self, seed: int = 0) -> Objective:
        """A new one with weights drawn from a seed."""
        with seeded(seed):
            return super().make()

    def did(self, seed: int = 0) -> Did:
        """A made-up batch."""
        generator = torch.Generator().manual_seed(seed)

        def drawn(*shape: int) -> Tensor:
            return torch.randn(*shape, generator=generator)

        size = self.given["latent_size"]
        mean, spread, nats = drawn(_EXAMPLES, size), drawn(_EXAMPLES, size).abs() + 0.2, drawn(_EXAMPLES).abs() * 20
        learn = tuple(value.requires_grad_() for value in (mean, spread, nats))
        posterior = Posterior(mean, spread)
        z = posterior.sample(generator=generator)
        kl = posterior.kl().sum(-1).mean()
        elbo = Loss(nats.mean() + 0.5 * kl, nats.mean(), kl, kl / NATS_PER_BIT, 0.5)
        return Did(Reconstruction(posterior, z, DecoderOutput(nats, drawn(_EXAMPLES, 4, 3))), elbo, learn)

    def loss(self, objective: Objective, did: Did, *, step: int = 50, generator: torch.Generator | None = None) -> Loss:
        """The loss of a batch."""
        generator = generator or torch.Generator().manual_seed(0)
        size = self.given["latent_size"]
        prior: Callable[[int], Tensor] = lambda n: torch.randn(n, size, generator=generator)  # noqa: E731
        found: Loss = objective(did.elbo, did.result, step=step, prior=prior, generator=generator)
        return found


CHECKS: Checks[ObjectiveSubject] = Checks()


@CHECKS.add("options that don't go together")
def constructs(subject: ObjectiveSubject) -> None:
    """It can be made from its options and the size that gen gives."""
    if not isinstance(subject.make(), Objective):
        failed(f"{subject.cls.__name__} is no gen.interfaces.Objective")


@CHECKS.add(manners.IN_PLACE, needs=["constructs"])
def inputs_untouched(subject: ObjectiveSubject) -> None:
    """The loss, the posterior and z that it is handed are as they were."""
    objective, did = subject.make(), subject.did()
    losses = {f"elbo.{name}": getattr(did.elbo, name) for name in ("total", *_FIGURES)}
    given = {"z": did.result.z, "decoded.loss": did.result.decoded.loss, **did.result.posterior.tensors(), **losses}
    with torch.no_grad():
        manners.leaves_inputs(objective, lambda: subject.loss(objective, did), "forward()", **given)


@CHECKS.add(manners.MODE, needs=["constructs"])
def mode(subject: ObjectiveSubject) -> None:
    """It stays in training or in evaluation mode, and gradients stay on."""
    objective = subject.make()
    manners.leaves_modes(objective, lambda: subject.loss(objective, subject.did()), "forward()")


@CHECKS.add(
    "a tensor in place of a `gen.interfaces.Loss` (dataclasses.replace), or a sum left over examples",
    needs=["inputs-untouched", "mode"],
)
def figures(subject: ObjectiveSubject) -> None:
    """A loss of finite scalars at any step, the parts among them under names of their own."""
    for step in _STEPS:
        loss = subject.loss(subject.make(), subject.did(), step=step)
        if not isinstance(loss, Loss):
            failed(f"it gave {type(loss).__name__}, no gen.interfaces.Loss")
        values = {"total": loss.total, **{name: getattr(loss, name) for name in _FIGURES}, **loss.parts}
        for name, value in values.items():
            if not isinstance(value, Tensor) or value.dim() != 0 or not torch.isfinite(value):
                failed(f"at step {step} its {name} is {value!r}, no finite scalar")
        if taken := sorted({"loss", "beta", *_FIGURES} & set(loss.parts)):
            failed(f"its parts are called {', '.join(taken)}, as figures that every loss has")


@CHECKS.add(
    "other figures in place of those that it was given: only total, beta and parts are its own", needs=["figures"]
)
def keeps_the_figures(subject: ObjectiveSubject) -> None:
    """Reconstruction and KL are the model's, so that trainings can be compared whatever they minimise."""
    did = subject.did()
    loss = subject.loss(subject.make(), did)
    for name in _FIGURES:
        if not torch.equal(getattr(loss, name), getattr(did.elbo, name)):
            failed(f"its {name} is {getattr(loss, name):.4g}; the model's is {getattr(did.elbo, name):.4g}")


@CHECKS.add("torch.randn, or any other draw without the generator", needs=["figures"])
def determinism(subject: ObjectiveSubject) -> None:
    """The same generator gives the same, and nothing else is drawn from."""
    did = subject.did()
    draws_only_from(lambda generator: subject.loss(subject.make(), did, generator=generator).total, "forward()")


@CHECKS.add(".detach(), torch.no_grad(), or numbers (.item()) in place of tensors", needs=["figures"])
def gradients(subject: ObjectiveSubject) -> None:
    """The total's gradient reaches the reconstruction or the posterior, and weights of its own."""
    objective, did = subject.make().train(), subject.did()
    own = list(trained(objective).values())
    total = sum(subject.loss(objective, did, step=step).total for step in _STEPS)
    if any(value.grad is not None for value in did.learn):
        failed("it goes backwards by itself: gen does, and weights would get the gradient twice")
    if loose := [name for name, value in vars(objective).items() if isinstance(value, Tensor) and value.requires_grad]:
        failed(f"its own {', '.join(loose)} would be neither trained nor saved: nn.Parameter registers it")
    if not isinstance(total, Tensor) or not total.requires_grad:
        failed("the total has no gradient")
    found = torch.autograd.grad(total, [*did.learn, *own], allow_unused=True)
    if not any(gradient is not None and gradient.any() for gradient in found[: len(did.learn)]):
        failed("no gradient of the total reaches the model")
    for name, gradient in zip(trained(objective), found[len(did.learn) :], strict=True):
        if gradient is None or not torch.isfinite(gradient).all():
            failed(f"no finite gradient reaches its own {name}")


@CHECKS.add(
    "a running mean or a counter that isn't registered (register_buffer): what it keeps has to be saved",
    needs=["determinism"],
)
def resumes(subject: ObjectiveSubject) -> None:
    """Another one with its state_dict gives the same from then on, at whatever step."""
    objective = subject.make().train()
    for step in range(3):
        subject.loss(objective, subject.did(seed=step), step=step)
    again = subject.make(seed=7).train()
    again.load_state_dict(deepcopy(objective.state_dict()))
    one, other = (subject.loss(each, subject.did(seed=9), step=3).total for each in (objective, again))
    if not torch.equal(one, other):
        failed(f"taken up again after three steps it gives {other:.6g}, and would have given {one:.6g}")


@CHECKS.add("a sum or a distance over the examples together, without `whole_batch = True`", needs=["determinism"])
def slices(subject: ObjectiveSubject) -> None:
    """The loss of a batch is the mean of those of its halves, unless it says that it needs whole batches."""
    objective = subject.make().eval()
    if objective.whole_batch:
        skipped("it says that it needs whole batches, and no recipe can cut them")
    did, half = subject.did(), _EXAMPLES // 2
    parts = [_cut(did, slice(0, half)), _cut(did, slice(half, _EXAMPLES))]
    whole = subject.loss(objective, did).total
    mean = torch.stack([subject.loss(objective, part).total for part in parts]).mean()
    if differs(mean, whole, tolerance=1e-3):
        failed(f"the loss of a batch is {whole:.5g}, and the mean of its two halves' {mean:.5g}")


def _cut(did: Did, rows: slice) -> Did:
    """Some of a batch's examples."""
    posterior = did.result.posterior.mapped(lambda value: value[rows])
    decoded = DecoderOutput(did.result.decoded.loss[rows], did.result.decoded.outputs[rows])
    kl, nats = posterior.kl().sum(-1).mean(), decoded.loss.mean()
    elbo = Loss(nats + 0.5 * kl, nats, kl, kl / NATS_PER_BIT, 0.5)
    return Did(Reconstruction(posterior, did.result.z[rows], decoded), elbo, did.learn)
