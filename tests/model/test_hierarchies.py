"""What is special about hierarchies: folding is exact, lengths by segment, and who may stand inside."""

from __future__ import annotations

import pytest
import torch

import gen
from gen.errors import RecipeError
from gen.nn import pad_steps, segment_lengths
from gen.recipes.build import construct
from gen.recipes.sections import Component
from gen_decoders.flat import FlatDecoder
from gen_decoders.hierarchical import HierarchicalDecoder
from gen_encoders.bilstm import BiLstmEncoder
from gen_encoders.hierarchical import HierarchicalEncoder

FLAT = Component("flat", {"sizes": [5]})
GIVEN = {"output_depth": 6, "control_depth": 2, "latent_size": 3, "steps": 12}


def hierarchy(level_lengths=(2, 3, 2), **options):
    torch.manual_seed(0)
    arguments = {"core": FLAT, "sizes": [4, 3], "level_lengths": list(level_lengths), **options}
    return construct("decoder", Component("hierarchical", arguments), **GIVEN)


@pytest.fixture
def said():
    """Targets padded by segment, segment lengths, z and controls."""
    generator = torch.Generator().manual_seed(0)
    lengths = torch.tensor([[2, 2, 2, 2, 2, 2], [1, 0, 2, 1, 2, 0]])
    targets = torch.eye(6)[torch.randint(6, (2, 12), generator=generator)]
    within = (torch.arange(2) < lengths[..., None]).flatten(1)
    return (
        targets * within[..., None],
        lengths,
        torch.randn(2, 3, generator=generator),
        torch.randn(2, 12, 2, generator=generator),
    )


def test_segments_side_by_side_equal_segments_one_after_another(said):
    decoder = hierarchy()
    parallel = decoder(*said)
    sequential = decoder(*said, feedback=1e-12, generator=torch.Generator().manual_seed(0))

    torch.testing.assert_close(parallel.outputs, sequential.outputs)
    torch.testing.assert_close(parallel.loss, sequential.loss)
    assert parallel.sums.keys() == sequential.sums.keys()
    for name, total in parallel.sums.items():
        torch.testing.assert_close(total, sequential.sums[name])
        assert total.shape[:2] == (2, 6)
    gradients = [
        torch.autograd.grad(output.loss.sum(), [p for p in decoder.parameters() if p.requires_grad])
        for output in (parallel, sequential)
    ]
    torch.testing.assert_close(*gradients)


def test_the_loss_is_the_sum_of_what_the_core_says_of_each_segment(said):
    targets, lengths, z, controls = said
    decoder = hierarchy()
    total = torch.zeros(2)
    embeddings, _ = decoder._embeddings(z, None)
    before = torch.zeros(2, 6)
    for segment, embedding in enumerate(embeddings.view(2, 6, 3).unbind(1)):
        steps = slice(2 * segment, 2 * segment + 2)
        total += decoder.core(targets[:, steps], lengths[:, segment], embedding, controls[:, steps], start=before).loss
        before = targets[:, steps.stop - 1]

    torch.testing.assert_close(decoder(*said).loss, total)


@pytest.mark.parametrize("autoregressive", [[], [0], [1], [0, 1]])
def test_changing_a_segment_changes_later_segments_as_far_as_they_listen(said, autoregressive):
    targets, _, z, controls = said
    lengths = torch.full((2, 6), 2)
    decoder = hierarchy(autoregressive=autoregressive)
    leaf = targets.clone().requires_grad_()
    outputs = decoder(leaf, lengths, z, controls).outputs

    def hears(segment: int, earlier: int) -> bool:
        (gradient,) = torch.autograd.grad(outputs[:, 2 * segment].sum(), leaf, retain_graph=True)
        return bool(gradient[:, 2 * earlier].any())  # not its last step, which the next segment always hears

    assert hears(2, 1) == (1 in autoregressive)
    assert hears(5, 4) == (1 in autoregressive)
    # from one half to the other: the bottom conductor tells the top one what it was told itself, before its last part
    assert hears(3, 1) == (autoregressive == [0, 1])
    assert not hears(3, 2)
    assert not hears(1, 2)


