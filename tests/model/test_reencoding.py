"""Conductors that hear what was said, encoded by the model's own encoder."""

from __future__ import annotations

import copy

import pytest
import torch

import gen
from gen.cli import main
from gen.errors import RecipeError
from gen.recipes.build import construct
from gen.recipes.sections import Component
from gen_encoders.hierarchical import HierarchicalEncoder

DEPTH, LATENT = 6, 3
NADE = Component("flat", {"sizes": [5], "outputs": "nade", "hidden": 4})  # in free running it draws nothing
FLAT = Component("flat", {"sizes": [5]})


def encoder(level_lengths, input_size=DEPTH, **options):
    core = Component("bilstm", {"sizes": [4], **options})
    made = construct(
        "encoder",
        Component("hierarchical", {"core": core, "level_lengths": list(level_lengths)}),
        input_size=input_size,
        steps=None,
    )
    assert isinstance(made, HierarchicalEncoder)
    return made


def decoder(level_lengths=(2, 3, 2), *, core=FLAT, autoregressive=(0, 1), own=None, controls=0, depth=DEPTH):
    torch.manual_seed(0)
    own = encoder(reversed(level_lengths)) if own is None else own
    options = {
        "core": core,
        "sizes": [7, 5],
        "level_lengths": list(level_lengths),
        "autoregressive": list(autoregressive),
        "reencode": True,
    }
    given = {"output_depth": depth, "control_depth": controls, "latent_size": LATENT, "steps": 12, "encoder": own}
    made = construct("decoder", Component("hierarchical", options), **given)
    with torch.no_grad():
        for parameter in made.parameters():  # new ones hardly move: z enters with a weight of 0.001
            parameter += 0.3 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1))
    return made


@pytest.fixture
def said():
    """Targets, lengths and z."""
    generator = torch.Generator().manual_seed(0)
    targets = torch.eye(DEPTH)[torch.randint(DEPTH, (2, 12), generator=generator)]
    return targets, torch.tensor([12, 7]), torch.randn(2, LATENT, generator=generator)


def test_each_level_hears_the_encoding_of_what_the_level_below_produced(said):
    targets, _, z = said
    made = decoder()
    own = made.reencoder.encoder
    top, bottom = made.conductors
    before, loss = torch.zeros(2, DEPTH), torch.zeros(2)
    two, full = torch.full((2,), 2), torch.full((2,), 3)
    states, heard = top.start(z), None
    for half in range(2):
        embedding, states = top.step(z, heard, states, generator=None)
        below, told, encodings = bottom.start(embedding), None, []
        for third in range(3):
            down, below = bottom.step(embedding, told, below, generator=None)
            at = 2 * (3 * half + third)
            segment = targets[:, at : at + 2]
            loss += made.core(segment, two, down, start=before).loss
            before = segment[:, -1]
            told = own.levels[0](segment, two)
            encodings.append(told)
        heard = own.levels[1](torch.stack(encodings, dim=1), full)

    torch.testing.assert_close(made(targets, torch.tensor([12, 12]), z).loss, loss)


@pytest.mark.parametrize("autoregressive", [[0], [1], [0, 1]])
def test_later_segments_hear_earlier_ones_as_far_as_their_conductors_listen(said, autoregressive):
    targets, _, z = said
    leaf = targets.clone().requires_grad_()
    outputs = decoder(autoregressive=autoregressive)(leaf, torch.tensor([12, 12]), z).outputs

    def hears(segment: int, earlier: int) -> bool:
        (gradient,) = torch.autograd.grad(outputs[:, 2 * segment].sum(), leaf, retain_graph=True)
        return bool(gradient[:, 2 * earlier].any())  # not its last step, which the next segment always hears

    assert hears(2, 0) == (1 in autoregressive)  # within a half
    assert hears(4, 0) == hears(5, 1) == (0 in autoregressive)  # from one half to the other
    assert not hears(0, 1)


