"""What the parts with vectors of z promise beyond the conformance kit: who is told what, and what is the same where."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from gen_decoders.gru import GruDecoder
from gen_decoders.hierarchical_gru import HierarchicalGruDecoder
from gen_encoders.feedforward_bars import FeedForwardBarsEncoder

DATA = {"output_depth": 5, "control_depth": 0, "latent_size": 3}


def gru(**options):
    return GruDecoder(6, **{"vector": 4, **DATA, "steps": 4, **options})


def hierarchical(**options):
    def core(**sizes):
        return GruDecoder(6, vector=4, **sizes)

    return HierarchicalGruDecoder(core, **{"size": 6, "vector": 4, **DATA, "level_lengths": [3, 4], **options})


def clips(count, steps):
    return F.one_hot(torch.randint(5, (count, steps)), 5).float()


def test_a_step_of_the_gru_is_told_its_own_part_of_z():
    decoder = gru()
    targets, lengths = clips(1, 4), torch.tensor([4])
    z = torch.randn(1, 3)
    before = decoder(targets, lengths, z).outputs[0]
    with torch.no_grad():
        decoder.vectors.bias[2 * 4 : 3 * 4] += 1.0  # of step 2 alone
    after = decoder(targets, lengths, z).outputs[0]
    torch.testing.assert_close(after[:2], before[:2])
    assert not torch.allclose(after[2], before[2])


def test_hidden_steps_are_not_heard_and_only_in_training():
    decoder = gru(hide=0.999999)
    lengths, z = torch.tensor([4]), torch.randn(1, 3)
    one, other = clips(1, 4), torch.zeros(1, 4, 5)
    generator = torch.Generator().manual_seed(0)
    deaf = [decoder(x, lengths, z, generator=generator).outputs for x in (one, other)]
    torch.testing.assert_close(*deaf)
    decoder.eval()
    hearing = [decoder(x, lengths, z).outputs for x in (one, other)]
    assert not torch.allclose(*hearing)


def test_segments_are_independent_given_z_but_for_the_step_before():
    decoder = hierarchical().eval()
    lengths, z = torch.tensor([12]), torch.randn(1, 3)
    one = clips(1, 12)
    other = one.clone()
    other[:, :3] = clips(1, 3).roll(1, -1)
    said = [decoder(x, lengths, z).outputs[:, 4:] for x in (one, other)]
    torch.testing.assert_close(*said)


def test_a_segment_is_told_its_own_part_of_z_before_any_other_is_said():
    decoder = hierarchical()
    z = torch.randn(2, 3)
    before = decoder.embeddings(z)
    with torch.no_grad():
        decoder.vectors.bias[2 * 4 :] += 1.0  # of the last segment
    after = decoder.embeddings(z)
    torch.testing.assert_close(after[:, :2], before[:, :2])
    assert not torch.allclose(after[:, 2], before[:, 2])


def test_the_pair_scores_the_same_steps():
    targets, lengths, z = clips(2, 12), torch.tensor([12, 7]), torch.randn(2, 3)
    for decoder in (gru(steps=12), hierarchical()):
        output = decoder(targets, lengths, z)
        assert output.counts["accuracy"].view(2, -1).sum(1).tolist() == [12, 7]
        assert output.outputs.shape == (2, 12, 5)


@pytest.mark.parametrize("feedback", [0.0, 1.0])
def test_without_a_future_the_first_steps_are_said_alike(feedback):
    decoder = gru().eval()
    targets, z = clips(2, 4), torch.randn(2, 3)
    whole, part = (
        decoder(
            targets[:, :steps],
            torch.tensor([steps] * 2),
            z,
            feedback=feedback,
            generator=torch.Generator().manual_seed(1),
        ).outputs
        for steps in (4, 1)
    )
    torch.testing.assert_close(whole[:, :1], part, atol=1e-6, rtol=0)


def test_bars_are_read_alike_wherever_they_stand():
    encoder = FeedForwardBarsEncoder(4, 6, 5, input_size=5, steps=12)
    bars = clips(3, 4)
    forwards, backwards = bars.reshape(1, 12, 5), bars.flip(0).reshape(1, 12, 5)
    lengths = torch.tensor([12])
    one, other = (encoder(x, lengths)[0, 5:].view(3, 6) for x in (forwards, backwards))
    torch.testing.assert_close(one, other.flip(0))
    assert encoder.output_size == 5 + 3 * 6


def test_lengths_of_other_segments_than_the_bars_are_understood():
    encoder = FeedForwardBarsEncoder(2, 6, 5, input_size=5, steps=12)
    x = clips(1, 12)
    other = x.clone()
    other[0, 5] = 9.0  # past the end of the first of two segments of 6
    lengths = torch.tensor([[5, 6]])
    torch.testing.assert_close(encoder(x, lengths), encoder(other, lengths))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: gru(steps=None), "must be of one length"),
        (lambda: gru(hide=1.0), "probability of hiding"),
        (lambda: gru(vector=0), "at least 1"),
        (lambda: gru(outputs="multi"), "which needs them"),
        (lambda: gru(outputs="multi", depths=[2, 2]), "add up to the 5"),
        (lambda: gru(outputs="boolean"), "one bit a step"),
        (lambda: gru().sample(torch.zeros(1, 3), 5), "vectors for 4 steps, not for 5"),
        (lambda: hierarchical(level_lengths=[12]), "segments and steps of a segment"),
        (lambda: hierarchical(size=0), "at least 1"),
        (lambda: hierarchical(steps=13), "but the data has 13"),
        (lambda: hierarchical().sample(torch.zeros(1, 3), 13), "can't say 13"),
        (lambda: FeedForwardBarsEncoder(5, input_size=5, steps=12), "must divide the 12"),
        (lambda: FeedForwardBarsEncoder(4, 0, input_size=5, steps=12), "at least 1"),
        (lambda: FeedForwardBarsEncoder(4, input_size=5, steps=None), "one length"),
    ],
)
def test_options_that_do_not_go_together_are_refused(make, reason):
    with pytest.raises(ValueError, match=reason):
        make()
