"""What the feed-forward parts promise beyond the conformance kit: the straight way, and what counts in a groove."""

from __future__ import annotations

import pytest
import torch

from gen_decoders.feedforward import FeedForwardDecoder
from gen_decoders.struck import StruckHead
from gen_encoders.feedforward import FeedForwardEncoder


def decoder(**options):
    sizes = {"output_depth": 6, "control_depth": 0, "latent_size": 3, "steps": 4}
    return FeedForwardDecoder([5], **{**sizes, **options})


def test_the_straight_way_of_the_encoder_is_a_linear_map_of_the_clip():
    encoder = FeedForwardEncoder([5], straight=3, input_size=2, steps=4)
    x, y = torch.randn(2, 1, 4, 2)
    lengths = torch.tensor([4])

    def straight(clip):
        return encoder(clip, lengths)[:, 5:]  # [1, 3]

    offset = straight(torch.zeros(1, 4, 2))
    torch.testing.assert_close(straight(x + y), straight(x) + straight(y) - offset, atol=1e-5, rtol=0)
    assert encoder.output_size == 8


def test_without_a_straight_way_the_embedding_is_the_top_layer():
    assert FeedForwardEncoder([7, 5], straight=0, input_size=2, steps=4).output_size == 5


def test_segment_lengths_tell_which_steps_of_each_segment_count():
    encoder = FeedForwardEncoder([5], straight=3, input_size=2, steps=4)
    x = torch.randn(1, 4, 2)
    other = x.clone()
    other[0, 1] = 7.0  # past the end of the first of two segments
    lengths = torch.tensor([[1, 2]])
    torch.testing.assert_close(encoder(x, lengths), encoder(other, lengths))


@pytest.mark.parametrize("options", [{"sizes": []}, {"sizes": [4], "straight": -1}, {"sizes": [4], "steps": None}])
def test_an_encoder_of_no_size_is_refused(options):
    with pytest.raises(ValueError, match=r"sizes must|clips of one length"):
        FeedForwardEncoder(**{"input_size": 2, "steps": 4, **options})


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"steps": None}, "clips of one length"),
        ({"output_depth": 7}, "no multiple of 3"),
        ({"velocity_weight": -1.0}, "must be 0 or more"),
        ({"threshold": 1.0}, "above 0 and below 1"),
        ({"given_hits": True}, "set hits_as_controls"),
        ({"spread": -1.0}, "spread must be 0 or more"),
        ({"f1": 1.5}, "a share from 0 to 1"),
        ({"outputs": "multi"}, "which needs them"),
        ({"outputs": "groove", "depths": [3, 3]}, "depths are the streams"),
        ({"outputs": "multi", "depths": [3, 4]}, "add up to the 6"),
        ({"outputs": "boolean"}, "one bit a step"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options, reason):
    with pytest.raises(ValueError, match=reason):
        decoder(**options)


def test_more_steps_than_the_data_has_are_refused():
    with pytest.raises(ValueError, match="says 4 steps at once, not 5"):
        decoder().sample(torch.zeros(1, 3), 5)


def test_fewer_steps_are_the_first_of_all():
    model = decoder()
    z = torch.randn(2, 3)
    whole, part = (model.sample(z, steps, temperature=0.0) for steps in (4, 2))
    torch.testing.assert_close(whole[:, :2], part)


def test_a_new_groove_is_nearly_silent():
    said = decoder().sample(0.1 * torch.randn(500, 3), 4, generator=torch.Generator().manual_seed(0))
    assert said[..., :2].mean() < 0.12


def test_velocity_and_offset_count_where_a_drum_is_struck_and_nowhere_else():
    head = StruckHead(6, velocity_weight=2.0, offset_weight=3.0)
    raw = torch.zeros(1, 1, 6)  # hits of one half, velocities of one half, on time
    target = torch.tensor([[[1.0, 0.0, 0.9, 0.3, 0.2, -0.4]]])
    score = head.score(raw, target, torch.ones(1, 1, dtype=torch.bool))

    hits = 2 * torch.tensor(2.0).log().item()
    assert score.nats.item() == pytest.approx(hits + 2.0 * 0.4**2 + 3.0 * 0.2**2)
    absolute = StruckHead(6, velocity_weight=2.0, offset_weight=3.0, errors="absolute")
    assert absolute.score(raw, target, torch.ones(1, 1).bool()).nats.item() == pytest.approx(hits + 2 * 0.4 + 3 * 0.2)
    assert score.sums["velocities_loss"].item() == pytest.approx(0.4**2)
    assert score.sums["offsets_loss"].item() == pytest.approx(0.2**2)


