"""Values that are spread as they were played: the map by itself, in a decoder, and through a training."""

from __future__ import annotations

import pytest
import torch

import gen
from gen.data.prepare import prepare
from gen.model.build import build_model
from gen.recipes import resolved_yaml
from gen.training.load import load_model
from gen.training.packed import packed, unpacked
from gen.training.run import Run
from gen.training.trainer import train
from gen_decoders.feedforward import FeedForwardDecoder
from gen_decoders.quantiles import QuantileMap, by_position
from gen_decoders.struck import StruckHead

_OPTIONS = [
    "data={source: {type: demo, clips: 30, bars: 2}}",
    "decoder={sizes: [16], spread: 0, quantiles: 0.5}",
    "training={batch_size: 8, steps: 6, log_every: 1, eval_every: 3, checkpoint_every: 2}",
]


def fitted(share=1.0):
    """Of values said from 0.4 to 0.6, where those played are from 0 to 1, at the first position of a beat alone."""
    spread = QuantileMap(share)
    none = torch.zeros(0)
    spread.fit([torch.linspace(0.4, 0.6, 500), none, none, none], [torch.linspace(0.0, 1.0, 700), none, none, none])
    return spread


def test_a_new_one_changes_nothing():
    values = torch.rand(3, 7, 2, generator=torch.Generator().manual_seed(0)) * 2 - 1
    torch.testing.assert_close(QuantileMap(1.0)(values), values, atol=1e-6, rtol=0)


def test_what_is_said_is_spread_as_what_was_played_position_by_position():
    values = torch.tensor([0.4, 0.45, 0.5, 0.55, 0.6])[:, None].expand(5, 4)[..., None]  # [5, 4, 1]
    said = fitted()(values)[..., 0]
    torch.testing.assert_close(said[:, 0], torch.tensor([0.0, 0.25, 0.5, 0.75, 1.0]), atol=1e-4, rtol=0)
    torch.testing.assert_close(said[:, 1:], values[:, 1:, 0])


def test_a_share_goes_part_of_the_way_and_what_was_never_said_comes_to_the_ends():
    values = torch.tensor([0.45, 0.3, 0.9])[:, None, None]
    said = fitted(0.5)(values).flatten()
    torch.testing.assert_close(said, torch.tensor([0.35, 0.15, 0.95]), atol=1e-4, rtol=0)


def test_order_stays_whatever_was_said_and_played():
    generator = torch.Generator().manual_seed(0)
    values = [torch.randn(300, generator=generator).round(decimals=1).clamp(-1, 1) for _ in range(8)]  # with many alike
    spread = QuantileMap(0.7)
    spread.fit(values[:4], values[4:])
    said = spread(torch.linspace(-1, 1, 401).view(-1, 1, 1).expand(-1, 4, 1))
    assert said.diff(dim=0).min() >= -1e-6
    assert said.abs().max() <= 1.0


def test_a_position_of_a_single_hit_stays_as_it_is():
    spread = QuantileMap(1.0)
    spread.fit([torch.tensor([0.3])] * 4, [torch.rand(9)] * 4)
    assert torch.equal(spread.said, QuantileMap(1.0).said)


def test_half_precision_says_nearly_the_same():
    spread, other = fitted(), QuantileMap(1.0)
    for bits in (8, 16):
        other.load_state_dict(unpacked(packed(spread.state_dict(), bits=bits)))
        values = torch.linspace(0.4, 0.6, 50).view(-1, 1, 1)
        torch.testing.assert_close(other(values), spread(values), atol=0.006, rtol=0)
    torch.testing.assert_close(spread.half()(values.half()).float(), fitted()(values), atol=0.02, rtol=0)


def test_chosen_values_are_those_of_each_position():
    values = torch.arange(6.0).view(1, 6, 1)
    found = by_position(values, values != 4.0)
    assert [each.tolist() for each in found] == [[0.0], [1.0, 5.0], [2.0], [3.0]]
    assert [len(each) for each in by_position(values[:, :2], values[:, :2] > 0)] == [0, 1, 0, 0]


def test_a_head_maps_velocities_and_offsets_of_hits_and_its_losses_know_nothing_of_it():
    generator = torch.Generator().manual_seed(0)
    head, plain = StruckHead(6, quantiles=1.0), StruckHead(6)
    raw = torch.randn(40, 8, 6, generator=generator)
    raw[..., 2:] *= 0.1
    velocity, offset = torch.rand(2, 40, 8, 2, generator=generator)
    hit = (torch.rand(40, 8, 2, generator=generator) < 0.5).float()
    targets = torch.cat([hit, hit * velocity, hit * (offset - 0.5)], dim=-1)
    valid = torch.ones(40, 8, dtype=torch.bool)
    head.fit([(raw, targets, valid)])
    sure = raw.clone()
    sure[..., :2] = 9.0 * (2.0 * hit - 1.0)
    said = head.sample(sure, 0.0, None)
    assert torch.equal(said[..., :2], hit)
    assert (said * (1.0 - hit.repeat(1, 1, 3))).abs().max() == 0.0
    for part in (slice(2, 4), slice(4, 6)):
        struck = hit > 0.5
        own, real, before = (x[..., part][struck] for x in (said, targets, plain.sample(sure, 0.0, None)))
        assert own.std().item() == pytest.approx(real.std().item(), rel=0.05)
        assert before.std() < 0.5 * real.std()
    assert torch.equal(head.score(raw, targets, valid).nats, plain.score(raw, targets, valid).nats)


