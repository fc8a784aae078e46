"""A recipe laid on another, and the command line on both."""

from __future__ import annotations

import pytest

import gen
from gen.errors import RecipeError


def test_a_base_is_merged_key_by_key(write, good):
    write(good, "base.yaml")
    recipe = gen.load_recipe(write("base: base.yaml\nconverter: {swing: 0.1}\ntraining: {steps: 3}\n"))

    assert recipe.converter.arguments["bars"] == 4
    assert recipe.converter.arguments["swing"] == 0.1
    assert (recipe.training.batch_size, recipe.training.steps) == (32, 3)
    assert recipe.encoder.arguments["sizes"] == (512,)


def test_lists_are_replaced_not_joined(write, good):
    write(good, "base.yaml")
    recipe = gen.load_recipe(write("base: base.yaml\nencoder: {sizes: [3]}\n"))

    assert recipe.encoder.arguments["sizes"] == (3,)


@pytest.mark.parametrize("decoder", ["{type: plain}", "plain"])
def test_a_changed_type_drops_the_bases_arguments(write, good, decoder):
    write(good, "base.yaml")
    recipe = gen.load_recipe(write(f"base: base.yaml\ndecoder: {decoder}\n"))

    assert recipe.decoder.type == "plain"
    assert recipe.decoder.arguments == {}


def test_the_same_type_keeps_the_bases_arguments(write, good):
    write(good, "base.yaml")

    assert gen.load_recipe(write("base: base.yaml\ndecoder: {type: sized}\n")).decoder.arguments["width"] == 16


def test_name_and_description_are_a_files_own(write, good):
    write("name: parent\ndescription: of the parent\n" + good, "base.yaml")
    recipe = gen.load_recipe(write("base: base.yaml\n", "my child.yaml"))

    assert (recipe.name, recipe.description) == ("my-child", "")


def test_a_base_is_looked_for_beside_the_file_and_may_have_a_base_itself(write, good):
    write(good, "sub/a.yaml")
    write("base: a.yaml\nlatent: {size: 7}\n", "sub/b.yaml")
    recipe = gen.load_recipe(write("base: sub/b.yaml\nlatent: {max_beta: 0.5}\n"))

    assert (recipe.latent.size, recipe.latent.max_beta, recipe.latent.free_bits) == (7, 0.5, 48.0)


def test_a_problem_in_a_base_is_placed_in_the_base(write, good):
    write(good.replace("width: 16", "wdth: 16"), "base.yaml")

    with pytest.raises(RecipeError) as caught:
        gen.load_recipe(write("base: base.yaml\nlatent: {sze: 3}\n"))

    assert caught.value.problems == [
        "base.yaml:6:24: decoder.wdth: 'sized' takes no 'wdth'; did you mean 'width'?",
        "r.yaml:2:10: latent.sze: 'latent' takes no 'sze'; did you mean 'size'?",
    ]


def test_a_circle_of_bases_is_refused(write):
    write("base: b.yaml\n", "a.yaml")
    write("base: r.yaml\n", "b.yaml")

    with pytest.raises(RecipeError, match=r"b\.yaml:1:7: base: goes round in a circle: r\.yaml → a\.yaml → b\.yaml"):
        gen.load_recipe(write("base: a.yaml\n"))


@pytest.mark.parametrize(
    ("base", "message"), [("nope.yaml", "base: no recipe at nope.yaml"), ("3", "expected the path or the name")]
)
def test_a_base_that_cannot_be_is_placed(write, base, message):
    with pytest.raises(RecipeError, match=message) as caught:
        gen.load_recipe(write(f"base: {base}\n"))

    assert caught.value.problems[0].startswith("r.yaml:1:7: base: ")


def test_overrides_win_and_the_last_of_two_wins(write, good):
    recipe = gen.load_recipe(write(good), ["latent.size=1", "latent.size=2", "training.learning_rate=1e-4"])

    assert recipe.latent.size == 2
    assert recipe.training.learning_rate == 1e-4


def test_the_value_of_an_override_is_yaml(write, good):
    recipe = gen.load_recipe(
        write(good), ["encoder.sizes=[1, 2]", "converter={bars: 3}", "data.fallback=", "converter.label=no"]
    )

    assert recipe.encoder.arguments["sizes"] == (1, 2)
    assert recipe.converter.arguments["bars"] == 3
    assert recipe.converter.arguments["label"] == "no"
    assert recipe.data.fallback is None


@pytest.mark.parametrize(
    "overrides",
    [
        ["decoder.type=owner", "decoder.core=plain"],
        ["decoder.core=plain", "decoder.type=owner"],
        ["decoder.core=plain", "decoder=owner"],
        ["decoder=owner", "decoder.core=plain"],
    ],
)
def test_a_changed_type_and_its_arguments_may_come_in_any_order(write, good, overrides):
    recipe = gen.load_recipe(write(good), overrides)

    assert recipe.decoder.type == "owner"
    assert recipe.decoder.arguments["core"].type == "plain"
    assert "width" not in recipe.decoder.arguments


def test_an_option_of_a_source_written_as_a_bare_name_can_be_overridden(write, good):
    source = gen.load_recipe(write(good), ["data.source.path=/somewhere"]).data.source

    assert (source.type, source.arguments["path"]) == ("folder", "/somewhere")


def test_an_option_of_a_fallback_written_as_a_bare_name_can_be_overridden(write, good):
    fallback = gen.load_recipe(write(good), ["data.fallback.path=/somewhere"]).data.fallback

    assert (fallback.type, fallback.arguments["path"]) == ("demo", "/somewhere")
