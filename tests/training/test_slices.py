"""Slices of a batch: every example once, weighted alike, with draws of their own, whoever computes them."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gen.errors import UsageError
from gen.model.build import build_model
from gen.training.figures import Tally
from gen.training.loader import Loader
from gen.training.step import Passes, cut, draw_from, share
from gen.training.team import Team

CPU = torch.device("cpu")


@given(st.integers(1, 200), st.integers(1, 20))
def test_every_example_is_in_one_slice_and_slices_differ_by_one_at_most(examples, slices):
    parts = cut(examples, slices)
    assert [row for part in parts for row in range(examples)[part]] == list(range(examples))
    sizes = [part.stop - part.start for part in parts]
    assert len(parts) == slices
    assert max(sizes) - min(sizes) <= 1


@given(st.integers(1, 30), st.integers(1, 8))
def test_every_slice_has_one_process(slices, size):
    shares = [share(slices, rank=rank, size=size) for rank in range(size)]
    assert [number for part in shares for number in part] == list(range(slices))


@given(st.tuples(*[st.integers(0, 2**40)] * 3), st.tuples(*[st.integers(0, 2**40)] * 3))
def test_draws_follow_from_seed_step_and_slice(one, other):
    def drawn(key):
        generator = torch.Generator()
        draw_from(generator, *key)
        return torch.rand(4, generator=generator).tolist()

    assert (drawn(one) == drawn(other)) == (one == other)


class Apart(Team):
    """One of several processes that never talk, so that a test can add up what they computed."""

    def model(self, model):
        return model


def gradients(recipe, prepared, team, tally):
    model = build_model(recipe)
    examples = prepared.require("train")
    loader = Loader(examples, recipe.training.batch_size, seed=0, device=CPU)
    Passes(model.train(), recipe, loader, team).run(3, tally=tally)
    return {name: weight.grad for name, weight in model.named_parameters() if weight.grad is not None}


def sliced(tiny, slices):
    encoder = replace(tiny.encoder, arguments={**tiny.encoder.arguments, "dropout": 0.3})
    return replace(tiny, encoder=encoder, training=replace(tiny.training, batch_size=7, accumulate=slices))


@pytest.mark.parametrize("processes", [2, 3])
def test_processes_together_compute_what_one_computes(tiny, prepared, processes):
    recipe = sliced(tiny, 3)
    tally, others = Tally(), [Tally() for _ in range(processes)]
    alone = gradients(recipe, prepared, Team(), tally)
    parts = [gradients(recipe, prepared, Apart(rank, processes), others[rank]) for rank in range(processes)]
    for name, gradient in alone.items():
        torch.testing.assert_close(sum(part[name] for part in parts), gradient, rtol=1e-5, atol=1e-6)
    vectors = []
    for other in others[1:]:
        other.gather(lambda vector: vectors.append(vector) or vector)
    others[0].gather(lambda vector: sum(vectors, vector))
    assert others[0].figures() == pytest.approx(tally.figures(), rel=1e-9)


def test_slices_of_a_model_that_draws_nothing_give_the_gradients_of_the_whole(tiny, prepared):
    """Where z is not drawn, the number of slices is only a matter of memory, uneven ones included."""
    encoder, decoder = (
        replace(part, arguments={**part.arguments, "dropout": 0.0}) for part in (tiny.encoder, tiny.decoder)
    )
    recipes = [replace(sliced(tiny, slices), encoder=encoder, decoder=decoder) for slices in (1, 3)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gen.model.vae.Posterior.sample", lambda self, *, generator=None: self.mean)
        whole, parts = (gradients(recipe, prepared, Team(), None) for recipe in recipes)
    for name, gradient in whole.items():
        torch.testing.assert_close(parts[name], gradient, rtol=1e-4, atol=1e-6)


def test_more_processes_than_slices_are_refused(tiny, prepared):
    with pytest.raises(UsageError, match=r"training\.accumulate is 1, and 2 processes need as many slices"):
        gradients(tiny, prepared, Apart(0, 2), None)
