"""The checks of optimisers and of schedules, in the order in which they run."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from safetensors.torch import load, save
from torch import Tensor, nn

from gen.interfaces.optimiser import Optimiser as Maker
from gen.interfaces.schedule import Schedule
from gen.recipes.sections import TrainingSection
from gen.testing.checks import Checks, failed
from gen.testing.modules import draws_only_from, seeded
from gen.testing.subject import Subject, random_from
from gen.training.optimiser import Optimiser

_STEPS = 8
_TRAINING = TrainingSection(learning_rate=0.02, min_learning_rate=0.0, decay_rate=1.0)


class OptimiserSubject(Subject[Maker]):
    """An optimiser under test, and a small network for it: matrices, vectors, and a parameter that no loss reaches."""

    KIND = "optimiser"

    def begin(self) -> Updates:
        """A training of a few steps, from the beginning."""
        return Updates(self.make(), _TRAINING)


class Updates:
    """A network that learns to add up, and the optimiser that changes it."""

    def __init__(self, maker: Maker, training: TrainingSection) -> None:
        with seeded(0):
            self.model = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 1))
            self.inputs = torch.randn(32, 6)
        self.model.register_parameter("spare", nn.Parameter(torch.ones(3)))
        self.begun_with = self.weights()
        self.optimiser = Optimiser(self.model.parameters(), training, maker=maker)
        self.done = 0

    def loss(self) -> Tensor:
        """How far from their sums it is."""
        said: Tensor = self.model(self.inputs)[:, 0]
        return (said - self.inputs.sum(1)).square().mean()

    def run(self, steps: int) -> Updates:
        """Further steps."""
        for _ in range(steps):
            torch.autograd.backward(self.loss())
            self.optimiser.step(self.done)
            self.done += 1
        return self

    def order(self) -> tuple[str, ...]:
        """Names of the parameters, as the optimiser has them."""
        names = {id(parameter): name for name, parameter in self.model.named_parameters()}
        groups = self.optimiser.torch.param_groups
        return tuple(names[id(parameter)] for group in groups for parameter in group["params"])

    def weights(self) -> Tensor:
        """All of them."""
        return torch.cat([parameter.detach().flatten() for parameter in self.model.parameters()])


OPTIMISERS: Checks[OptimiserSubject] = Checks()


@OPTIMISERS.add("options that don't go together, or a make() that returns no torch.optim.Optimizer")
def constructs(subject: OptimiserSubject) -> None:
    """It makes one of torch's optimisers, with every parameter in it once."""
    found = subject.begin()
    made = found.optimiser.torch
    if not isinstance(made, torch.optim.Optimizer):
        failed(f"make() returned {type(made).__name__}, no torch.optim.Optimizer")
    there = [id(parameter) for group in made.param_groups for parameter in group["params"]]
    missing = {id(parameter) for parameter in found.model.parameters()} - set(there)
    if missing or len(there) != len(set(there)):
        failed(f"{len(missing)} parameters are in no group, and {len(there) - len(set(there))} in more than one")
    if not torch.equal(found.weights(), found.begun_with):
        failed("make() changes the weights that it is given")


@OPTIMISERS.add("a sign, or an update that is computed and not applied", needs=["constructs"])
def learns(subject: OptimiserSubject) -> None:
    """A loss falls."""
    found = subject.begin()
    before, after = found.loss().item(), found.run(6 * _STEPS).loss().item()
    if not after < 0.95 * before:
        failed(
            f"after {6 * _STEPS} updates at a rate of {_TRAINING.learning_rate} a loss went {before:.4g} to {after:.4g}"
        )


@OPTIMISERS.add("a rate of its own in place of group['lr'], which gen sets before each update", needs=["constructs"])
def rate(subject: OptimiserSubject) -> None:
    """A smaller rate moves the weights less."""
    moves = []
    for size in (1e-2, 1e-4):
        training = TrainingSection(learning_rate=size, min_learning_rate=size)
        found = Updates(subject.make(), training)
        before = found.weights()
        moves.append((found.run(1).weights() - before).norm().item())
    if not moves[1] < 0.1 * moves[0]:
        failed(f"at a hundredth of the rate the first update is {moves[1]:.3g} long, not much less than {moves[0]:.3g}")


@OPTIMISERS.add("what is kept in the class or the module, so that all trainings share it", needs=["constructs"])
def forgets(subject: OptimiserSubject) -> None:
    """A second training in the same process goes as the first."""
    one = subject.begin().run(3).weights()
    if not torch.equal(one, subject.begin().run(3).weights()):
        failed("a second training of the same weights and batches ends elsewhere: it knows of the first, or draws")


