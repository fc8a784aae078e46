"""Objectives by name, gen's and a stranger's: what is minimised, and that a training of each resumes bit by bit."""

from __future__ import annotations

import types
from dataclasses import replace

import pytest
import torch
from stopped import contents, whole_and_resumed

import gen
import gen.testing
from gen.data.prepare import prepare
from gen.errors import RecipeError
from gen.interfaces import Objective
from gen.model.build import build_model
from gen.model.objectives import Cyclic, InfoVae
from gen.registry import registry

TINY = [
    "data={source: {type: demo, parts: drums, clips: 20, bars: 2}, fallback: null}",
    "encoder={sizes: [8]}",
    "decoder={sizes: [8]}",
    "latent={size: 4, free_bits: 0}",
    "training={batch_size: 4, steps: 4, log_every: 1, eval_every: 4, checkpoint_every: 4}",
]


class Reverse(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, gradient):
        return -gradient


class Adversary(Objective):
    """A stranger's: a judge with weights of its own tells posteriors from the prior (Makhzani et al. 2016)."""

    whole_batch = True

    def __init__(self, hidden: int = 8, *, latent_size: int) -> None:
        super().__init__()
        self.judge = torch.nn.Sequential(
            torch.nn.Linear(latent_size, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, 1)
        )

    def forward(self, elbo, result, *, step, prior, generator=None):
        z = torch.cat([prior(len(result.z)), Reverse.apply(result.z)])
        real = torch.arange(len(z), device=z.device) < len(result.z)
        said = torch.nn.functional.binary_cross_entropy_with_logits(self.judge(z)[:, 0], real.float())
        return replace(elbo, total=elbo.reconstruction + said, parts={"judge": said})


@pytest.fixture
def stranger():
    hook = gen.hookimpl(specname="register_objectives")(lambda: {"adversary": Adversary})
    with gen.testing.plugins(types.SimpleNamespace(__name__="stranger", register_objectives=hook)):
        yield


@pytest.mark.parametrize("name", registry().names("objective"))
def test_gens_own_keep_their_promises(name):
    gen.testing.check_component(registry().find("objective", name)).require()


def test_a_strangers_keeps_its_promises():
    gen.testing.check_component(Adversary).require()


@pytest.mark.parametrize(
    ("objective", "figure"), [("adversary", "judge"), ("info_vae", "mmd"), ("{type: cyclic, period: 3}", "beta")]
)
def test_a_training_goes_on_exactly_and_logs_its_figures(stranger, tmp_path, objective, figure):
    recipe = gen.load_recipe("cat-drums_2bar_tiny", [*TINY, f"training.objective={objective}"])
    whole, resumed = whole_and_resumed(recipe, prepare(recipe), tmp_path, stop=2)
    assert contents(whole) == contents(resumed)
    assert all(figure in line for line in resumed.metrics())


def test_a_judge_of_its_own_learns_with_the_model(stranger, tmp_path):
    recipe = gen.load_recipe("cat-drums_2bar_tiny", [*TINY, "training.objective=adversary"])
    names = [name for name, _ in build_model(recipe).named_parameters()]
    assert [name for name in names if name.startswith("objective.")] == [
        f"objective.judge.{layer}.{what}" for layer in (0, 2) for what in ("weight", "bias")
    ]


def test_the_weight_of_the_kl_climbs_again_and_again():
    shares = [Cyclic(period=4, climb=0.5, cycles=2).share(step) for step in range(10)]
    assert shares == [0.0, 0.5, 1.0, 1.0, 0.0, 0.5, 1.0, 1.0, 1.0, 1.0]


def test_a_distance_is_nothing_between_like_draws_and_grows_with_what_differs():
    objective = InfoVae(latent_size=3)
    torch.manual_seed(0)
    one, like, other = torch.randn(400, 3), torch.randn(400, 3), torch.randn(400, 3) + 2.0
    near, far = objective.distance(one, like).item(), objective.distance(one, other).item()
    assert abs(near) < 0.005
    assert far > 0.1


def test_what_is_about_a_whole_batch_refuses_slices():
    recipe = gen.load_recipe("cat-drums_2bar_tiny", [*TINY, "training={objective: info_vae, accumulate: 2}"])
    with pytest.raises(RecipeError, match=r"'info_vae' is about a whole batch, and training\.accumulate 2 cuts it"):
        build_model(recipe)


class Drifts(Objective):
    """Keeps a mean that isn't saved, draws from the global state, and renames what the model told."""

    def __init__(self) -> None:
        super().__init__()
        self.mean = 0.0

    def forward(self, elbo, result, *, step, prior, generator=None):
        self.mean = 0.9 * self.mean + elbo.reconstruction.detach()
        return replace(elbo, total=elbo.total - self.mean)


class Rolls(Objective):
    def forward(self, elbo, result, *, step, prior, generator=None):
        return replace(elbo, total=elbo.total + torch.rand(()))


class Renames(Objective):
    def forward(self, elbo, result, *, step, prior, generator=None):
        return replace(elbo, reconstruction=elbo.reconstruction * 2)


class Cuts(Objective):
    def forward(self, elbo, result, *, step, prior, generator=None):
        return replace(elbo, total=elbo.total.detach() + 0 * result.z.sum().detach())


class Spread(Objective):
    def forward(self, elbo, result, *, step, prior, generator=None):
        return replace(elbo, total=elbo.total + result.z.std(0).sum())


class Bare(Objective):
    def forward(self, elbo, result, *, step, prior, generator=None):
        return elbo.total


@pytest.mark.parametrize(
    ("broken", "check"),
    [
        (Drifts, "resumes"),
        (Rolls, "determinism"),
        (Renames, "keeps-the-figures"),
        (Cuts, "gradients"),
        (Spread, "slices"),
        (Bare, "figures"),
    ],
)
def test_a_planted_fault_is_found_by_the_check_meant_for_it(broken, check):
    assert check in [failure.name for failure in gen.testing.check_component(broken).failures]
