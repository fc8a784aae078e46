"""A z that begins as the linear code: components against their closed form, and a model that tells what it should."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

import gen
from gen.nn import principal_components
from gen.recipes.sections import LatentSection
from gen_encoders.linear_start import LinearStartEncoder
from gen_encoders.lstm import LstmEncoder

STEPS, DEPTH, COMPONENTS = 5, 4, 3


def clips(count=400):
    """Clips of three known components, of variances 9, 4 and 1 about, and a little noise."""
    generator = torch.Generator().manual_seed(1)
    directions = torch.linalg.qr(torch.randn(STEPS * DEPTH, COMPONENTS, generator=generator))[0]
    numbers = torch.randn(count, COMPONENTS, generator=generator) * torch.tensor([3.0, 2.0, 1.0])
    noise = 0.01 * torch.randn(count, STEPS * DEPTH, generator=generator)
    return (numbers @ directions.t() + 0.5 + noise).view(count, STEPS, DEPTH)


def batches(data, size=64):
    def given():
        for start in range(0, len(data), size):
            part = data[start : start + size]
            yield part, torch.full((len(part),), STEPS)

    return given


def encoder(**options):
    def core(**sizes):
        return LstmEncoder([2], input_size=sizes["input_size"])

    return LinearStartEncoder(core, **{"size": COMPONENTS, "input_size": DEPTH, "steps": STEPS, **options})


class Nothing(gen.Decoder):
    def forward(self, *args, **options): ...
    def sample(self, *args, **options): ...


def test_components_are_those_of_the_covariance():
    rows = clips().flatten(1)
    found = principal_components(lambda: iter(rows.split(50)), 3, generator=torch.Generator().manual_seed(0))
    centred = rows - rows.mean(0)
    variances, directions = torch.linalg.eigh(centred.t() @ centred / len(rows))
    torch.testing.assert_close(found.variances, variances[-3:].flip(0), rtol=1e-4, atol=0)
    alike = (found.directions * directions[:, -3:].flip(1)).sum(0).abs()
    torch.testing.assert_close(alike, torch.ones(3), rtol=0, atol=1e-4)


def test_there_are_no_more_components_than_numbers():
    rows = torch.randn(30, 4)
    found = principal_components(lambda: iter([rows]), 9)
    assert found.directions.shape == (4, 4)
    assert found.variances.tolist() == sorted(found.variances.tolist(), reverse=True)


def test_bits_are_shared_out_by_reverse_water_filling():
    found = principal_components(lambda: iter([torch.eye(3)]), 3)
    found = type(found)(found.centre, found.directions, torch.tensor([16.0, 4.0, 0.25]))
    told = found.shares(3.0)  # at a level of 1: two bits of 16, one of 4, none of a quarter
    torch.testing.assert_close(told, torch.tensor([15 / 16, 3 / 4, 0.0]), rtol=0, atol=1e-5)


def test_z_begins_as_the_linear_code_at_the_free_bits():
    model = gen.VAE(encoder(), Nothing(), latent=LatentSection(size=4, free_bits=6), steps=STEPS)
    data = clips()
    assert not model.encoder.started
    model.encoder.start_from(batches(data), model.mean, model.stddev, 6.0)
    assert model.encoder.started

    posterior = model.encode(data, torch.full((len(data),), STEPS))
    bits = posterior.kl().sum(-1).mean().item() / math.log(2)
    assert bits == pytest.approx(6.0, abs=0.1)
    # the aggregate of mean and noise is the prior
    whole = posterior.mean.var(0) + posterior.stddev.square().mean(0)
    torch.testing.assert_close(whole, torch.ones(4), rtol=0, atol=0.02)


def test_components_stay_unless_they_are_to_be_trained():
    assert not any(parameter.requires_grad for parameter in encoder().components.parameters())
    assert all(parameter.requires_grad for parameter in encoder(trained=True).components.parameters())


def test_a_started_encoder_says_so_in_its_weights():
    one, other = encoder(), encoder()
    one.start_from(batches(clips()), nn.Linear(one.output_size, 3), nn.Linear(one.output_size, 3), 6.0)
    other.load_state_dict(one.state_dict())
    assert other.started


def test_padding_does_not_matter():
    data, lengths = clips(2), torch.tensor([5, 3])
    other = data.clone()
    other[1, 3:] = 9.0
    model = encoder()
    torch.testing.assert_close(model(data, lengths), model(other, lengths))


@pytest.mark.parametrize(("options", "reason"), [({"size": 0}, "at least 1"), ({"steps": None}, "one length")])
def test_options_that_make_no_encoder_are_refused(options, reason):
    with pytest.raises(ValueError, match=reason):
        encoder(**options)