@OPTIMISERS.add(
    "a decay or a momentum that moves weights without a gradient, or a grad of None that is taken for a tensor",
    needs=["constructs"],
)
def unreached(subject: OptimiserSubject) -> None:
    """A parameter that no gradient reaches stays as it is, and all others are moved and finite."""
    found = subject.begin()
    before = {name: value.detach().clone() for name, value in found.model.named_parameters()}
    found.run(3)
    for name, value in found.model.named_parameters():
        if name == "spare" and not torch.equal(value, before[name]):
            failed("a parameter without a gradient is changed")
        if name != "spare" and torch.equal(value, before[name]):
            failed(f"{name}, whose gradient is not 0, is as it was after three updates")
        if not torch.isfinite(value).all():
            failed(f"{name} isn't finite after three updates")


@OPTIMISERS.add("torch.rand, or any other draw: an optimiser has no generator", needs=["forgets"])
def determinism(subject: OptimiserSubject) -> None:
    """Nothing is drawn."""

    def train(_: torch.Generator) -> Tensor:
        with torch.enable_grad():
            return subject.begin().run(3).weights()

    draws_only_from(train, "the updates")
    orders = set()
    for seed in range(6):
        with random_from(seed):
            orders.add(subject.begin().order())
    if len(orders) > 1:
        failed("make() takes the parameters now in one order, now in another: what is saved would be another's")


@OPTIMISERS.add(
    "what changes while training and is kept elsewhere than in torch's state of a parameter, or in a group without "
    "being named in `remembers`",
    needs=["determinism"],
)
def resumes(subject: OptimiserSubject) -> None:
    """Stopped and taken up again it goes on exactly as if it had never stopped."""
    whole = subject.begin().run(2 * _STEPS)
    half, rest = subject.begin().run(_STEPS), subject.begin()
    rest.model.load_state_dict(half.model.state_dict())
    rest.optimiser.load_state(load(save({k: v.contiguous() for k, v in half.optimiser.state().items()})))
    rest.done = half.done
    if not torch.equal(rest.run(_STEPS).weights(), whole.weights()):
        failed(f"stopped after {_STEPS} updates and taken up again, the weights differ after {_STEPS} more")


class ScheduleSubject(Subject[Schedule]):
    """A schedule under test."""

    KIND = "schedule"

    def shares(self) -> Iterator[tuple[int, int, float]]:
        """Step, steps and share, for trainings of several lengths."""
        for steps in (1, 2, 10, 5000):
            for step in sorted({0, 1, steps // 3, steps // 2, steps - 1, steps} & set(range(steps + 1))):
                yield step, steps, self.component.share(step, steps)


SCHEDULES: Checks[ScheduleSubject] = Checks()


@SCHEDULES.add("a division by a number of steps that may be 0 or 1, or a rate in place of a share of one")
def shares(subject: ScheduleSubject) -> None:
    """A number from 0 to 1, for trainings of any length, and for the step after the last."""
    for step, steps, share in subject.shares():
        if not isinstance(share, (int, float)) or not math.isfinite(share) or not 0.0 <= share <= 1.0:
            failed(f"step {step} of {steps} has a share of {share!r}, which is no number from 0 to 1")


@SCHEDULES.add("a counter of its own: a training that is resumed begins with another step than 0", needs=["shares"])
def follows_from_the_step(subject: ScheduleSubject) -> None:
    """A step's share doesn't depend on what was asked before."""
    forwards, backwards = list(subject.shares()), subject.make()
    for step, steps, share in reversed(forwards):
        if (again := backwards.share(step, steps)) != share:
            failed(f"step {step} of {steps} has a share of {share}, and of {again} if asked for in another order")


@SCHEDULES.add(
    "a whole number divided by another (//), or a share of the steps that is nowhere above 0", needs=["shares"]
)
def moves(subject: ScheduleSubject) -> None:
    """In a training of 5,000 steps some of the first 1,000 have a rate above the least, whatever came before."""
    if not any(subject.component.share(step, 5000) > 0 for step in range(0, 1000, 7)):
        failed("none of the first 1,000 steps of 5,000 has a share above 0: nothing would be learnt")


@SCHEDULES.add("random, numpy.random or torch.rand", needs=["follows-from-the-step"])
def draws_nothing(subject: ScheduleSubject) -> None:
    """Nothing is drawn."""

    def shares(_: torch.Generator) -> Tensor:
        return torch.tensor([share for _, _, share in subject.shares()])

    draws_only_from(shares, "share()")
