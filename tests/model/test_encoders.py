"""What every encoder must do, and the BiLSTM against torch's own packed one."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from gen_encoders.bilstm import BiLstmEncoder
from gen_encoders.lstm import LstmEncoder


def test_padding_never_matters(encoder):
    inputs = torch.randn(4, 6, 9, generator=torch.Generator().manual_seed(0))
    lengths = torch.tensor([6, 3, 1, 5])
    noisy = inputs.clone()
    for row, length in enumerate(lengths):
        noisy[row, length:] = 1e3

    torch.testing.assert_close(encoder(noisy, lengths), encoder(inputs, lengths))


def test_the_width_is_what_it_says(encoder):
    assert encoder(torch.zeros(2, 6, 9), torch.tensor([6, 2])).shape == (2, encoder.output_size)


def test_an_empty_example_becomes_the_zero_vector():
    encoder = BiLstmEncoder([4], input_size=3)

    encoded = encoder(torch.randn(2, 5, 3), torch.tensor([0, 5]))

    assert not encoded[0].any()
    assert encoded[1].any()


def test_two_layers_equal_torchs_packed_bidirectional_lstm():
    encoder = BiLstmEncoder([4, 4], input_size=3)
    oracle = nn.LSTM(3, 4, num_layers=2, bidirectional=True, batch_first=True)
    with torch.no_grad():
        for layer in range(2):
            for stacks, suffix in ((encoder.forwards, ""), (encoder.backwards, "_reverse")):
                for name, value in stacks[layer].layers[0].lstm.named_parameters():
                    getattr(oracle, name.replace("l0", f"l{layer}{suffix}")).copy_(value)
    inputs, lengths = torch.randn(5, 7, 3), torch.tensor([7, 1, 4, 6, 2])

    packed = pack_padded_sequence(inputs, lengths, batch_first=True, enforce_sorted=False)
    _, (hidden, _) = oracle(packed)

    torch.testing.assert_close(encoder(inputs, lengths), torch.cat([hidden[2], hidden[3]], dim=-1))


def test_each_direction_has_its_own_dropout_mask_and_none_in_evaluation():
    torch.manual_seed(0)
    encoder = BiLstmEncoder([4], dropout=0.5, input_size=3)
    inputs, lengths = torch.ones(64, 5, 3), torch.full((64,), 5)

    one = encoder(inputs, lengths, generator=torch.Generator().manual_seed(0))
    same = encoder(inputs, lengths, generator=torch.Generator().manual_seed(0))
    other = encoder(inputs, lengths, generator=torch.Generator().manual_seed(1))

    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert torch.equal(encoder.eval()(inputs, lengths)[0], encoder(inputs, lengths)[1])


def test_a_short_example_is_read_to_its_own_end():
    """The original gives zeros for it: it looks at the last step of the padded batch."""
    torch.manual_seed(0)
    encoder = LstmEncoder([4, 3], input_size=5)
    inputs = torch.randn(3, 6, 5)

    encoded = encoder(inputs, torch.tensor([6, 2, 0]))

    alone = encoder(inputs[1:2, :2], torch.tensor([2]))
    torch.testing.assert_close(encoded[1:2], alone)
    assert encoded[1].any()
    assert not encoded[2].any()


def test_the_embedding_of_a_residual_encoder_is_made_of_states():
    torch.manual_seed(0)
    encoder = BiLstmEncoder([4], residual=True, input_size=3)
    forwards = encoder.forwards[0]
    inputs = torch.randn(2, 5, 3)

    projected = forwards.projections[0](inputs.transpose(0, 1))
    _, (hidden, _) = forwards.layers[0](projected)

    torch.testing.assert_close(encoder(inputs, torch.tensor([5, 5]))[:, :4], hidden)
