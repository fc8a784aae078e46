"""Posteriors that are bettered one by one: better said, at no more bits, each by itself, and only where wanted."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

import gen
from gen.errors import UsageError
from gen.model.autoregressive import Autoregressive
from gen.model.refining import _adam
from gen.model.vae import VAE
from gen.recipes.sections import LatentSection
from gen_decoders.feedforward import FeedForwardDecoder
from gen_encoders.feedforward import FeedForwardEncoder

LENGTHS = torch.full((6,), 4)


@pytest.fixture
def model():
    """A model whose encoder knows nothing, and whose decoder hears z."""
    torch.manual_seed(0)
    decoder = FeedForwardDecoder([8], output_depth=6, control_depth=0, latent_size=5, steps=4)
    encoder = FeedForwardEncoder([7], straight=0, input_size=6, steps=4)
    made = VAE(encoder, decoder, latent=LatentSection(size=5, refine_steps=30), steps=4)
    with torch.no_grad():
        made.mean.bias.fill_(1.0)
        made.stddev.bias.fill_(-1.0)
    return made.eval()


@pytest.fixture
def clips():
    draws = torch.Generator().manual_seed(1)
    hits = (torch.rand(6, 4, 2, generator=draws) < 0.4).float()
    return torch.cat([hits, hits * torch.rand(6, 4, 2, generator=draws), torch.zeros(6, 4, 2)], -1)


def test_a_refined_posterior_says_its_clip_better_at_no_more_bits(model, clips):
    with torch.no_grad():
        read, better = model.read(clips, LENGTHS), model.encode(clips, LENGTHS)
        before, after = (model.decoder(clips, LENGTHS, each.mean).loss for each in (read, better))
    assert (after < before).all()
    assert (better.kl().sum(-1) < read.kl().sum(-1) + 0.1).all()
    assert not better.mean.requires_grad
    assert all(parameter.grad is None for parameter in model.parameters())


def test_a_small_rate_leaves_the_posterior_near(model, clips):
    read, far = model.read(clips, LENGTHS), model.encode(clips, LENGTHS)
    model.latent = replace(model.latent, refine_rate=0.003)
    near = model.encode(clips, LENGTHS)
    before, some, all_of_it = ((each.mean - read.mean).abs().max() for each in (read, near, far))
    assert before < some < 0.3 * all_of_it


def test_posteriors_of_other_normal_latent_spaces_are_refined_at_their_own_price(model, clips):
    torch.manual_seed(2)
    space = Autoregressive(12, 2, input_size=model.encoder.output_size, latent_size=5)
    other = VAE(model.encoder, model.decoder, latent=model.latent, steps=4, space=space).eval()
    with torch.no_grad():
        read, better = other.read(clips, LENGTHS), other.encode(clips, LENGTHS)
        before, after = (other.decoder(clips, LENGTHS, each.mean).loss for each in (read, better))
    assert after.sum() < before.sum()
    assert better.kl().shape == (6, 1)
    assert better.kl().sum() < read.kl().sum() + 1.0


def test_each_clip_is_refined_by_itself_and_always_alike(model, clips):
    together, again, alone = (model.encode(x, LENGTHS[: len(x)]) for x in (clips, clips, clips[2:3]))
    assert torch.equal(together.mean, again.mean)
    torch.testing.assert_close(together.mean[2:3], alone.mean, atol=1e-5, rtol=0)
    torch.testing.assert_close(together.stddev[2:3], alone.stddev, atol=1e-5, rtol=0)


def test_what_is_trained_is_what_the_encoder_says(model, clips):
    posterior = model(clips, clips, LENGTHS).posterior
    assert torch.equal(posterior.mean, model.read(clips, LENGTHS).mean)
    model.latent = replace(model.latent, refine_steps=0)
    assert torch.equal(model.encode(clips, LENGTHS).mean, posterior.mean)


def test_only_what_is_heard_as_it_is_said_can_be_refined():
    recipe = gen.load_recipe("flat-mel_16bar_tiny", ["latent.refine_steps=3", "converter.chord_encoding=triads"])
    gen.build_model(recipe)
    with pytest.raises(UsageError, match="hear what they say"):
        gen.build_model(gen.load_recipe("cat-drums_2bar_tiny", ["latent.refine_steps=3"]))
    with pytest.raises(gen.errors.RecipeError, match="refine_steps must be 0 or more"):
        gen.load_recipe("drums_4bar", ["latent.refine_steps=-1"])
    with pytest.raises(gen.errors.RecipeError, match="refine_rate must be above 0"):
        gen.load_recipe("drums_4bar", ["latent.refine_rate=0"])


def test_a_step_is_that_of_torch_to_the_bit():
    one = torch.randn(5, 7, generator=torch.Generator().manual_seed(0)).requires_grad_()
    other = one.detach().clone()
    adam, moments = torch.optim.Adam([one]), (torch.zeros_like(other), torch.zeros_like(other))
    for step in range(5):
        adam.param_groups[0]["lr"] = rate = 0.03 / (1 + step)
        one.grad = torch.randn(5, 7, generator=torch.Generator().manual_seed(step))
        adam.step()
        _adam(other, one.grad, *moments, rate=rate, step=step + 1)
        assert torch.equal(one, other)
