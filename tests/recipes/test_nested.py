"""Components inside components, and what gen gives to each."""

from __future__ import annotations

import pytest

import gen
from gen.errors import RecipeError
from gen.recipes import construct
from gen.recipes.sections import Component

GIVEN = {"latent_size": 64, "output_depth": 27, "control_depth": 0, "steps": 64}


def decoder(write, good, text):
    return gen.load_recipe(write(good.replace("{type: sized, width: 16}", text))).decoder


def test_a_constructor_gets_of_what_gen_gives_what_it_has_a_place_for(write, good):
    built = construct("decoder", gen.load_recipe(write(good)).decoder, **GIVEN)

    assert (built.width, built.latent_size) == (16, 64)
    assert construct("decoder", Component("plain"), **GIVEN) is not None


def test_a_component_inside_gets_the_same_and_a_factory_what_its_owner_gives(write, good):
    found = decoder(write, good, "{type: owner, core: {type: sized, width: 3}, maker: {type: sized, width: 5}}")

    built = construct("decoder", found, **GIVEN)

    assert (built.core.width, built.core.latent_size) == (3, 64)
    assert (built.made.width, built.made.latent_size) == (5, 7)


def test_a_list_of_components_is_constructed(write, good):
    built = construct("decoder", decoder(write, good, "{type: owner, core: plain, parts: [sized, plain]}"), **GIVEN)

    assert [type(part).__name__ for part in built.parts] == ["Sized", "Plain"]


def test_mistakes_inside_are_placed_where_they_are(write, good):
    with pytest.raises(RecipeError) as caught:
        decoder(write, good, "{type: owner, core: {type: szed}, parts: [{type: sized, wdth: 3}]}")

    assert caught.value.problems == [
        "r.yaml:6:37: decoder.core.type: no decoder named 'szed'; did you mean 'sized'? "
        "(available: owner, plain, sized)",
        "r.yaml:6:66: decoder.parts[0].wdth: 'sized' takes no 'wdth'; did you mean 'width'?",
    ]


def test_a_value_that_a_constructor_refuses_is_placed_where_it_was_written(write, good):
    recipe = gen.load_recipe(write(good.replace("width: 16", "width: -1").replace("bars: 4", "bars: 0")))

    with pytest.raises(RecipeError, match=r"^r\.yaml:6:31: decoder\.width: width must be at least 1, got -1$"):
        construct("decoder", recipe.decoder, **GIVEN)
    with pytest.raises(RecipeError, match=r"^r\.yaml:2:32: converter\.bars: bars must be at least 1, got 0$"):
        construct("converter", recipe.converter, mode="train")
    with pytest.raises(RecipeError, match=r"^decoder 'sized': width must be"):
        construct("decoder", Component("sized", {"width": 0}), **GIVEN)


def test_a_converter_is_told_its_mode(write, good):
    assert construct("converter", gen.load_recipe(write(good)).converter, mode="train").mode == "train"
