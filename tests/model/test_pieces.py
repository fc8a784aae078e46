"""z in pieces, one a segment: who is told what, what is shared, and the linear code that it begins as."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import gen
from gen.recipes.sections import LatentSection
from gen_decoders.gru import GruDecoder
from gen_decoders.hierarchical_gru import HierarchicalGruDecoder
from gen_encoders.pieces import PiecesEncoder

BARS, STEPS, DEPTH, PIECE = 3, 4, 5, 2
DATA = {"output_depth": DEPTH, "control_depth": 0, "latent_size": BARS * PIECE}


def encoder(**options):
    return PiecesEncoder(
        STEPS, **{"piece": PIECE, "size": 6, "together": 4, "input_size": DEPTH, "steps": 12, **options}
    )


def gru(**options):
    return GruDecoder(6, **{"vector": 4, **DATA, "steps": BARS * STEPS, "pieces": BARS, **options})


def hierarchical(**options):
    def core(**sizes):
        return GruDecoder(6, vector=4, **sizes)

    return HierarchicalGruDecoder(
        core, **{"size": 6, "vector": 4, **DATA, "level_lengths": [BARS, STEPS], "pieces": True, **options}
    )


def clips(count):
    return F.one_hot(torch.randint(DEPTH, (count, BARS * STEPS)), DEPTH).float()


def started(x):
    size = BARS * PIECE
    mean, stddev = nn.Linear(2 * size, size), nn.Linear(2 * size, size)
    made = encoder()
    made.start_from(lambda: iter([(x, torch.full((len(x),), 12))]), mean, stddev, 3.0)
    return made, mean, stddev


def test_a_bar_is_linearly_coded_alike_wherever_it_stands():
    x = clips(50)
    made, mean, _ = started(x)
    nn.init.zeros_(made.code.weight)
    turned = x.view(50, BARS, STEPS, DEPTH).flip(1).reshape(50, -1, DEPTH)
    lengths = torch.full((50,), 12)
    one, other = (mean(made(each, lengths)).view(50, BARS, PIECE) for each in (x, turned))
    torch.testing.assert_close(one, other.flip(1))


def test_z_begins_as_the_linear_code_of_the_bars_at_their_share_of_the_free_bits():
    model = gen.VAE(encoder(), gru(), latent=LatentSection(size=BARS * PIECE, free_bits=3), steps=12)
    x, lengths = clips(400), torch.full((400,), 12)
    model.encoder.start_from(lambda: iter([(x, lengths)]), model.mean, model.stddev, 3.0)
    nn.init.zeros_(model.encoder.code.weight)
    posterior = model.encode(x, lengths)
    assert posterior.kl().sum(-1).mean().item() / math.log(2) == pytest.approx(3.0, abs=0.2)
    whole = posterior.mean.var(0) + posterior.stddev.square().mean(0)
    torch.testing.assert_close(whole, torch.ones(BARS * PIECE), rtol=0, atol=0.2)
    assert model.encoder.started


def test_what_a_bar_says_may_depend_on_all_others():
    made, x = encoder(), clips(1)
    nn.init.normal_(made.code.weight)
    other = x.clone()
    other[:, -STEPS:] = x[:, -STEPS:].roll(1, -1)
    one, two = (made(each, torch.tensor([12]))[0, : BARS * PIECE].view(BARS, PIECE) for each in (x, other))
    assert not torch.allclose(one[0], two[0])


def test_padding_does_not_matter():
    x = clips(1)
    other = x.clone()
    other[0, 7:] = 9.0
    made = encoder()
    torch.testing.assert_close(made(x, torch.tensor([7])), made(other, torch.tensor([7])))


@pytest.mark.parametrize("decoder", [gru(), hierarchical()])
def test_a_piece_tells_its_own_bar_by_the_map_of_all(decoder):
    z = torch.randn(1, BARS, PIECE)
    if isinstance(decoder, GruDecoder):
        told = [decoder._known(each.flatten(1), 12, None).view(BARS, -1) for each in (z, z.flip(1))]
    else:
        told = [decoder.embeddings(each.flatten(1))[0, :, -4:] for each in (z, z.flip(1))]
    torch.testing.assert_close(told[0], told[1].flip(0))


def test_sharpened_losses_are_for_training_alone_and_become_nats_where_the_power_is_small():
    targets, lengths, z = clips(2), torch.tensor([12, 7]), torch.randn(2, BARS * PIECE)
    decoder = gru(sharpen=0.5)
    other = gru(sharpen=1e-4)
    other.load_state_dict(decoder.state_dict())
    sharp, nearly = decoder(targets, lengths, z).loss, other(targets, lengths, z).loss
    nats = decoder.eval()(targets, lengths, z).loss
    torch.testing.assert_close(nearly, nats, rtol=1e-3, atol=0)
    assert (sharp < nats).all()
    assert (sharp <= lengths / 0.5).all()  # a step costs 1 / q at the most


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: encoder(steps=None), "one length"),
        (lambda: encoder(steps=13), "must divide the 13"),
        (lambda: encoder(size=0), "at least 1"),
        (lambda: encoder().start_from(lambda: iter([]), nn.Linear(12, 5), nn.Linear(12, 5), 3.0), "latent.size to 6"),
        (lambda: gru(pieces=5), "5 pieces must divide"),
        (lambda: gru(sharpen=1.0), "not including 1"),
        (lambda: hierarchical(latent_size=7), "3 pieces must divide the 7"),
    ],
)
def test_options_that_do_not_go_together_are_refused(make, reason):
    with pytest.raises(ValueError, match=reason):
        make()
