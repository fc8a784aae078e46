"""The long memory that LSTMs may begin with: what is kept, and of whom."""

from __future__ import annotations

import pytest
import torch

from gen.nn import LstmLayer, LstmStack, remember_
from gen_decoders.flat import FlatDecoder
from gen_decoders.hierarchical import HierarchicalDecoder
from gen_encoders.bilstm import BiLstmEncoder

DATA = {"output_depth": 5, "control_depth": 0, "latent_size": 3}


def kept(layer: LstmLayer) -> torch.Tensor:
    """Steps that each unit of a layer remembers when it reads nothing: 1 / (1 - forget gate)."""
    size = layer.hidden_size
    _, _, bias, constant = layer.lstm.parameters()
    forget = torch.sigmoid((bias + constant)[size : 2 * size])
    return 1.0 / (1.0 - forget)


def test_units_remember_from_two_steps_to_as_many_as_asked_for():
    stack = LstmStack(3, [400])
    remember_(stack, 101)
    memory = kept(stack.layers[0])
    assert 2.0 <= memory.min() < 10.0
    assert 90.0 < memory.max() <= 101.0 + 1e-2


def test_a_gate_lets_in_as_much_as_it_forgets():
    layer = LstmLayer(3, 8)
    remember_(layer, 20)
    bias, constant = layer.lstm.bias_ih_l0, layer.lstm.bias_hh_l0
    whole = bias + constant
    torch.testing.assert_close(whole[:8], -whole[8:16])
    assert whole[16:].tolist() == [0.0] * 16
    assert constant.tolist() == [0.0] * 8 + [1.0] * 8 + [0.0] * 16


def test_a_long_memory_carries_the_first_step_to_the_last():
    def told(memory):
        torch.manual_seed(0)
        encoder = BiLstmEncoder([16], memory=memory, input_size=2)
        x = torch.randn(1, 100, 2)
        other = x.clone()
        other[:, 50] += 1.0  # the middle is far from both ends
        lengths = torch.tensor([100])
        return (encoder(x, lengths) - encoder(other, lengths)).abs().max().item()

    assert told(100) > 5.0 * told(None)


def test_a_conductor_may_remember_while_its_core_is_as_it_was():
    def core(*, steps, **sizes):
        return FlatDecoder([6], **sizes)

    decoder = HierarchicalDecoder(core, [40], level_lengths=[16, 2], memory=16, **DATA, steps=32)
    assert kept(decoder.conductors[0].stack.layers[0]).max() > 8.0
    assert kept(decoder.core.core.stack.layers[0]).tolist() == pytest.approx([1.0 + torch.tensor(1.0).exp().item()] * 6)
    assert kept(FlatDecoder([60], memory=50, **DATA).core.stack.layers[0]).max() > 25.0


def test_a_memory_of_hardly_any_steps_is_refused():
    with pytest.raises(ValueError, match="3 or more, not 2"):
        BiLstmEncoder([4], memory=2, input_size=2)
