"""Whatever is wrong with a recipe is said at once, with its place and what was probably meant."""

from __future__ import annotations

import pytest

import gen
from gen.errors import RecipeError, UnknownNameError


def problems(path, *overrides: str) -> list[str]:
    with pytest.raises(RecipeError) as caught:
        gen.load_recipe(path, overrides)
    assert str(caught.value) == "\n".join(caught.value.problems)
    return caught.value.problems


def test_six_mistakes_give_six_problems(write):
    path = write(
        """\
data: {source: foldr}
converter: {type: table, bras: 4, swing: fast}
encoder:
  type: reader
  sizes: 512
decoder: {type: sized, latent_size: 3}
training: {batch_size: 0}
"""
    )

    assert problems(path) == [
        "r.yaml:1:16: data.source.type: no dataset named 'foldr'; did you mean 'folder'? (available: demo, folder)",
        "r.yaml:2:26: converter.bras: 'table' takes no 'bras'; did you mean 'bars'?",
        "r.yaml:2:42: converter.swing: expected float, got 'fast' (str)",
        "r.yaml:5:10: encoder.sizes: expected list of int, got 512 (int)",
        "r.yaml:6:24: decoder.latent_size: 'latent_size' is given by gen itself and can't be set; remove it",
        "r.yaml:7:24: training.batch_size: batch_size must be at least 1, got 0",
    ]


REPLACED = {
    "true for an int": ("bars: 4", "bars: true", "converter.bars: expected int, got true (bool)"),
    "text for an int": ("bars: 4", "bars: '4'", "converter.bars: expected int, got '4' (str)"),
    "float for an int": ("bars: 4", "bars: 4.0", "converter.bars: expected int, got 4.0 (float)"),
    "true for a float": ("bars: 4", "swing: true", "converter.swing: expected float, got true (bool)"),
    "no for a bool": ("bars: 4", "loud: no", "converter.loud: expected bool, got 'no' (str)"),
    "number for text": ("bars: 4", "label: 3", "converter.label: expected str, got 3 (int)"),
    "null for an int": ("bars: 4", "bars: null", "converter.bars: expected int, got null"),
    "mapping for an int": ("bars: 4", "bars: {a: 1}", "converter.bars: expected int, got a mapping"),
    "text for int or null": ("bars: 4", "hop: two", "converter.hop: expected int or null, got 'two' (str)"),
    "a misspelt choice": ("bars: 4", "scheme: rolnad", "got 'rolnad' (str); did you mean 'roland'?"),
    "text in a list of lists": (
        "bars: 4",
        "scheme: [[1, two]]",
        "converter.scheme[0][1]: expected int, got 'two' (str)",
    ),
    "a pair of three": ("bars: 4", "pair: [1, 2, 3]", "converter.pair: expected list of 2 (int, float), got 3 items"),
    "a huge int for a float": ("bars: 4", f"swing: 1{'0' * 400}", "converter.swing: too large a number"),
    "true in a list": ("[512]", "[512, true]", "encoder.sizes[1]: expected int, got true (bool)"),
    "mode, which gen gives": ("bars: 4", "mode: train", "'mode' is given by gen itself"),
    "a component as a list": ("{type: sized, width: 16}", "[sized]", "decoder: expected a component such as"),
    "a component without type": ("type: sized, ", "", "decoder: has no type (available: owner, plain, sized)"),
    "a component of type 3": ("type: sized", "type: 3", "expected the name of a decoder, got 3 (int)"),
    "a required argument": ("  sizes: [512]\n", "", "encoder: 'reader' needs 'sizes' (list of int)"),
    "a missing section": ("encoder:\n  type: reader\n  sizes: [512]\n", "", "a recipe needs 'encoder' (a component)"),
    "an unknown section": ("latent:", "latnet:", "latnet: a recipe takes no 'latnet'; did you mean 'latent'?"),
    "a list for a section": ("{size: 64, free_bits: 48}", "[64]", "latent: expected a mapping, got a list"),
    "an unknown fallback": (
        "fallback: demo",
        "fallback: dmo",
        "data.fallback.type: no dataset named 'dmo'; did you mean",
    ),
    "a fallback's argument": (
        "fallback: demo",
        "fallback: {type: demo, pth: x}",
        "data.fallback.pth: 'demo' takes no 'pth'; did you mean 'path'?",
    ),
    "a fallback's value": (
        "fallback: demo",
        "fallback: {type: demo, verify: 3}",
        "r.yaml:1:55: data.fallback.verify: expected bool, got 3 (int)",
    ),
    "a list for a fallback": ("fallback: demo", "fallback: [demo]", "data.fallback: expected a component such as"),
    "windows without bars": ("fallback: demo", "windows: tfds", "data.windows: windows 'tfds' needs window_bars"),
    "an argument of plain": ("{type: sized, width: 16}", "{type: plain, x: 1}", "'plain' takes no 'x' (it takes: not"),
    "origin": ("latent:", "origin: here\nlatent:", "'origin' is given by gen itself"),
    "a bad name": ("latent:", "name: a b\nlatent:", "name: name must be letters"),
    "a negative rate": ("learning_rate: 1e-3", "learning_rate: -1", "training.learning_rate: learning_rate must be"),
    "free_bits not a number": ("free_bits: 48", "free_bits: .nan", "latent.free_bits: .nan is no number to go by"),
    "plugins as text": ("latent:", "plugins: new\nlatent:", "plugins: expected a mapping of project names"),
    "a merge key": ("latent:", "<<: {a: 1}\nlatent:", "<<: a recipe takes no '<<'"),
}


