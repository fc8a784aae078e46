"""The building blocks, each against a slow and obvious form of itself."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gen.nn import LstmLayer, LstmStack, dropout, last_valid, linear, reverse_padded, valid_steps


def test_a_layer_is_the_cell_of_the_original_with_a_forget_bias_of_one():
    layer = LstmLayer(3, 4)
    weight_ih, weight_hh, bias, forget_bias = layer.lstm.parameters()
    torch.nn.init.normal_(bias)
    x, h, c = torch.randn(2, 3), torch.randn(2, 4), torch.randn(2, 4)

    i, f, g, o = (x @ weight_ih.T + h @ weight_hh.T + bias).chunk(4, dim=-1)
    new_c = (f + 1.0).sigmoid() * c + i.sigmoid() * g.tanh()
    new_h = o.sigmoid() * new_c.tanh()

    assert forget_bias.tolist() == [0.0] * 4 + [1.0] * 4 + [0.0] * 8
    assert not forget_bias.requires_grad
    torch.testing.assert_close(layer.step(x, (h, c)), (new_h, new_c))


@pytest.mark.parametrize("residual", [False, True])
def test_whole_sequences_equal_steps(residual):
    stack = LstmStack(3, [4, 5, 5], residual=residual)
    x = torch.randn(7, 2, 3)
    states = [(torch.randn(2, size), torch.randn(2, size)) for size in (4, 5, 5)]

    whole, last = stack(x, states)
    steps = []
    for row in x:
        top, states = stack.step(row, states)
        steps.append(top)

    torch.testing.assert_close(whole, torch.stack(steps))
    torch.testing.assert_close(last, states)


def test_a_residual_layer_adds_what_it_reads_and_projects_only_where_widths_change():
    stack = LstmStack(3, [4, 4, 5], residual=True)
    x = torch.randn(6, 2, 3)

    read = stack.projections[0](x)
    first = read + stack.layers[0](read)[0]
    second = first + stack.layers[1](first)[0]
    read = stack.projections[2](second)

    torch.testing.assert_close(stack(x)[0], read + stack.layers[2](read)[0])
    assert [isinstance(projection, torch.nn.Linear) for projection in stack.projections] == [True, False, True]
    assert not any("projections" in name for name in LstmStack(3, [4]).state_dict())


def test_weights_are_drawn_as_one_fused_matrix():
    weights = torch.cat([parameter.flatten() for parameter in list(LstmLayer(30, 50).lstm.parameters())[:2]])
    limit = math.sqrt(6.0 / (30 + 50 + 4 * 50))

    assert weights.abs().max() <= limit
    assert weights.std().item() == pytest.approx(limit / math.sqrt(3), rel=0.02)


def test_latent_maps_start_near_zero():
    assert linear(200, 100, stddev=0.001).weight.std().item() == pytest.approx(0.001, rel=0.05)


@given(lengths=st.lists(st.integers(0, 6), min_size=1, max_size=5))
def test_reversing_and_gathering_treat_every_example_alone(lengths):
    x = torch.arange(6 * len(lengths) * 2, dtype=torch.float32).view(6, len(lengths), 2)
    turned, last = reverse_padded(x, torch.tensor(lengths)), last_valid(x, torch.tensor(lengths))

    assert valid_steps(torch.tensor(lengths), 6).sum(1).tolist() == lengths
    for row, length in enumerate(lengths):
        assert torch.equal(turned[:length, row], x[:length, row].flip(0))
        assert torch.equal(turned[length:, row], x[length:, row])
        assert torch.equal(last[row], x[length - 1, row] if length else torch.zeros(2))


def test_dropout_keeps_the_mean_and_costs_nothing_at_zero():
    x = torch.ones(200, 200)

    dropped = dropout(x, 0.7, generator=torch.Generator().manual_seed(0))

    assert dropped.unique().tolist() == pytest.approx([0.0, 1 / 0.3])
    assert dropped.mean().item() == pytest.approx(1.0, abs=0.02)
    assert dropout(x, 0.0) is x


@pytest.mark.parametrize(("options", "message"), [({"sizes": []}, "sizes"), ({"dropout": 1.0}, "dropout")])
def test_impossible_sizes_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        LstmStack(3, **{"sizes": [4], **options})
