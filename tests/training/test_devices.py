"""A training step and sampling, followed on torch's device without values: nothing of a batch stays on the CPU.

It says of a GPU what can be said without one.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace

import pytest
import torch

import gen
from gen.data.prepare import prepare
from gen.recipes.trial import trial
from gen.testing.modules import ELSEWHERE, Mixed, OneDevice
from gen.training.batch import to_device

RECIPES = [
    "groovae_4bar",
    "cat-mel_2bar_chords_small",
    "hierdec-mel_4bar_tiny",
    "hierdec-trio_4bar_tiny",
]


@pytest.fixture
def no_autocast(monkeypatch):
    """Autocast knows no dtype for that device."""
    monkeypatch.setattr(torch, "autocast", lambda *args, **options: nullcontext())


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.usefixtures("no_autocast")
def test_a_training_step_and_a_sample_leave_nothing_on_the_cpu(name):
    recipe = trial(gen.load_recipe(name))
    made_up = replace(recipe.data, source=recipe.data.fallback)
    recipe = replace(recipe, data=made_up)
    examples = prepare(recipe).require("train").take(slice(0, 3))
    model = gen.build_model(recipe).to(ELSEWHERE)
    with OneDevice():
        batch = to_device(examples, ELSEWHERE)
        result = model(batch.inputs, batch.outputs, batch.lengths, batch.controls, feedback=0.5)
        loss = model.loss(result, 1)
        torch.autograd.backward(loss.total)
        controls = None if batch.controls is None else batch.controls[:2]
        said = model.decode(model.prior(2), controls=controls)
    assert said.shape[0] == 2
    assert {loss.total.device, loss.kl_bits.device, said.device} == {ELSEWHERE}
    assert all(parameter.grad is not None for parameter in model.parameters() if parameter.requires_grad)


def test_what_would_fail_on_a_gpu_fails_there():
    weights, of_the_cpu = torch.ones(3, 3, device=ELSEWHERE), torch.ones(2, 3)
    with OneDevice(), pytest.raises(Mixed, match=r"^mm meets a tensor of the CPU"):
        torch.nn.functional.linear(of_the_cpu, weights)
    with OneDevice():  # as on a GPU, numbers and indices may lie on the CPU
        assert (weights * torch.tensor(2.0)).device == ELSEWHERE
        assert weights[torch.tensor([0, 2])].device == ELSEWHERE
