"""The recipes that come with gen: they check, they open with what a reader wants to know, and they run without data."""

from __future__ import annotations

import re

import pytest
from recipe_table import PAGE, cost, model_without_memory, opening, page

import gen
from gen.cli import main
from gen.recipes.find import shipped

RECIPES = shipped()
PAIRS = [name for name in RECIPES if name.startswith("flat-") and name.endswith("_matched")]
OWN_PAIRS = [name for name in RECIPES if name.endswith(("_16bar_flat", "_16bar_flat_sharpened"))]


def test_gen_recipes_check_finds_nothing_wrong(capsys):
    assert main(["recipes", "check", *RECIPES]) == 0
    assert capsys.readouterr().out.count(": fine, ") == len(RECIPES) > 60


@pytest.mark.parametrize(("name", "path"), RECIPES.items(), ids=RECIPES)
def test_a_recipe_opens_with_its_command_what_it_is_and_what_it_costs(name, path):
    lines = opening(path)
    assert re.fullmatch(rf"gen train recipes/{re.escape(name)}\.yaml( --data ~/midi)?", lines[0])
    assert lines[1] == ""
    assert len(" ".join(lines[2:]).partition("Cost:")[0]) > 30
    parameters, more = cost(path)
    assert parameters == f"{model_without_memory(name).parameter_count():,}"
    assert more
    assert gen.load_recipe(name).description


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_runs_without_data_of_ones_own(name):
    data = gen.load_recipe(name).data
    assert data.source.arguments.get("path") is None
    assert data.fallback is not None
    assert data.fallback.type == "demo"


@pytest.mark.parametrize("name", RECIPES)
def test_who_needs_data_says_so_in_the_command(name):
    assert opening(RECIPES[name])[0].endswith("--data ~/midi") == (gen.load_recipe(name).data.source.type == "folder")


@pytest.mark.parametrize("flat", [*PAIRS, *OWN_PAIRS])
def test_a_matched_pair_differs_in_its_decoder_alone(flat):
    hierarchical = flat.replace("flat-", "hierdec-").replace("_flat", "_hierarchical")
    one, other = gen.load_recipe(flat), gen.load_recipe(hierarchical)
    assert (one.data, one.converter, one.encoder, one.latent, one.training) == (
        other.data,
        other.converter,
        other.encoder,
        other.latent,
        other.training,
    )
    counts = [
        sum(weight.numel() for weight in model_without_memory(name).decoder.parameters() if weight.requires_grad)
        for name in (flat, hierarchical)
    ]
    assert counts[0] == pytest.approx(counts[1], rel=0.05)


def test_melodies_drums_and_trios_of_sixteen_bars_have_matched_pairs_of_both_sizes():
    parts = ("mel", "drums", "trio")
    assert {f"flat-{part}_16bar{size}_matched" for part in parts for size in ("", "_small")} == set(PAIRS)
    own = {f"{part}_16bar_flat{then}" for part in ("melody", "drums", "trio") for then in ("", "_sharpened")}
    assert own == set(OWN_PAIRS)


def test_the_table_in_the_documentation_is_that_of_today():
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python tests/support/recipe_table.py"
