"""Decoders that know what they can say, held against what a converter's columns are."""

from __future__ import annotations

import types

import pytest
import torch
from torch import nn

import gen
import gen.testing
from gen.errors import RecipeError
from gen.model.build import build_model

SMALL = ["encoder.sizes=[8]", "decoder.sizes=[8]", "latent.size=4"]


@pytest.mark.parametrize(
    ("recipe", "overrides", "said"),
    [
        ("cat-drums_2bar_tiny", ["converter.roll_output=true"], "steps are 9 flags, and it says one class a step"),
        ("drums_4bar", ["decoder={type: flat}"], "9 flags, 9 numbers and 9 numbers, and it says one class"),
        (
            "flat-trio_4bar_tiny",
            ["decoder={type: flat, outputs: categorical, depths: null}"],
            "class of 90, one class of 90 and one class of 512.*multi",
        ),
        ("cat-mel_2bar_tiny", ["decoder={type: groove}"], "one class of 90, and it says hits"),
        (
            "flat-trio_4bar_tiny",
            ["decoder={type: flat, outputs: multi, depths: [80, 100, 512]}"],
            "stream 0 of depths .80, 100, 512. ends within one class of 90",
        ),
        (
            "hierdec-drums_2bar_tiny",
            ["converter.roll_output=true"],
            "converter 'drums' are not what decoder 'hierarchical' says: steps are 9 flags",
        ),
    ],
)
def test_steps_that_a_decoder_cannot_say_are_refused_before_a_training(recipe, overrides, said):
    found = gen.load_recipe(recipe, overrides)
    with torch.device("meta"), pytest.raises(RecipeError, match=said):
        build_model(found)


class Asks(gen.Decoder):
    """A stranger's: it looks at the layout, and declares nothing."""

    def __init__(self, *, output_depth: int, latent_size: int, layout: gen.Layout | None = None) -> None:
        super().__init__()
        self.layout = layout
        self.linear = nn.Linear(latent_size, output_depth)

    def forward(self, targets, lengths, z, controls=None, *, feedback=0.0, generator=None):
        raise NotImplementedError

    def sample(self, z, steps, *, controls=None, temperature=1.0, generator=None):
        raise NotImplementedError


def test_a_decoder_that_has_a_place_for_it_is_given_the_layout_and_any_steps():
    plugin = types.SimpleNamespace(register_decoders=gen.hookimpl(lambda: {"asks": Asks}))
    with gen.testing.plugins(plugin):
        recipe = gen.load_recipe("cat-drums_2bar_tiny", ["converter.roll_output=true", "decoder={type: asks}"])
        model = build_model(recipe)
    assert model.decoder.layout == gen.model.build.build_converter(recipe).layout
    assert model.decoder.layout.outputs[0].width == 9
