"""The decoder keeps what decoders promise; what it keeps between steps changes nothing but the time it takes."""

from __future__ import annotations

import pytest
import torch
from gen.testing import check_decoder
from torch import Tensor
from torch.nn import functional as F

from gen_transformer.attention import rotate
from gen_transformer.decoder import TransformerDecoder


def small(**options: object) -> TransformerDecoder:
    """A decoder of 9 classes, in evaluation mode, whose weights are always the same."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        given = {"heads": 2, "output_depth": 9, "control_depth": 0, "latent_size": 5, **options}
        return TransformerDecoder([16, 16], **given).eval()  # type: ignore[arg-type]


def music(*shape: int) -> Tensor:
    """Steps of one class each, ``[*shape, 9]``."""
    return F.one_hot(torch.randint(9, shape, generator=torch.Generator().manual_seed(0)), 9).float()


def latent(batch: int) -> Tensor:
    return torch.randn(batch, 5, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("options", [{}, {"depths": [4, 3, 2]}, {"prefix": 1}], ids=str)
def test_it_keeps_what_a_decoder_promises(options: dict[str, object]) -> None:
    given = {**options, "output_depth": 9}
    check_decoder(TransformerDecoder, sizes=[16, 16], heads=2, **given).require()


@pytest.mark.parametrize("control_depth", [0, 3])
def test_steps_one_by_one_are_the_steps_at_once(control_depth: int) -> None:
    decoder, z = small(control_depth=control_depth), latent(3)
    controls = torch.randn(3, 12, control_depth) if control_depth else None

    said = decoder.sample(z, 12, controls=controls, temperature=0.0)
    at_once = decoder(said, torch.full((3,), 12), z, controls)

    torch.testing.assert_close(at_once.predictions, said)  # the likeliest step, given the likeliest before it


def test_logits_of_kept_steps_are_those_of_all_steps_at_once() -> None:
    decoder, z, targets = small(), latent(2), music(2, 10)
    heard = torch.cat([torch.zeros(2, 1, 9), targets[:, :-1]], dim=1)

    kept = [None] * len(decoder.blocks)
    decoder._advance(decoder._prefix(z), kept)  # type: ignore[arg-type]
    stepwise = [
        decoder.project(decoder.norm(decoder._advance(decoder._inputs(heard[:, t : t + 1], z, None), kept)[:, 0]))  # type: ignore[arg-type]
        for t in range(10)
    ]

    expected = decoder(targets, torch.tensor([10, 10]), z).outputs
    torch.testing.assert_close(torch.stack(stepwise, dim=1), expected, rtol=1e-5, atol=1e-5)


def test_free_running_hears_its_own_samples_and_its_loss_is_that_of_the_targets_given_them() -> None:
    decoder, z, targets, lengths = small(), latent(4), music(4, 8), torch.tensor([8, 5, 1, 0])

    free = decoder(targets, lengths, z, feedback=1.0, generator=torch.Generator().manual_seed(5))
    again = decoder(free.samples, lengths, z)

    torch.testing.assert_close(free.outputs, again.outputs)  # as if the samples had been the targets
    nats = -(targets * free.outputs.log_softmax(-1)).sum(-1)
    expected = torch.stack([row[:length].sum() for row, length in zip(nats, lengths.tolist(), strict=True)])
    torch.testing.assert_close(free.loss, expected)


def test_segments_with_lengths_of_their_own_count_each_as_far_as_it_goes() -> None:
    decoder, z, targets = small(), latent(2), music(2, 8)
    lengths = torch.tensor([[4, 1], [0, 3]])  # two segments of four steps

    output = decoder(targets, lengths, z)

    nats = -(targets * output.outputs.log_softmax(-1)).sum(-1)
    torch.testing.assert_close(output.loss, torch.stack([nats[0, :5].sum(), nats[1, 4:7].sum()]))
    assert output.counts["accuracy"].tolist() == [5, 3]


def test_z_is_heard_at_the_first_step() -> None:
    decoder, z = small(), latent(1).requires_grad_()
    decoder(music(1, 1), torch.tensor([1]), z).loss.sum().backward()
    assert z.grad is not None
    assert z.grad.abs().min() > 0


def test_rotated_products_depend_on_the_distance_alone() -> None:
    query, key = (torch.randn(1, 1, 1, 8, generator=torch.Generator().manual_seed(seed)) for seed in (0, 1))
    near = (rotate(query, 5) * rotate(key, 2)).sum()
    far = (rotate(query, 105) * rotate(key, 102)).sum()
    torch.testing.assert_close(near, far, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sizes": []}, "^sizes must be"),
        ({"sizes": [16, 8]}, "^sizes must be"),
        ({"sizes": [18], "heads": 4}, "^heads must divide"),
        ({"heads": 0}, "^heads must divide"),
        ({"prefix": 0}, "^prefix must be"),
        ({"spread": 0}, "^spread must be"),
        ({"dropout": 1.0}, "^dropout must be"),
        ({"depths": [4, 4]}, r"^depths must be .* 9 of a step, not \[4, 4\]"),
    ],
    ids=str,
)
def test_options_that_do_not_fit_are_refused_by_name(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TransformerDecoder(**{"output_depth": 9, "control_depth": 0, "latent_size": 5, **options})  # type: ignore[arg-type]