def test_embeddings_are_as_wide_as_asked_for_and_an_affine_map_of_the_conductors_output(said):
    decoder = hierarchy(level_lengths=(6, 2), embedding_size=7)
    _, _, z, _ = said
    (conductor,) = decoder.conductors
    conductor.projection.weight.data.fill_(0.5)
    conductor.projection.bias.data.fill_(1.0)
    outputs, _ = conductor.stack(z.new_zeros(6, 2, 1), conductor.start(z), generator=None)  # [6, 2, 3]

    embeddings, _ = decoder._embeddings(z, None)  # [2 * 6, 7]

    expected = (0.5 * outputs.sum(-1) + 1.0).transpose(0, 1).reshape(12, 1).expand(12, 7)
    torch.testing.assert_close(embeddings, expected)
    assert decoder.core.core.initial.in_features == 7


def test_conductors_drop_inputs_in_training_only(said):
    decoder = hierarchy(dropout=0.5)
    with torch.no_grad():
        for parameter in decoder.conductors.parameters():  # new ones hardly move: z enters with a weight of 0.001
            parameter += 0.5 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(0))
    one, other = (decoder(*said, generator=torch.Generator().manual_seed(seed)).loss for seed in (0, 1))
    assert not torch.equal(one, other)

    decoder.eval()
    one, other = (decoder(*said, generator=torch.Generator().manual_seed(seed)).loss for seed in (0, 1))
    assert torch.equal(one, other)


def test_a_shorter_sample_is_the_beginning_of_a_longer_one(said):
    _, _, z, controls = said
    decoder = hierarchy(autoregressive=[0]).eval()

    whole = decoder.sample(z, 12, controls=controls, temperature=0.0)

    torch.testing.assert_close(decoder.sample(z, 5, controls=controls[:, :5], temperature=0.0), whole[:, :5])
    with pytest.raises(ValueError, match="12 steps can't say 13"):
        decoder.sample(z, 13)


def test_the_ending_is_the_state_after_the_last_valid_step():
    torch.manual_seed(0)
    decoder = FlatDecoder([4, 3], output_depth=6, control_depth=0, latent_size=3)
    targets, z = torch.eye(6)[torch.randint(6, (3, 5))], torch.randn(3, 3)
    lengths = torch.tensor([5, 2, 0])

    ending = torch.cat(decoder(targets, lengths, z, ending=True).ending, dim=-1)

    assert ending.shape == (3, decoder.ending_size)
    for row, length in enumerate(lengths.tolist()):
        states = decoder._initial_states(z[row : row + 1])
        previous = torch.zeros(1, 6)
        for target in targets[row, :length]:
            _, states = decoder._step(previous, z[row : row + 1], None, states, None)
            previous = target[None]
        torch.testing.assert_close(ending[row], torch.cat([x[0] for h, c in states for x in (c, h)]))
    assert decoder(targets, lengths, z).ending is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"level_lengths": [2, 3]}, "multiply to 6 steps, but the data has 12"),
        ({"level_lengths": [12]}, "two or more"),
        ({"embedding_size": 0}, "embedding_size must be at least 1, not 0"),
        ({"autoregressive": [2]}, r"autoregressive levels are 0 to 1, not \[2\]"),
    ],
)
def test_levels_that_do_not_fit_are_refused(options, message):
    with pytest.raises(RecipeError, match=message):
        hierarchy(**options)


def test_another_number_of_segments_and_too_many_steps_are_refused(said):
    targets, lengths, z, controls = said
    decoder = hierarchy()
    with pytest.raises(ValueError, match=r"6 segments are \[B\] or \[B, 6\], not \[2, 5\]"):
        decoder(targets, lengths[:, :5], z, controls)
    with pytest.raises(ValueError, match="12 steps can't read 24"):
        decoder(targets.repeat(1, 2, 1), lengths, z, controls)


