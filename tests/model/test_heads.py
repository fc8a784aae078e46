"""What each kind of output means, by enumeration and by hand."""

from __future__ import annotations

import itertools

import pytest
import torch

from gen.errors import RecipeError
from gen.interfaces.decoder import pooled
from gen.recipes.build import construct
from gen.recipes.sections import Component
from gen_decoders.heads import BooleanHead, CategoricalHead, MultiCategoricalHead
from gen_decoders.nade import NadeHead

ALL = torch.ones(1, 1, dtype=torch.bool)


def test_the_chances_of_all_patterns_of_a_nade_add_up_to_one():
    torch.manual_seed(0)
    head = NadeHead(5, hidden=3)
    patterns = torch.tensor(list(itertools.product([0.0, 1.0], repeat=5)))[:, None]  # [32, 1, 5]
    raw = torch.randn(1, 1, 8).expand(32, 1, 8)

    nats = head.score(raw, patterns, ALL.expand(32, 1)).nats

    assert nats.neg().exp().sum().item() == pytest.approx(1.0, abs=1e-4)  # the logarithms have a floor of 1e-6


def test_a_nade_draws_patterns_as_often_as_it_says():
    torch.manual_seed(0)
    head = NadeHead(3, hidden=4)
    patterns = torch.tensor(list(itertools.product([0.0, 1.0], repeat=3)))[:, None]
    raw = torch.randn(1, 1, 7)
    chances = head.score(raw.expand(8, 1, 7), patterns, ALL.expand(8, 1)).nats.neg().exp().flatten()

    draws = head.sample(raw.expand(40_000, 1, 7), 1.0, torch.Generator().manual_seed(0))

    index = (draws[:, 0] @ torch.tensor([4.0, 2.0, 1.0])).long()
    torch.testing.assert_close(torch.bincount(index, minlength=8) / 40_000, chances, atol=0.01, rtol=0)


def test_a_nade_hears_thresholds_in_scheduled_sampling_where_others_draw(batch_of_bits):
    targets, lengths, z = batch_of_bits
    given = {"output_depth": 6, "control_depth": 0, "latent_size": 2}
    torch.manual_seed(0)
    nade = construct("decoder", Component("flat", {"sizes": [5], "outputs": "nade", "hidden": 3}), **given)

    first, second = (
        nade(targets, lengths, z, feedback=1.0, generator=torch.Generator().manual_seed(seed)).samples
        for seed in (0, 1)
    )

    assert torch.equal(first, second)
    torch.testing.assert_close(first, nade.sample(z, 4, temperature=0.0))


@pytest.fixture
def batch_of_bits():
    generator = torch.Generator().manual_seed(0)
    return (
        torch.randint(2, (3, 4, 6), generator=generator).float(),
        torch.tensor([4, 4, 2]),
        torch.randn(3, 2, generator=generator),
    )


def test_precision_and_recall_pool_over_examples():
    head = NadeHead(2, hidden=1)
    with torch.no_grad():
        head.w_dec.zero_()
    raw = torch.tensor([[[0.0, 1.0, -1.0]], [[0.0, 1.0, 1.0]]])  # says [1, 0] and [1, 1]
    targets = torch.tensor([[[1.0, 1.0]], [[0.0, 1.0]]])

    score = head.score(raw, targets, ALL.expand(2, 1))

    figures = {name: pooled(total, score.counts[name]).item() for name, total in score.sums.items()}
    assert figures == pytest.approx({"accuracy": 0.0, "precision": 2 / 3, "recall": 2 / 3})


def test_a_class_that_never_comes_counts_as_never_right():
    raw = torch.eye(4)[[0, 1, 1, 2]][None]
    targets = torch.eye(4)[[0, 1, 0, 3]][None]
    score = CategoricalHead().score(raw, targets, torch.tensor([[True, True, True, False]]))

    figures = {name: pooled(total, score.counts[name]).item() for name, total in score.sums.items()}

    assert figures["accuracy"] == pytest.approx(2 / 3)
    assert figures["mean_per_class_accuracy"] == pytest.approx((1 / 2 + 1) / 4)


def test_figures_of_two_batches_are_those_of_one_larger():
    torch.manual_seed(0)
    raw, targets = torch.randn(4, 5, 3), torch.eye(3)[torch.randint(3, (4, 5))]
    valid = torch.arange(5) < torch.tensor([5, 1, 3, 0])[:, None]
    whole = CategoricalHead().score(raw, targets, valid)
    halves = [CategoricalHead().score(raw[rows], targets[rows], valid[rows]) for rows in (slice(2), slice(2, 4))]

    for name, total in whole.sums.items():
        stacked = [torch.cat([getattr(half, part)[name] for half in halves]) for part in ("sums", "counts")]
        torch.testing.assert_close(pooled(*stacked), pooled(total, whole.counts[name]))


def test_streams_are_independent_choices():
    torch.manual_seed(0)
    raw, parts = torch.randn(2, 3, 7), [torch.eye(d)[torch.randint(d, (2, 3))] for d in (4, 3)]
    score = MultiCategoricalHead([4, 3]).score(raw, torch.cat(parts, dim=-1), ALL.expand(2, 3))
    alone = [
        CategoricalHead().score(raw[..., where], part, ALL.expand(2, 3))
        for where, part in zip((slice(4), slice(4, 7)), parts, strict=True)
    ]

    torch.testing.assert_close(score.nats, alone[0].nats + alone[1].nats)
    assert torch.equal(score.sums["accuracy/1"], alone[1].sums["accuracy"])
    assert "accuracy" not in score.sums


def test_a_bit_is_as_likely_as_its_logit_says():
    head, raw = BooleanHead(), torch.full((20_000, 1), 0.7)
    draws = head.sample(raw, 1.0, torch.Generator().manual_seed(0))
    assert draws.mean().item() == pytest.approx(torch.tensor(0.7).sigmoid().item(), abs=0.01)
    assert head.score(raw[None], draws[None], ALL.expand(1, 20_000)).nats.mean().item() == pytest.approx(
        torch.distributions.Bernoulli(logits=torch.tensor(0.7)).entropy().item(), abs=0.01
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"outputs": "boolean"}, "one bit a step, but steps are 9 wide"),
        ({"outputs": "multi"}, "add up to the 9 of a step, not none"),
        ({"outputs": "multi", "depths": [4, 4]}, r"not \[4, 4\], 8 in all"),
        ({"depths": [4, 5]}, "outputs: categorical takes none"),
        ({"outputs": "nade", "hidden": 0}, "hidden must be at least 1"),
    ],
)
def test_outputs_that_do_not_fit_are_refused(options, message):
    with pytest.raises(RecipeError, match=message):
        construct("decoder", Component("flat", options), output_depth=9, control_depth=0, latent_size=2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"depths": [4, 4]}, "add up to the 9"),
        ({"depths": [2, 3, 4], "cores": [Component("flat")] * 2}, "cores must be one"),
    ],
)
def test_streams_that_do_not_fit_are_refused(options, message):
    component = Component("split", {"cores": [Component("flat")], **options})
    with pytest.raises(RecipeError, match=message):
        construct("decoder", component, output_depth=9, control_depth=0, latent_size=2)
