"""The update by itself: which parameters decay, and that nothing changes where none does."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from gen.recipes.sections import TrainingSection
from gen.training.optimiser import Optimiser


def layer() -> nn.Linear:
    torch.manual_seed(0)
    return nn.Linear(2, 3)


def updated(**options: float) -> nn.Linear:
    """A layer after one update by gradients of nothing."""
    model = layer()
    optimiser = Optimiser(model.parameters(), TrainingSection(learning_rate=0.5, decay_rate=1.0, **options))
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimiser.step(0)
    return model


def test_matrices_lose_their_share_and_biases_nothing():
    before, after = layer(), updated(weight_decay=0.1)
    torch.testing.assert_close(after.weight, before.weight * (1 - 0.5 * 0.1))
    assert torch.equal(after.bias, before.bias)


def test_without_weight_decay_zero_gradients_change_nothing():
    before, after = layer(), updated()
    assert torch.equal(after.weight, before.weight)
    assert torch.equal(after.bias, before.bias)


def test_moments_of_a_decaying_training_are_taken_up_again():
    training = TrainingSection(learning_rate=0.1, weight_decay=0.1)
    model = nn.Sequential(layer(), layer())  # biases and matrices in turn: groups are in another order
    optimiser = Optimiser(model.parameters(), training)
    for number, parameter in enumerate(model.parameters()):
        parameter.grad = torch.full_like(parameter, number + 1.0)
    optimiser.step(0)

    again = Optimiser(model.parameters(), training)
    again.load_state(optimiser.state())
    for name, value in optimiser.state().items():
        assert torch.equal(again.state()[name], value), name


@pytest.mark.parametrize("options", [{"weight_decay": -0.1}, {"warm_up": 1.0}, {"warm_up": -0.1}])
def test_shares_out_of_range_are_refused(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        TrainingSection(**options)
