"""The decoder keeps what decoders promise, at the top, inside a hierarchy, and step by step."""

from __future__ import annotations

import gen
import pytest
import torch
from gen.testing import check_decoder
from torch import Tensor
from torch.nn import functional as F

from gen_gru.decoder import GruDecoder


def small(**options: object) -> GruDecoder:
    """A decoder of 9 classes, in evaluation mode, whose weights are always the same."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        given = {"output_depth": 9, "control_depth": 0, "latent_size": 5, **options}
        return GruDecoder([12, 10], **given).eval()  # type: ignore[arg-type]


def music(*shape: int) -> Tensor:
    """Steps of one class each, ``[*shape, 9]``."""
    return F.one_hot(torch.randint(9, shape, generator=torch.Generator().manual_seed(0)), 9).float()


def latent(batch: int) -> Tensor:
    return torch.randn(batch, 5, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("sizes", [[8], [12, 10]], ids=str)
def test_it_keeps_what_a_decoder_promises(sizes: list[int]) -> None:
    check_decoder(GruDecoder, sizes=sizes).require()


def test_it_is_a_decoder_of_segments_and_of_single_steps() -> None:
    assert isinstance(small(), gen.interfaces.SegmentDecoder)
    assert isinstance(small(), gen.interfaces.Stepwise)


def test_steps_one_by_one_are_the_steps_at_once() -> None:
    decoder, z, targets, lengths = small(), latent(3), music(3, 7), torch.tensor([7, 7, 7])

    states, previous, logits = decoder.initial_states(z), torch.zeros(3, 9), []
    for step in range(7):
        said, _, states = decoder.step(previous, z, None, states)
        logits.append(said)
        previous = targets[:, step]

    torch.testing.assert_close(torch.stack(logits, dim=1), decoder(targets, lengths, z).outputs)


def test_a_sequence_cut_in_two_goes_on_from_what_was_heard_last() -> None:
    decoder, z, targets = small(), latent(2), music(2, 6)
    first = decoder(targets, torch.tensor([6, 6]), z, start=music(2, 1)[:, 0])
    other = decoder(targets, torch.tensor([6, 6]), z)

    assert not torch.allclose(first.outputs[:, 0], other.outputs[:, 0])  # the start is heard
    assert first.ending is None


def test_the_ending_is_the_state_at_each_examples_own_last_step() -> None:
    decoder, z, targets = small(), latent(3), music(3, 6)
    long = decoder(targets, torch.tensor([6, 4, 0]), z, ending=True).ending
    short = decoder(targets[:, :4], torch.tensor([4, 4, 0]), z, ending=True).ending

    assert long is not None
    assert short is not None
    assert sum(piece.shape[1] for piece in long) == decoder.ending_size
    for there, here, start in zip(long, short, decoder.initial_states(z), strict=True):
        torch.testing.assert_close(there[1], here[1])  # padding changed nothing
        torch.testing.assert_close(there[2], start[2])  # nothing was said
        assert not torch.allclose(there[0], here[0])


@pytest.mark.parametrize("options", [{"sizes": []}, {"sizes": [0]}, {"dropout": -0.1}], ids=str)
def test_options_out_of_range_are_refused_by_name(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=f"^{next(iter(options))} must be"):
        GruDecoder(**options, output_depth=9, control_depth=0, latent_size=5)  # type: ignore[arg-type]


def test_steps_that_are_several_choices_are_refused() -> None:
    small().require_fields([gen.interfaces.OneHot(9)])
    small().require_fields([gen.interfaces.Floats(9)])
    for fields in ([gen.interfaces.Flags(9)], [gen.interfaces.OneHot(4), gen.interfaces.OneHot(5)]):
        with pytest.raises(ValueError, match="says one class a step"):
            small().require_fields(fields)
