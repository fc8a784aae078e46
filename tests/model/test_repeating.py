"""A prior that says z piece by piece: a density, that knows what went before alone, and finds repeating cheap."""

from __future__ import annotations

import pytest
import torch

import gen
from gen.model.latents import Posterior
from gen.model.repeating import Repeating


@pytest.mark.parametrize("pieces", [1, 2])
def test_the_density_sums_to_one_and_draws_follow_it(pieces):
    torch.manual_seed(0)
    latent = Repeating(pieces, 24, 8, 3, input_size=3, latent_size=2).eval()
    with torch.no_grad():
        for weight in (latent.heard.weight, latent.more.weight, latent.said.weight, latent.around.weight):
            weight.normal_(std=0.2)
        latent.said.bias.normal_(std=0.3)
        latent.alike.fill_(0.5)
        edges = torch.linspace(-9.0, 9.0, 301)
        grid = torch.cartesian_prod(edges, edges)
        mass = latent.log_density(grid).exp() * (edges[1] - edges[0]) ** 2
        assert mass.sum().item() == pytest.approx(1.0, abs=2e-3)
        drawn = latent.prior(8000, generator=torch.Generator().manual_seed(0))
    for pair in ((0, 0), (0, 1), (1, 1)):
        expected = (mass * grid[:, pair[0]] * grid[:, pair[1]]).sum().item()
        assert (drawn[:, pair[0]] * drawn[:, pair[1]]).mean().item() == pytest.approx(expected, rel=0.1, abs=0.05)
    assert drawn.mean(0).tolist() == pytest.approx((mass[:, None] * grid).sum(0).tolist(), abs=0.1)


def test_what_comes_later_makes_no_difference_to_what_came_before():
    torch.manual_seed(1)
    latent = Repeating(4, 24, 8, 2, input_size=3, latent_size=12).eval()
    first, other = torch.randn(2, 12), torch.randn(2, 12)
    whole = torch.cat([first[:, :6], other[:, 6:]], 1)
    for z in (first, whole):
        rows = z.view(2, 4, 3)
        new = latent._contexts(rows)
        weights = latent._weights(new.sum(-1), latent._likeness(rows))
        if z is first:
            known = new[:, :3], weights[:, :2]
    torch.testing.assert_close(new[:, :3], known[0])  # of the third piece: what the first two are
    torch.testing.assert_close(weights[:, :2], known[1])
    assert (weights[:, 0, 1:] == -torch.inf).all()  # nothing comes before the first


def test_a_piece_that_comes_again_costs_less():
    torch.manual_seed(0)
    latent = Repeating(4, 24, 8, 2, input_size=3, latent_size=32).eval()
    piece, others = torch.randn(1, 8), torch.randn(1, 16)
    again = torch.cat([piece, others, piece + 0.1], 1)
    new = torch.cat([piece, others, torch.randn(1, 8)], 1)
    assert latent.log_density(again).item() > latent.log_density(new).item() + 2.0
    stddev = torch.full((1, 32), 0.2)
    saved = [Posterior(z, stddev).kl().sum().item() - latent.posterior(z, stddev).kl().item() for z in (again, new)]
    assert saved[0] > saved[1] + 2.0


def test_a_bar_that_follows_a_repeated_one_likely_is_repeated_too():
    torch.manual_seed(0)
    latent = Repeating(6, 24, 8, 2, input_size=3, latent_size=48).eval()
    with torch.no_grad():
        latent.again.fill_(3.0)
    a, b, c, d = torch.randn(4, 1, 8).unbind(0)
    rows = torch.stack([a, b, c, d, a, b], 1)
    new = torch.zeros(1, 6) - 11.0
    weights = latent._weights(new, latent._likeness(rows)).detach()[0, :, 1:]
    assert weights[5, 1] > weights[5, 2] + 2.0  # the fifth was like the first, so the sixth is like the second
    assert weights[4, 0] - weights[4, 1] == pytest.approx(0.0, abs=0.5)  # nothing tells yet which comes again


def test_in_training_a_price_is_by_one_draw_and_a_generator_repeats_it():
    latent = Repeating(4, 24, 8, 2, input_size=3, latent_size=12).train()
    encoding = torch.randn(5, 3)
    costs = [latent(encoding, generator=torch.Generator().manual_seed(seed)).kl() for seed in (0, 0, 1)]
    torch.testing.assert_close(costs[0], costs[1])
    assert not torch.equal(costs[0], costs[2])
    costs[0].sum().backward()
    assert all(each.grad is not None for each in latent.parameters())


def test_a_recipe_may_name_it():
    with torch.device("meta"):
        recipe = gen.load_recipe("melody_16bar_flat", ["data.source=demo", "latent.type=repeating"])
        assert isinstance(gen.build_model(recipe).space, Repeating)


@pytest.mark.parametrize("options", [{"pieces": 5}, {"hidden": 0}, {"context": 0}, {"parts": 0}, {"dropout": 1.0}])
def test_what_makes_no_prior_is_refused(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        Repeating(**{"pieces": 4, **options}, input_size=3, latent_size=12)
