"""A prior that says z number by number: a density, that knows what went before alone, and is what is drawn from."""

from __future__ import annotations

import math

import pytest
import torch

import gen
from gen.model.autoregressive import Autoregressive, even_noise
from gen.model.latents import Posterior


@pytest.fixture
def latent():
    """One whose prior is far from the standard normal."""
    torch.manual_seed(0)
    made = Autoregressive(24, 3, input_size=3, latent_size=2)
    with torch.no_grad():
        for weight in (made.heard.weight, made.more.weight, made.said.weight):
            weight.normal_(std=0.2)
        made.said.bias.normal_(std=0.3)
    return made.eval()


def test_the_density_sums_to_one_and_draws_follow_it(latent):
    with torch.no_grad():
        edges = torch.linspace(-9.0, 9.0, 301)
        grid = torch.cartesian_prod(edges, edges)
        mass = latent.log_density(grid).exp() * (edges[1] - edges[0]) ** 2
        assert mass.sum().item() == pytest.approx(1.0, abs=2e-3)
        drawn = latent.prior(6000, generator=torch.Generator().manual_seed(0))
    assert drawn.mean(0).tolist() == pytest.approx((mass[:, None] * grid).sum(0).tolist(), abs=0.1)
    expected = [(mass * grid[:, 0] * grid[:, 1]).sum().item(), (mass * grid[:, 1].square()).sum().item()]
    found = [(drawn[:, 0] * drawn[:, 1]).mean().item(), drawn[:, 1].square().mean().item()]
    assert found == pytest.approx(expected, rel=0.1, abs=0.1)


def test_a_number_is_said_from_those_before_it_alone():
    torch.manual_seed(1)
    latent = Autoregressive(40, 2, input_size=3, latent_size=5).eval()
    torch.nn.init.normal_(latent.said.weight)
    z = torch.randn(5, requires_grad=True)
    for number in range(5):
        said = torch.stack([each[:, number].sum() for each in latent._parts(z, None)]).sum()
        (heard,) = torch.autograd.grad(said, z)
        assert (heard[number:] == 0).all()
        assert (heard[:number] != 0).all()


def test_new_it_costs_what_the_standard_normal_costs():
    latent = Autoregressive(16, 1, input_size=3, latent_size=4)
    torch.nn.init.zeros_(latent.said.weight)
    mean, stddev = torch.randn(6, 4), torch.rand(6, 4) + 0.1
    cost = latent.posterior(mean, stddev).kl()
    torch.testing.assert_close(cost[:, 0], Posterior(mean, stddev).kl().sum(-1), rtol=1e-5, atol=1e-4)


def test_the_price_is_the_kl_that_many_draws_give(latent):
    generator = torch.Generator().manual_seed(0)
    mean, stddev = torch.tensor([[0.5, -1.0]]), torch.tensor([[0.3, 0.1]])
    with torch.no_grad():
        z = mean + stddev * torch.randn(40_000, 1, 2, generator=generator)
        own = (-0.5 * ((z - mean) / stddev).square() - stddev.log() - 0.5 * math.log(2 * math.pi)).sum(-1)
        slow = (own - latent.log_density(z)).mean().item()
        noise = torch.randn(4_000, 1, 2, generator=generator)
        assert latent.posterior(mean, stddev, noise).kl().item() == pytest.approx(slow, abs=0.03)


def test_its_size_is_known_without_weights():
    with torch.device("meta"):
        model = gen.build_model(gen.load_recipe("drums_4bar_learned_prior", ["data.source=demo"]))
    assert model.parameter_count() == 3_726_592


@pytest.mark.parametrize("options", [{"hidden": 0}, {"parts": 0}, {"dropout": 1.0}])
def test_what_makes_no_prior_is_refused(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        Autoregressive(**options, input_size=3, latent_size=4)


def test_few_even_draws_price_an_example_as_many_of_its_own_do():
    """From a prior that is narrow and far from normal, of which as many free draws that all share would be off."""
    torch.manual_seed(0)
    latent = Autoregressive(48, 3, input_size=3, latent_size=48).eval()
    mean, stddev = torch.randn(40, 48), 0.2 + 0.6 * torch.rand(40, 48)
    with torch.no_grad():
        for weight in (latent.heard.weight, latent.more.weight, latent.said.weight):
            weight.normal_(std=0.15)
        latent.said.bias.normal_(std=0.3)
        latent.said.bias.view(3, 3, 48)[1] -= 1.0  # logarithms of widths
        own = latent.posterior(mean, stddev, torch.randn(500, 40, 48)).kl().mean()
        free = torch.stack([latent.posterior(mean, stddev, torch.randn(32, 1, 48)).kl().mean() for _ in range(20)])
        assert (latent.posterior(mean, stddev).kl().mean() - own).abs() < 0.5
    assert (free - own).square().mean().sqrt() > 1.0


def test_even_draws_are_a_standard_normals():
    noise = even_noise(32, 500)
    torch.testing.assert_close(noise.mean(0), torch.zeros(500), atol=1e-6, rtol=0.0)
    torch.testing.assert_close(noise.square().mean(0), torch.ones(500))
    assert noise.T.cov().fill_diagonal_(0.0).abs().mean() < 0.2  # numbers have nothing to do with each other
