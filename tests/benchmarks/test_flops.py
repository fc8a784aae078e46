"""The benchmarks' count of FLOPs against torch's own, which sees every product of layers that run step by step."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from speed.flops import Product, products_of
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

import gen

pytestmark = pytest.mark.filterwarnings("ignore:TF32 acceleration")  # what switching oneDNN off says

GROOVE = ("groovae_4bar", ["converter.split_bars=1"])
MELODY = ("cat-mel_2bar_small", [])
TWO_LAYERS = ("flat-mel_16bar", ["converter.slice_bars=2"])
HIERARCHICAL = ("hierdec-mel_16bar", ["converter.slice_bars=4", "decoder.level_lengths=[4,16]"])
TWO_CONDUCTORS = ("hierdec-mel_16bar", ["converter.slice_bars=4", "decoder.level_lengths=[2,2,16]"])
TRIO = ("hierdec-trio_16bar", ["converter.slice_bars=2", "decoder.level_lengths=[2,16]"])

sizes = st.lists(st.integers(1, 6), min_size=1, max_size=2)


def small(name: str, overrides: list[str], encoder: list[int], decoder: list[int], core: list[int]) -> gen.Recipe:
    words = [f"encoder.sizes={encoder}", f"decoder.sizes={decoder}", "latent.size=3", *overrides]
    if "trio" in name:
        words.append(f"decoder.core.cores=[{{type: flat, sizes: {core}}}]")
    elif "hierdec" in name:
        words.append(f"decoder.core.sizes={core}")
    return gen.load_recipe(name, words)


def torch_counts(work: object, *, backwards: bool) -> int:
    """FLOPs of matrix products in ``work()``; with oneDNN off a whole layer is many products that can be seen."""
    with torch.backends.mkldnn.flags(enabled=False), FlopCounterMode(display=False) as counter:
        outputs = work()
        if backwards:
            torch.autograd.backward(outputs.sum())
    return counter.get_total_flops()


def unrolled(decoder: gen.interfaces.SegmentDecoder, targets: Tensor, z: Tensor) -> Tensor:
    """Raw outputs ``[T, B, P]`` of a decoder that is run one step after another, teacher-forced."""
    previous, states, raws = torch.zeros_like(targets[:, 0]), decoder.initial_states(z), []
    for target in targets.unbind(1):
        raw, _, states = decoder.step(previous, z, None, states)
        raws.append(raw)
        previous = target
    return torch.stack(raws)


def decoded(model: gen.VAE, targets: Tensor, z: Tensor) -> Tensor:
    """Raw outputs of a flat or hierarchical decoder, step by step."""
    decoder = model.decoder
    if not hasattr(decoder, "embeddings"):
        return unrolled(decoder, targets, z)
    embeddings = decoder.embeddings(z).flatten(0, 1)  # [B * S, H]
    return unrolled(decoder.core, targets.reshape(len(embeddings), -1, targets.shape[-1]), embeddings)


def of_data(recipe: gen.Recipe, converter: gen.Converter) -> int:
    """What torch does for an example though nobody needs it, for the layers that read data or a constant zero.

    The gradient of ``[previous step, z]`` is made as a whole, and a conductor multiplies its zero.
    """
    steps, depth = converter.steps, converter.output_depth
    if recipe.decoder.type != "hierarchical":
        return 2 * steps * depth * 4 * recipe.decoder.arguments["sizes"][0]
    *levels, _ = recipe.decoder.arguments["level_lengths"]
    core, pieces, zeros = recipe.decoder.arguments["core"], 1, 0
    for length in levels:
        pieces *= length
        zeros += 2 * pieces * 4 * recipe.decoder.arguments["sizes"][0]
    units = (core.arguments["cores"][0] if core.type == "split" else core).arguments["sizes"][0]
    return zeros + 2 * steps * depth * 4 * units


@pytest.mark.parametrize(
    "model",
    [GROOVE, MELODY, TWO_LAYERS, HIERARCHICAL, TWO_CONDUCTORS, TRIO],
    ids=["groove", "melody", "sixteen bars, flat", "hierarchical", "two conductors", "trio"],
)
@settings(max_examples=2, deadline=None)
@given(encoder=sizes, decoder=sizes, core=sizes, batch=st.integers(1, 3))
def test_a_training_step_has_the_products_that_torch_counts_step_by_step(model, encoder, decoder, core, batch):
    recipe = small(*model, encoder, decoder, core)
    converter = gen.build_converter(recipe)
    vae = gen.build_model(recipe)
    inputs = torch.zeros(batch, converter.steps, converter.input_depth)
    targets = torch.zeros(batch, converter.steps, converter.output_depth)
    z = torch.zeros(batch, recipe.latent.size, requires_grad=True)

    def encoded() -> Tensor:
        posterior = vae.encode(inputs, torch.full((batch,), converter.steps))
        return posterior.mean + posterior.stddev

    counted = torch_counts(encoded, backwards=True)
    counted += torch_counts(lambda: decoded(vae, targets, z), backwards=True)

    assert counted - batch * of_data(recipe, converter) == products_of(recipe, converter).training_step(batch)


@pytest.mark.parametrize("model", [GROOVE, MELODY, TWO_LAYERS], ids=["groove", "melody", "sixteen bars, flat"])
@settings(max_examples=2, deadline=None)
@given(decoder=sizes, count=st.integers(1, 3))
def test_sampling_has_the_products_that_torch_counts(model, decoder, count):
    recipe = small(*model, [2], decoder, [2])
    converter = gen.build_converter(recipe)
    vae = gen.build_model(recipe)
    targets = torch.zeros(count, converter.steps, converter.output_depth)

    with torch.no_grad():
        counted = torch_counts(lambda: unrolled(vae.decoder, targets, vae.prior(count)), backwards=False)

    assert counted == products_of(recipe, converter).sampling(count)


def test_a_product_backwards_takes_one_for_the_weights_and_one_for_what_needs_a_gradient():
    product = Product(rows=5, inputs=3, outputs=2, needed=5)

    assert product.forwards == 60
    assert product.training == 60 + 60 + 20
    assert product.times(4).training == 4 * product.training


@pytest.mark.parametrize(
    ("name", "overrides", "message"),
    [
        ("nade-drums_2bar_full", [], "outputs: nade isn't counted"),
        ("hier-mel_16bar", [], "only bilstm is counted"),
        ("groovae_4bar", ["decoder.residual=true"], "residual: True isn't counted"),
        ("hierdec-mel_16bar", ["decoder.autoregressive=[0]"], r"autoregressive: \(0,\) isn't counted"),
        ("hier-multiperf_vel_1bar_med", [], "vary in length|is counted"),
    ],
)
def test_what_cannot_be_counted_is_refused(name, overrides, message):
    recipe = gen.load_recipe(name, overrides)

    with pytest.raises(ValueError, match=message):
        products_of(recipe, gen.build_converter(recipe))
