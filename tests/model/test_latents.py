"""Latent spaces by name, gen's and a stranger's: what they cost, and that a training of each resumes bit by bit."""

from __future__ import annotations

import math
import types
from dataclasses import dataclass, replace

import pytest
import torch
from stopped import contents, whole_and_resumed
from tiny_models import tiny_model

import gen
import gen.testing
from gen.data.prepare import prepare
from gen.errors import CheckpointError, RecipeError
from gen.interfaces import Latent, LatentPosterior
from gen.model.build import build_converter, build_model
from gen.model.latents import Categorical, Mixture, Posterior
from gen.model.vae import NATS_PER_BIT
from gen.registry import registry

TINY = [
    "data={source: {type: demo, parts: drums, clips: 20, bars: 2}, fallback: null}",
    "encoder={sizes: [8]}",
    "decoder={sizes: [8]}",
    "training={batch_size: 4, accumulate: 2, steps: 4, log_every: 1, eval_every: 4, checkpoint_every: 4}",
]


@dataclass(frozen=True, eq=False)
class Nearest(LatentPosterior):
    cost: torch.Tensor
    nats: torch.Tensor

    def sample(self, *, generator=None):
        return self.mean

    def kl(self):
        return self.nats

    def extra(self):
        return self.cost.sum(-1)