class TopOnly(gen.Decoder):
    """A stranger's decoder that knows nothing of hierarchies."""

    def __init__(self, output_depth: int) -> None:
        super().__init__()
        self.output_depth = output_depth

    def forward(self, targets, lengths, z, controls=None, *, feedback=0.0, generator=None):
        return gen.DecoderOutput(loss=targets.sum((1, 2)), outputs=targets)

    def sample(self, z, steps, *, controls=None, temperature=1.0, generator=None):
        return z.new_zeros(len(z), steps, self.output_depth)


def test_a_decoder_that_cannot_go_on_from_the_middle_works_at_the_top_but_not_inside():
    vae = gen.VAE(BiLstmEncoder([4], input_size=6), TopOnly(6), latent=gen.load_recipe("groovae_4bar").latent, steps=5)
    assert vae(torch.zeros(2, 5, 6), torch.zeros(2, 5, 6), torch.tensor([5, 5])).decoded.loss.shape == (2,)
    assert vae.decode(vae.prior(2)).shape == (2, 5, 6)
    with pytest.raises(ValueError, match=r"TopOnly can't go on .* gen\.interfaces\.SegmentDecoder"):
        HierarchicalDecoder(
            lambda output_depth, **_: TopOnly(output_depth),
            [4],
            level_lengths=[2, 3],
            output_depth=6,
            control_depth=0,
            latent_size=3,
        )


def test_controls_that_are_read_to_the_end_belong_inside_a_hierarchy(said):
    around = construct("decoder", Component("bidirectional_control", {"core": FLAT}), **GIVEN)
    with pytest.raises(ValueError, match="inside the hierarchy"):
        around(*said)
    assert hierarchy(core=Component("bidirectional_control", {"core": FLAT}))(*said).loss.isfinite().all()


def test_a_hierarchical_encoder_reads_every_piece_alone():
    torch.manual_seed(0)
    encoder = HierarchicalEncoder(
        lambda input_size, steps: BiLstmEncoder([4], input_size=input_size),
        level_lengths=[2, 3],
        input_size=5,
        steps=6,
    )
    inputs, lengths = torch.randn(2, 6, 5), torch.tensor([[2, 1, 0], [2, 2, 2]])

    bottom, top = encoder.levels
    pieces = [bottom(inputs[:, 2 * i : 2 * i + 2], lengths[:, i]) for i in range(3)]
    by_hand = top(torch.stack(pieces, dim=1), torch.tensor([3, 3]))

    torch.testing.assert_close(encoder(inputs, lengths), by_hand)
    noisy = inputs.clone()
    noisy[0, 3:] = 1e3  # padding of the second segment, and the empty third
    torch.testing.assert_close(encoder(noisy, lengths), by_hand)
    torch.testing.assert_close(encoder(inputs, torch.tensor([6, 6])), encoder(inputs, torch.full((2, 3), 2)))


@pytest.mark.parametrize(
    ("levels", "message"), [([2, 2], "multiply to 4 steps"), ([], "one or more"), ([0], "positive")]
)
def test_levels_of_an_encoder_that_do_not_fit_are_refused(levels, message):
    with pytest.raises(RecipeError, match=message):
        construct(
            "encoder",
            Component("hierarchical", {"core": Component("bilstm"), "level_lengths": levels}),
            input_size=5,
            steps=6,
        )


def test_lengths_count_from_the_start_unless_given_by_segment():
    assert segment_lengths(torch.tensor([6, 3, 0]), 3, 2).tolist() == [[2, 2, 2], [2, 1, 0], [0, 0, 0]]
    given = torch.tensor([[2, 0, 1]])
    assert segment_lengths(given, 3, 2) is given
    assert pad_steps(torch.ones(1, 2, 1), 3).flatten().tolist() == [1, 1, 0]
