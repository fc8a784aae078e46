"""What every decoder must do, whatever it is made of."""

from __future__ import annotations

import pytest
import torch

from gen_decoders.feedforward import FeedForwardDecoder


def test_no_step_sees_its_own_target_or_a_later_one(decoder, batch):
    targets, lengths, z, controls = batch
    for step in range(targets.shape[1]):
        leaf = targets.clone().requires_grad_()
        outputs = decoder(leaf, torch.full_like(lengths, targets.shape[1]), z, controls).outputs
        (gradient,) = torch.autograd.grad(outputs[:, step].sum(), leaf, allow_unused=True)
        if isinstance(decoder, FeedForwardDecoder):  # says all steps at once: none hears another
            assert gradient is None
            continue
        assert not gradient[:, step:].any()
        assert gradient[:, :step].any() == (step > 0)


def test_the_loss_of_an_example_ignores_its_padding_and_its_neighbours(decoder, batch):
    targets, lengths, z, controls = batch
    together = decoder(targets, lengths, z, controls)

    for row, length in enumerate(lengths.tolist()):
        one = slice(row, row + 1)
        alone = decoder(targets[one, :length], lengths[one], z[one], controls[one, :length])
        torch.testing.assert_close(together.loss[one], alone.loss)
        for name, total in together.sums.items():
            torch.testing.assert_close(total[one], alone.sums[name])
    noisy = targets.clone()
    noisy[1, 4:] = 1e6
    torch.testing.assert_close(decoder(noisy, lengths, z, controls).loss, together.loss)


def test_free_running_hears_nothing_but_itself(decoder, batch):
    targets, lengths, z, controls = batch
    runs = [
        decoder(given, lengths, z, controls, feedback=1.0, generator=torch.Generator().manual_seed(3))
        for given in (targets, 1 - targets)
    ]
    assert torch.equal(runs[0].outputs, runs[1].outputs)
    assert torch.equal(runs[0].samples, runs[1].samples)


def test_free_running_says_what_sampling_says(decoder, batch):
    targets, lengths, z, controls = batch

    greedy = decoder.sample(z, targets.shape[1], controls=controls, temperature=0.0)
    again = decoder(greedy, torch.full_like(lengths, targets.shape[1]), z, controls)

    torch.testing.assert_close(again.predictions, greedy)


def test_scheduled_sampling_lies_between_its_ends(decoder, batch):
    targets, lengths, z, controls = batch
    forced = decoder(targets, lengths, z, controls)
    barely = decoder(targets, lengths, z, controls, feedback=1e-12, generator=torch.Generator().manual_seed(0))

    torch.testing.assert_close(barely.outputs, forced.outputs)
    torch.testing.assert_close(barely.loss, forced.loss)


def test_the_same_generator_gives_the_same_sample_and_another_does_not(decoder, batch, request):
    _, _, z, controls = batch
    first, second, third = (
        decoder.sample(z, 6, controls=controls, generator=torch.Generator().manual_seed(seed)) for seed in (4, 4, 5)
    )
    assert torch.equal(first, second)
    assert torch.equal(first, third) == ("feedforward-given" in request.node.name)  # given hits leave nothing to draw


@pytest.mark.parametrize("temperature", [0.0, 1e-9])
def test_a_temperature_towards_zero_needs_no_luck(decoder, batch, temperature):
    _, _, z, controls = batch
    samples = [
        decoder.sample(z, 6, controls=controls, temperature=temperature, generator=torch.Generator().manual_seed(seed))
        for seed in (1, 2)
    ]
    assert torch.isfinite(samples[0]).all()
    assert torch.equal(samples[0], samples[1])


def test_gradients_reach_every_parameter(decoder, batch):
    targets, lengths, z, controls = batch
    trained = {name: parameter for name, parameter in decoder.named_parameters() if parameter.requires_grad}
    with torch.no_grad():
        for parameter in trained.values():  # what starts as zero may hide what it multiplies
            parameter += 0.1 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(2))

    decoder.train()(targets, lengths, z, controls).loss.sum().backward()

    assert trained
    assert [name for name, parameter in trained.items() if parameter.grad is None or not parameter.grad.any()] == []


def test_training_mode_saves_the_work_of_predictions(decoder, batch):
    assert decoder.eval()(*batch).predictions is not None
    assert decoder.train()(*batch).predictions is None