class VectorQuantised(Latent):
    """A stranger's: codes that follow what is coded by a moving mean, which is saved with the weights."""

    def __init__(self, parts: int = 2, codes: int = 8, keep: float = 0.9, *, input_size: int, latent_size: int) -> None:
        super().__init__()
        self.parts, self.keep = parts, keep
        self.to_z = torch.nn.Linear(input_size, latent_size)
        self.register_buffer("book", torch.randn(codes, latent_size // parts))

    def forward(self, encoding, *, generator=None):
        z = self.to_z(encoding).unflatten(1, (self.parts, -1))
        chosen = torch.cdist(z, self.book.expand(len(z), -1, -1)).argmin(-1)
        code = self.book[chosen]
        if self.training:
            with torch.no_grad():
                flat, place = z.detach().flatten(0, 1), chosen.flatten()
                count = torch.bincount(place, minlength=len(self.book))[:, None]
                new = torch.zeros_like(self.book).index_add(0, place, flat) / count.clamp(min=1)
                self.book.copy_(torch.where(count > 0, self.keep * self.book + (1 - self.keep) * new, self.book))
        cost = 0.25 * (code - z).square().sum(-1)
        nats = torch.full_like(cost, math.log(len(self.book)))
        return Nearest((z + (code - z).detach()).flatten(1), cost, nats.detach())

    def prior(self, n, *, generator=None):
        chosen = torch.randint(len(self.book), (n, self.parts), generator=generator)
        return self.book[chosen.to(self.book.device)].flatten(1)


@pytest.fixture
def stranger():
    hook = gen.hookimpl(specname="register_latents")(lambda: {"vq": VectorQuantised})
    with gen.testing.plugins(types.SimpleNamespace(__name__="stranger", register_latents=hook)):
        yield


@pytest.mark.parametrize("name", registry().names("latent"))
def test_gens_own_keep_their_promises(name):
    gen.testing.check_component(registry().find("latent", name)).require()


def test_a_strangers_keeps_its_promises():
    gen.testing.check_component(VectorQuantised).require()


@pytest.mark.parametrize(
    "latent",
    [
        "{type: vq, codes: 4, size: 8}",
        "{type: categorical, classes: 4, size: 8}",
        "{type: mixture, parts: 3, size: 4}",
        "{type: autoregressive, hidden: 8, parts: 2, size: 4}",
        "{type: repeating, pieces: 2, hidden: 8, context: 4, parts: 2, size: 4}",
    ],
)
def test_a_training_goes_on_exactly_and_is_measured_and_sampled(stranger, tmp_path, latent):
    recipe = gen.load_recipe("cat-drums_2bar_tiny", [*TINY, f"latent={latent}"])
    prepared = prepare(recipe)
    whole, resumed = whole_and_resumed(recipe, prepared, tmp_path, stop=2)
    assert contents(whole) == contents(resumed)

    trained = gen.load_run(resumed.path, device="cpu")
    found = gen.evaluate(trained.model, build_converter(recipe), prepared.require("train").take(slice(0, 6)), step=4)
    assert found["latent"]["size"] == recipe.latent.size
    assert math.isfinite(found["latent"]["nats_from_z"])
    assert len(gen.sample_clips(trained, 2, seed=0, temperature=1.0)) == 2
    with pytest.raises(CheckpointError, match="latent spaces alone, and this is '"):
        gen.export_run(resumed.path, "tf-checkpoint", tmp_path / "out")


def test_a_recipe_without_a_type_is_as_it_was():
    recipe = gen.load_recipe("groovae_4bar", ["latent.type=gaussian"])
    assert recipe == gen.load_recipe("groovae_4bar")
    named = set(build_model(gen.load_recipe("cat-drums_2bar_tiny", TINY)).state_dict())
    assert {"mean.weight", "mean.bias", "stddev.weight", "stddev.bias"} <= named
    assert not any("space" in name for name in named)


def test_classes_that_are_sure_cost_all_that_they_tell():
    latent = Categorical(4, input_size=3, latent_size=8)
    with torch.no_grad():
        latent.logits.weight.zero_()
        latent.logits.bias.copy_(torch.tensor([50.0, 0, 0, 0, 0, 0, 0, 0]))
    kl = latent(torch.zeros(1, 3)).kl()
    torch.testing.assert_close(kl, torch.tensor([[math.log(4), 0.0]]))


def test_draws_of_classes_come_as_often_as_they_are_likely():
    latent = Categorical(2, input_size=1, latent_size=2)
    with torch.no_grad():
        latent.logits.weight.zero_()
        latent.logits.bias.copy_(torch.tensor([math.log(3.0), 0.0]))
    draws = latent(torch.zeros(4000, 1)).sample(generator=torch.Generator().manual_seed(0))
    assert set(draws.unique().tolist()) == {0.0, 1.0}
    assert abs(draws[:, 0].mean().item() - 0.75) < 0.03


def test_the_price_of_a_mixture_of_one_part_is_the_kl_to_it():
    latent = Mixture(1, input_size=3, latent_size=2)
    with torch.no_grad():
        latent.centres.copy_(torch.tensor([[1.0, -1.0]]))
        latent.widths.copy_(torch.tensor([[0.5, 0.0]]))
    found = latent(torch.randn(4, 3, generator=torch.Generator().manual_seed(0)))
    here = torch.distributions.Normal(found.mean, found.stddev)
    there = torch.distributions.Normal(latent.centres, latent.widths.exp())
    wanted = torch.distributions.kl_divergence(here, there).sum(1, keepdim=True)
    torch.testing.assert_close(found.kl(), wanted)


def test_the_price_of_a_mixture_is_no_less_than_the_kl_to_it():
    torch.manual_seed(0)
    latent = Mixture(5, input_size=3, latent_size=2)
    found = latent(torch.randn(3, 3))
    draws = torch.stack([found.sample(generator=torch.Generator().manual_seed(seed)) for seed in range(2000)])
    each = torch.distributions.Normal(latent.centres, latent.widths.exp()).log_prob(draws[:, :, None]).sum(-1)
    under = torch.logsumexp(each + latent.shares.log_softmax(0), -1)
    true = (torch.distributions.Normal(found.mean, found.stddev).log_prob(draws).sum(-1) - under).mean(0)
    assert (found.kl()[:, 0] >= true - 0.05).all()


def test_free_bits_of_a_dimension_are_no_other_dimensions():
    model = tiny_model("melody").model
    latent = replace(model.latent, size=2, free_bits=4.0 / NATS_PER_BIT, free_bits_over="dimension")
    kl = torch.tensor([[1.0, 5.0], [1.0, 7.0]])  # two free nats each: the silent one can't pay for the loud one
    at_stake = gen.VAE(model.encoder, model.decoder, latent=latent, steps=4)
    torch.testing.assert_close(at_stake.kl_cost(kl.mean(0)), torch.tensor(4.0))
    torch.testing.assert_close(at_stake.price(kl), torch.tensor([4.0, 4.0]))


def test_posteriors_join_row_by_row():
    one, other = (Posterior(torch.full((2, 3), value), torch.ones(2, 3)) for value in (0.0, 1.0))
    assert one.joined([other]).mean.tolist() == [[0.0] * 3] * 2 + [[1.0] * 3] * 2


@pytest.mark.parametrize(
    ("latent", "message"),
    [
        ("{type: categorical, clases: 4}", "latent.clases: 'categorical' takes no 'clases'; did you mean 'classes'?"),
        ("{type: categorial}", "latent.type: no latent named 'categorial'; did you mean 'categorical'?"),
        ("{type: mixture, prior: fitted}", "latent.prior: prior 'fitted' is for a normal z"),
        ("{type: mixture, sze: 4}", "latent.sze: 'latent' takes no 'sze'; did you mean 'size'?"),
        ("{type: [1]}", "latent: expected a component such as {type: NAME}, got a list"),
    ],
)
def test_what_a_recipe_says_wrongly_is_told_at_its_place(latent, message):
    with pytest.raises(RecipeError) as caught:
        gen.load_recipe("cat-drums_2bar_tiny", [f"latent={latent}"])
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["latent={type: categorical, classes: 3, size: 8}"], "latent.classes: classes must be 2 or more and divide"),
        (
            ["latent={type: categorical, size: 8}", "encoder={type: linear_start, core: {type: lstm, sizes: [8]}}"],
            "encoder 'linear_start' sets the weights of a normal posterior",
        ),
    ],
)
def test_parts_that_do_not_fit_are_refused_when_the_model_is_made(words, message):
    with pytest.raises(RecipeError) as caught:
        build_model(gen.load_recipe("cat-drums_2bar_tiny", [*TINY[:1], *words]))
    assert message in str(caught.value)