@pytest.mark.parametrize(("old", "new", "message"), REPLACED.values(), ids=REPLACED.keys())
def test_one_mistake_is_one_problem(write, good, old, new, message):
    assert old in good

    found = problems(write(good.replace(old, new)))

    assert len(found) == 1
    assert message in found[0]
    assert found[0].startswith("r.yaml:")


def test_an_int_is_fine_for_a_float(write, good):
    recipe = gen.load_recipe(write(good.replace("bars: 4", "swing: 1")))

    assert recipe.converter.arguments["swing"] == 1.0
    assert type(recipe.converter.arguments["swing"]) is float


def test_several_ranges_of_one_section_are_reported_together(write, good):
    found = problems(write(good.replace("batch_size: 32", "batch_size: 0, steps: -1, decay_rate: 2")))

    assert [problem.split(": ")[1] for problem in found] == [
        "training.batch_size",
        "training.steps",
        "training.decay_rate",
    ]


def test_overrides_are_checked_alike_and_name_the_command_line(write, good):
    found = problems(write(good), "training.batch_sze=3", "latent.size=big", "oops", "=3", "a..b=1", "decoder.width=[")

    assert found[:3] == [
        "command line: 'oops' is not of the form key.path=value",
        "command line: '=3' is not of the form key.path=value",
        "command line: 'a..b=1' is not of the form key.path=value",
    ]
    assert found[3].startswith("command line: decoder.width: not valid YAML")
    assert problems(write(good), "training.batch_sze=3", "latent.size=big") == [
        "command line: latent.size: expected int, got 'big' (str)",
        "command line: training.batch_sze: 'training' takes no 'batch_sze'; did you mean 'batch_size'?",
    ]


@pytest.mark.parametrize("key", ["base", "plugins"])
def test_what_speaks_of_a_file_cannot_be_overridden(write, good, key):
    assert problems(write(good), f"{key}=x") == [f"command line: {key}: can't be set here, only in a file"]


FILES = {
    "empty": ("", "r.yaml: is empty"),
    "a comment": ("# nothing\n", "r.yaml: is empty"),
    "a list": ("- 1\n", "r.yaml:1:1: a recipe is a mapping"),
    "text": ("hello\n", "r.yaml:1:1: a recipe is a mapping"),
    "null": ("---\n", "a recipe is a mapping"),
    "too large": ("#" * (1 << 20) + "\na: 1", "r.yaml: larger than 1 MiB"),
}


@pytest.mark.parametrize(("text", "message"), FILES.values(), ids=FILES.keys())
def test_a_file_that_is_no_recipe_says_so(write, text, message):
    assert message in problems(write(text))[0]


def test_a_file_that_is_not_text_says_so(write, good):
    path = write(good)
    path.write_bytes(b"name: \xff\xfe")

    assert problems(path) == ["r.yaml: not UTF-8 text (byte 6)"]


def test_an_unknown_name_is_answered_with_the_nearest(write):
    write("")
    with pytest.raises(UnknownNameError, match="no recipe named 'groovae_4bra'; did you mean 'groovae_4bar'"):
        gen.load_recipe("groovae_4bra")
    with pytest.raises(UnknownNameError, match=r"no recipe at rr\.yaml; did you mean 'r\.yaml'"):
        gen.load_recipe("rr.yaml")
    with pytest.raises(UnknownNameError, match=r"no recipe at x/groovae_4bar\.yaml; did you mean the shipped recipe"):
        gen.load_recipe("x/groovae_4bar.yaml")
