"""A prior fitted to latent vectors: what it is before, what it is after, and that a run keeps it."""

from __future__ import annotations

import pytest
import torch

import gen
from gen.model.prior import FittedPrior


def clouds() -> torch.Tensor:
    """Two clouds of 2,000 and 6,000, at (4, 0) and (-4, 0), the second a slanted line."""
    generator = torch.Generator().manual_seed(0)
    one, other = torch.randn(2000, 2, generator=generator), torch.randn(6000, 1, generator=generator)
    return torch.cat(
        [0.1 * one + torch.tensor([4.0, 0.0]), other * torch.tensor([0.5, 0.5]) - torch.tensor([4.0, 0.0])]
    )


def fitted(parts: int) -> torch.Tensor:
    prior = FittedPrior(parts, 2)
    prior.fit(clouds(), generator=torch.Generator().manual_seed(1))
    return prior.sample(8000, generator=torch.Generator().manual_seed(2))


def test_a_new_one_is_the_standard_normal():
    z = FittedPrior(3, 2).sample(20_000, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(z.mean(0), torch.zeros(2), atol=0.03, rtol=0)
    torch.testing.assert_close(torch.cov(z.T), torch.eye(2), atol=0.05, rtol=0)


def test_it_draws_from_the_clouds_as_often_as_they_have_clips_and_never_between():
    z = fitted(2)
    right = z[:, 0] > 0
    assert right.float().mean().item() == pytest.approx(0.25, abs=0.02)
    assert (z[:, 0].abs() < 1.5).float().mean() < 0.001
    torch.testing.assert_close(z[right].mean(0), torch.tensor([4.0, 0.0]), atol=0.02, rtol=0)
    torch.testing.assert_close(torch.cov(z[~right].T), torch.full((2, 2), 0.25), atol=0.06, rtol=0)


def test_one_part_is_a_normal_with_the_covariance_of_all():
    torch.testing.assert_close(torch.cov(fitted(1).T), torch.cov(clouds().T), atol=0.5, rtol=0.05)


def test_with_fewer_clips_than_parts_nothing_changes():
    prior = FittedPrior(5, 2)
    prior.fit(torch.randn(4, 2), generator=torch.Generator())
    assert torch.equal(prior.means, torch.zeros(5, 2))


def test_a_draw_is_the_same_to_the_last_bit_on_any_number_of_threads():
    """A clip drawn at temperature 1 was another where a product of matrices was added up in another order."""
    model = gen.load_run("melody_16bar", device="cpu").model
    before, draws = torch.get_num_threads(), []
    try:
        for threads in (1, 2, 4):
            torch.set_num_threads(threads)
            draws += [model.prior(8, generator=torch.Generator().manual_seed(0))]
    finally:
        torch.set_num_threads(before)
    assert torch.equal(draws[0], draws[1])
    assert torch.equal(draws[0], draws[2])