def test_a_drum_that_is_not_struck_is_said_without_velocity_and_offset():
    raw = torch.tensor([[2.0, -2.0, 1.0, 1.0, 0.5, 0.5]])
    hit, silent = StruckHead(6).sample(raw, 0.0, None).view(3, 2).unbind(1)
    assert silent.tolist() == [0.0, 0.0, 0.0]
    assert hit.tolist() == pytest.approx([1.0, 0.7311, 0.4621], abs=1e-4)


def test_each_straight_unit_begins_as_one_number_of_z():
    from gen.model.vae import VAE
    from gen.recipes.sections import LatentSection

    encoder = FeedForwardEncoder([5], straight=3, input_size=6, steps=4)
    model = VAE(encoder, decoder(latent_size=4), latent=LatentSection(size=4), steps=4)
    x, lengths = torch.randn(2, 4, 6), torch.tensor([4, 4])
    mean = model.encode(x, lengths).mean
    torch.testing.assert_close(mean[:, :3], encoder(x, lengths)[:, 5:], atol=0.02, rtol=0)
    assert mean[:, 3].abs().max() < 0.02


def test_a_hit_sounds_from_its_threshold_on_and_is_drawn_by_its_probability():
    head = StruckHead(3, threshold=0.4)
    raw = torch.tensor([[0.41, 0.5, 0.5], [0.39, 0.5, 0.5]]).logit().expand(20_000, 2, 3)
    assert head.sample(raw[0], 0.0, None)[:, 0].tolist() == [1.0, 0.0]
    assert head.sample(raw[0], 1e-4, torch.Generator().manual_seed(0))[:, 0].tolist() == [1.0, 0.0]
    drawn = head.sample(raw, 1.0, torch.Generator().manual_seed(0))[..., 0].mean(0)
    torch.testing.assert_close(drawn, torch.tensor([0.41, 0.39]), atol=0.015, rtol=0)


def test_the_spread_of_a_clip_is_compared_in_order_of_size_and_position_by_position():
    head = StruckHead(3, errors="absolute", spread=2.0, offset_weight=0.0)
    targets = torch.tensor([[[1.0, v, 0.0]] for v in (0.2, 0.5, 0.5, 0.5, 0.8, 0.5)]).view(1, 6, 3)
    valid = torch.ones(1, 6, dtype=torch.bool)

    def loss(velocities, head=head):
        raw = torch.tensor([[3.0, v, 0.0] for v in velocities]).view(1, 6, 3)
        raw[..., 1] = raw[..., 1].logit()
        return head.score(raw, targets, valid).nats.sum().item()

    plain = StruckHead(3, errors="absolute", offset_weight=0.0)
    swapped, level = [0.8, 0.5, 0.5, 0.5, 0.2, 0.5], [0.5] * 6  # steps 0 and 4 are one position
    assert loss(swapped) == pytest.approx(loss(swapped, plain))  # spread as they should be
    assert loss(level) == pytest.approx(loss(level, plain) + 2.0 * (0.3 + 0.3))


def test_hits_that_are_given_are_said_again_by_a_model_that_has_learnt_nothing():
    hits = torch.randint(0, 2, (50, 4, 2), generator=torch.Generator().manual_seed(0)).float()
    model = decoder(given_hits=True, control_depth=2)
    said = model.sample(torch.zeros(50, 3), 4, controls=hits, temperature=0.0)
    assert torch.equal(said[..., :2], hits)


def test_a_share_of_the_price_of_hits_is_what_the_f1_of_a_clip_lacks():
    head, plain = StruckHead(6, f1=0.25), StruckHead(6)
    raw = torch.tensor([0.9, 0.2, 0.5, 0.5, 0.5, 0.5]).logit().expand(1, 2, 6).clone()
    raw[..., 4:] = 0.0
    target = torch.tensor([[[1.0, 0, 0.5, 0, 0, 0], [1.0, 1.0, 0.5, 0.5, 0, 0]]])
    other = torch.cat([raw[:, :1], -raw[:, 1:]], dim=1)

    def loss(said, length):
        valid = torch.arange(2)[None] < length
        return [(each.score(said, target, valid).nats * valid).sum().item() for each in (head, plain)]

    own, entropy = loss(raw, 2)
    f1 = 2 * (0.9 + 0.9 + 0.2) / (2 * (0.9 + 0.2) + 3)
    assert own == pytest.approx(0.75 * entropy + 0.25 * 4.0 * 3 * (1 - f1), rel=1e-5)
    assert loss(raw, 1) == loss(other, 1)  # what lies past the end is no part of a clip's F1
    silent = head.score(raw, torch.zeros_like(target), torch.ones(1, 2).bool()).nats
    torch.testing.assert_close(silent, 0.75 * plain.score(raw, torch.zeros_like(target), torch.ones(1, 2).bool()).nats)