def test_what_is_past_an_examples_length_is_not_heard(said):
    targets, lengths, z = said
    made = decoder((6, 2), autoregressive=[0])
    other = targets.clone()
    other[1, 7:] = torch.eye(DEPTH)[0]
    one, two = (made(each, lengths, z) for each in (targets, other))
    torch.testing.assert_close(one.loss, two.loss)


@pytest.mark.parametrize("core", [FLAT, NADE, Component("split", {"cores": [FLAT], "depths": [2, 4]})])
def test_free_running_hears_nothing_but_itself(said, core):
    targets, _, z = said
    made = decoder((6, 2), core=core, autoregressive=[0])
    full = torch.tensor([12, 12])
    runs = [
        made(each, full, z, feedback=1.0, generator=torch.Generator().manual_seed(5))
        for each in (targets, targets.flip(2))
    ]
    torch.testing.assert_close(runs[0].outputs, runs[1].outputs, rtol=0, atol=0)
    assert not torch.equal(runs[0].outputs, made(targets, full, z).outputs)


def test_free_running_says_what_sampling_says(said):
    targets, _, z = said
    made = decoder(core=NADE).eval()
    free = made(targets, torch.tensor([12, 12]), z, feedback=1.0, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(made.sample(z, 12, temperature=0.0), free.samples)


def test_with_some_feedback_the_mixture_that_was_heard_is_encoded(said):
    targets, _, z = said
    core = construct("decoder", FLAT, output_depth=DEPTH, control_depth=0, latent_size=LATENT)
    output = core(targets, torch.tensor([12, 12]), z, feedback=0.5, generator=torch.Generator().manual_seed(3))
    own = (output.heard == output.samples).all(-1)
    true = (output.heard == targets).all(-1)
    assert (own | true).all()
    assert (own & ~true).any()
    assert (true & ~own).any()
    assert core(targets, torch.tensor([12, 12]), z).heard is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"autoregressive": []}, r"name some, such as autoregressive: \[0\]"),
        ({"controls": 2}, "can't stand with controls"),
        ({"own": encoder([3, 2, 2])}, r"levels in reverse, \[2, 3, 2\], not \[3, 2, 2\]"),
        ({"own": encoder([2, 3, 2], input_size=9)}, "reads what is said, 6 wide, not 9"),
        ({"own": torch.nn.Identity()}, "encoder has levels, such as hierarchical; Identity is none"),
    ],
)
def test_encoders_that_cannot_read_what_is_said_are_refused(options, message):
    with pytest.raises(RecipeError, match=message):
        decoder(**options)


RECIPE = ["decoder.autoregressive=[0]", "decoder.reencode=true"]


def test_the_weights_are_the_encoders_own(said):
    narrow = ["encoder.core.sizes=[4]", "decoder.sizes=[4]", "decoder.core.sizes=[4]", "latent.size=3"]
    model = gen.build_model(gen.load_recipe("hier-mel_16bar", [*RECIPE, *narrow]))
    assert model.decoder.reencoder.encoder is model.encoder
    assert not any("reencoder" in name for name in model.state_dict())
    twin = copy.deepcopy(model)
    assert twin.decoder.reencoder.encoder is twin.encoder is not model.encoder

    steps = torch.eye(90)[torch.randint(90, (2, 256), generator=torch.Generator().manual_seed(0))]
    model.decoder(steps, torch.tensor([256, 100]), torch.zeros(2, 3)).loss.sum().backward()
    assert all(weight.grad is not None for weight in model.encoder.levels[0].parameters() if weight.requires_grad)


def test_such_a_recipe_trains_and_samples(tmp_path):
    run = str(tmp_path / "run")
    words = ["--trial", "data.fallback.clips=10", "training.sampling={schedule: constant, rate: 0.5}", "--samples", "0"]
    assert main(["train", "hier-mel_16bar", *RECIPE, *words, "--out", run]) == 0
    assert main(["sample", run, "-n", "1", "-o", str(tmp_path / "out")]) == 0
