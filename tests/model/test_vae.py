"""Posterior, loss and paths between latent vectors, by values worked out by hand."""

from __future__ import annotations

import json
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import gen
from gen.interfaces.decoder import DecoderOutput
from gen.model import schedules
from gen.model.latents import Posterior
from gen.model.vae import Reconstruction
from gen.recipes.sections import LatentSection, TrainingSection


def tiny(free_bits: float = 0.0, **latent: float) -> gen.VAE:
    from gen_decoders.flat import FlatDecoder
    from gen_encoders.bilstm import BiLstmEncoder

    torch.manual_seed(0)
    return gen.VAE(
        BiLstmEncoder([4], input_size=3),
        FlatDecoder([4], output_depth=3, control_depth=0, latent_size=2),
        latent=LatentSection(size=2, free_bits=free_bits, **latent),
        steps=5,
    )


def test_the_divergence_of_a_known_normal_is_known():
    posterior = Posterior(torch.tensor([[1.0, 2.0]]), torch.tensor([[0.5, 2.0]]))
    assert posterior.kl().sum().item() == pytest.approx(3.625)


def test_the_sampled_distribution_is_the_one_whose_divergence_is_paid():
    posterior = Posterior(torch.tensor([[0.3, -2.0]]), torch.tensor([[0.2, 1.5]]))
    wide = Posterior(posterior.mean.expand(200_000, 2), posterior.stddev.expand(200_000, 2))
    z = wide.sample(generator=torch.Generator().manual_seed(0))

    torch.testing.assert_close(z.mean(0), posterior.mean[0], atol=0.02, rtol=0)
    torch.testing.assert_close(z.std(0), posterior.stddev[0], atol=0.02, rtol=0)
    q = torch.distributions.Normal(posterior.mean[0], posterior.stddev[0])
    p = torch.distributions.Normal(0.0, 1.0)
    torch.testing.assert_close(posterior.kl()[0], torch.distributions.kl_divergence(q, p))
    assert ((z - z.mean(0)) / z.std(0)).pow(4).mean().item() == pytest.approx(3.0, abs=0.05)  # as a normal's


def test_free_bits_are_granted_to_an_example_as_a_whole():
    bit = math.log(2)
    # two dimensions of 1.5 bits each, and two of none
    mean = torch.tensor([[math.sqrt(3 * bit)] * 2, [0.0, 0.0]])
    decoded = DecoderOutput(loss=torch.tensor([10.0, 20.0]), outputs=torch.zeros(2, 1, 1))
    result = Reconstruction(Posterior(mean, torch.ones_like(mean)), mean, decoded)

    loss = tiny(free_bits=2, max_beta=0.5).loss(result, 1)

    assert loss.kl_bits.item() == pytest.approx(1.5)
    assert loss.kl_cost.item() == pytest.approx((1 * bit + 0) / 2)
    assert loss.reconstruction.item() == 15.0
    assert loss.total.item() == pytest.approx(15 + 0.5 * bit / 2)


def test_free_bits_of_a_batch_are_shared_out_among_its_examples():
    bit = math.log(2)
    mean = torch.tensor([[math.sqrt(3 * bit)] * 2, [0.0, 0.0]])  # three bits, and none
    decoded = DecoderOutput(loss=torch.tensor([10.0, 20.0]), outputs=torch.zeros(2, 1, 1))
    result = Reconstruction(Posterior(mean, torch.ones_like(mean)), mean, decoded)

    assert tiny(free_bits=2, free_bits_over="batch").loss(result, 1).kl_cost.item() == 0.0
    assert tiny(free_bits=1, free_bits_over="batch").loss(result, 1).kl_cost.item() == pytest.approx(0.5 * bit)


def test_a_new_model_believes_the_prior():
    posterior = tiny().encode(torch.randn(4, 5, 3), torch.full((4,), 5))
    assert posterior.mean.abs().max() < 0.02
    torch.testing.assert_close(posterior.stddev, torch.full((4, 2), math.log(2)), atol=0.02, rtol=0)


def test_decoding_leaves_the_model_in_its_mode_and_takes_shared_controls():
    model = tiny().train()
    assert model.decode(model.prior(3), temperature=0.0).shape == (3, 5, 3)
    assert model.training


@pytest.mark.parametrize(("options", "message"), [({"temperature": -1.0}, "temperature"), ({"steps": -2}, "steps")])
def test_impossible_requests_are_refused(options, message):
    model = tiny()
    with pytest.raises(ValueError, match=message):
        model.decode(model.prior(1), **options)


def test_schedules_are_the_originals(golden):
    """To 0.1 %: the original takes powers in float32."""

    rows = json.loads((golden / "behaviour_checks.json").read_text())["lr_and_beta_at_step"]
    assert rows
    for step, row in rows.items():
        assert schedules.learning_rate(TrainingSection(), int(step)) == pytest.approx(row["lr"], rel=1e-3)
        for name, rate in (("beta_rate0_max0p2", 0.0), ("beta_rate0p99999_max0p2", 0.99999)):
            section = LatentSection(max_beta=0.2, beta_rate=rate)
            assert schedules.beta(section, int(step)) == pytest.approx(row[name], rel=2e-3, abs=1e-9)


def test_one_cycle_climbs_and_falls_to_the_floor():
    training = TrainingSection(
        learning_rate=1.0, min_learning_rate=0.1, schedule="one_cycle", warm_up=0.2, steps=100, decay_rate=0.5
    )
    rates = [schedules.learning_rate(training, step) for step in range(101)]
    assert 0.1 < rates[0] < 0.2
    assert rates[:20] == sorted(rates[:20])
    assert rates[20] == max(rates) == 1.0
    assert rates[20:] == sorted(rates[20:], reverse=True)
    assert rates[60] == pytest.approx(0.55)  # half way down
    assert rates[100] == pytest.approx(0.1)


def test_one_cycle_may_begin_at_the_top():
    training = TrainingSection(learning_rate=1.0, min_learning_rate=0.0, schedule="one_cycle", warm_up=0.0, steps=10)
    assert schedules.learning_rate(training, 0) == 1.0


def test_the_learning_rate_decays_towards_its_floor():
    training = TrainingSection(learning_rate=1e-3, min_learning_rate=1e-5, decay_rate=0.5)
    assert [schedules.learning_rate(training, step) for step in (0, 1)] == pytest.approx([1e-3, 0.505e-3])
    assert schedules.learning_rate(training, 10_000) == pytest.approx(1e-5)


vectors = st.lists(st.floats(-3, 3, width=32), min_size=3, max_size=3).map(torch.tensor)


@given(start=vectors, end=vectors, t=st.sampled_from([0.0, 0.25, 1.0]))
def test_a_path_starts_and_ends_where_it_should_and_is_never_nan(start, end, t):
    point = gen.slerp(start, end, t)
    assert torch.isfinite(point).all()
    if t in (0.0, 1.0):
        torch.testing.assert_close(point, end if t else start, atol=1e-4, rtol=1e-4)


def test_half_way_between_perpendicular_vectors_lies_on_the_circle():
    middle = gen.slerp(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0]), 0.5)
    torch.testing.assert_close(middle, torch.tensor([math.sqrt(0.5)] * 2))