def test_what_is_past_the_end_of_a_clip_is_not_fitted_to():
    head = StruckHead(3, quantiles=1.0)
    targets = torch.ones(2, 8, 3) * torch.rand(2, 8, 3, generator=torch.Generator().manual_seed(0))
    targets[..., 0] = 1.0
    valid = (torch.arange(8) < 4).expand(2, 8)
    head.fit([(torch.zeros(2, 8, 3), targets, valid)])
    assert head.velocities.played[0, [0, -1]].tolist() == sorted(targets[:, 0, 1].tolist())


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_is_from_0_to_1(share):
    with pytest.raises(ValueError, match="quantiles is a share of the way"):
        FeedForwardDecoder([4], quantiles=share, output_depth=6, control_depth=0, latent_size=2, steps=4)


def test_without_the_option_a_decoder_has_the_weights_that_it_had():
    options = {"output_depth": 6, "control_depth": 0, "latent_size": 2, "steps": 4}
    plain, mapped = (FeedForwardDecoder([4], quantiles=share, **options) for share in (0.0, 0.5))
    assert not plain.to_be_fitted
    assert mapped.to_be_fitted
    assert not [name for name in plain.state_dict() if "head" in name]
    assert mapped.state_dict().keys() - plain.state_dict().keys() == {
        f"head.{kind}.{side}" for kind in ("velocities", "offsets") for side in ("said", "played")
    }


@pytest.fixture(scope="module")
def recipe():
    """The humaniser's, on made-up drummers, shrunk."""
    return gen.load_recipe("drums_2bar_humanize", _OPTIONS)


def trained(recipe, path, *, steps=None, resume=False):
    run, prepared = Run(path), prepare(recipe)
    if not resume:
        run.create(resolved_yaml(recipe), prepared.report)
    pause = None if steps is None else lambda step: step == steps
    train(build_model(recipe), recipe, prepared, run, resume=resume, pause=pause)
    return run


def test_a_training_fits_it_and_one_that_was_stopped_goes_on_as_if_nothing_had_been(recipe, tmp_path):
    whole = trained(recipe, tmp_path / "whole")
    stopped = trained(recipe, tmp_path / "stopped", steps=3)
    trained(recipe, stopped.path, resume=True)
    one, other = (load_model(run.path).state_dict() for run in (whole, stopped))
    assert one.keys() == other.keys()
    assert all(torch.equal(value, other[name]) for name, value in one.items())
    assert not torch.equal(one["decoder.head.velocities.played"], QuantileMap(1.0).played)


def test_it_makes_no_difference_to_a_training(recipe, tmp_path):
    plain = gen.load_recipe("drums_2bar_humanize", [*_OPTIONS, "decoder.quantiles=0"])
    runs = [trained(each, tmp_path / name) for name, each in (("mapped", recipe), ("plain", plain))]
    mapped, other = (load_model(run.path).state_dict() for run in runs)
    assert all(torch.equal(value, mapped[name]) for name, value in other.items())
    curves = [
        [{key: value for key, value in line.items() if key != "steps_per_second"} for line in run.metrics()]
        for run in runs
    ]
    assert curves[0] == curves[1]


def test_training_clips_are_played_as_widely_as_they_were(tmp_path):
    whole = gen.load_recipe("drums_2bar_humanize", [*_OPTIONS, "decoder.quantiles=1"])
    run = trained(whole, tmp_path / "run")
    model, examples = load_model(run.path), prepare(whole).require("train")
    outputs, controls = torch.from_numpy(examples.outputs).float(), torch.from_numpy(examples.controls).float()
    mean = model.read(torch.from_numpy(examples.inputs).float(), torch.from_numpy(examples.lengths), controls).mean
    said = model.decode(mean, controls=controls, temperature=0.0)
    drums = outputs.shape[-1] // 3
    struck = outputs[..., :drums] > 0.5
    for part in (slice(drums, 2 * drums), slice(2 * drums, None)):
        own, real = said[..., part][struck], outputs[..., part][struck]
        assert own.std().item() == pytest.approx(real.std().item(), rel=0.05)
