"""The traps of YAML, each shut."""

from __future__ import annotations

import math

import pytest

from gen.errors import RecipeError
from gen.recipes.tree import Node, parse


def plain(node: Node):
    if isinstance(node.value, dict):
        return {key: plain(value) for key, value in node.value.items()}
    if isinstance(node.value, list):
        return [plain(value) for value in node.value]
    return node.value


VALUES = {
    "1e-3": 1e-3,
    "1E5": 1e5,
    "1.": 1.0,
    ".5": 0.5,
    "-.5e+2": -50.0,
    "-.inf": -math.inf,
    "010": 10,
    "+7": 7,
    "0x1F": 31,
    "0o17": 15,
    "no": "no",
    "yes": "yes",
    "on": "on",
    "off": "off",
    "y": "y",
    "True": True,
    "false": False,
    "tRue": "tRue",
    "4:4": "4:4",
    "1_000": "1_000",
    "0b1": "0b1",
    "2026-01-01": "2026-01-01",
    "~": None,
    "null": None,
    "": None,
    "=": "=",
    "nan": "nan",
    "inf": "inf",
    "1e": "1e",
    "'512'": "512",
    "!!str 512": "512",
    "!!float 1": 1.0,
}


@pytest.mark.parametrize(("text", "value"), VALUES.items(), ids=VALUES.keys())
def test_scalars_follow_the_core_schema_of_yaml_1_2(text, value):
    node = parse(f"key: {text}\n", "f.yaml")

    assert node is not None
    found = node.entries["key"].value
    assert found == value
    assert type(found) is type(value)


def test_not_a_number_is_a_number():
    node = parse("key: .nan", "f.yaml")

    assert node is not None
    assert math.isnan(node.entries["key"].value)


def test_keys_that_look_like_booleans_are_text():
    node = parse("on: 1\nno: 2\n", "f.yaml")

    assert node is not None
    assert plain(node) == {"on": 1, "no": 2}


BAD = {
    "a repeated key": ("a: 1\nb: 2\na: 3", "f.yaml:3:1: 'a' is given twice, first at f.yaml:1:1"),
    "a repeated key inside": ("a: {b: 1, b: 2}", "f.yaml:1:11: 'b' is given twice, first at f.yaml:1:5"),
    "a number for a key": ("1: a", "f.yaml:1:1: a key must be text, not '1'"),
    "a list for a key": ("[a]: b", "f.yaml:1:1: a key must be text, not a list or mapping"),
    "a python object": ("a: !!python/object/apply:os.system [ls]", "f.yaml:1:4: unknown tag '!!python/object/apply"),
    "an unknown tag": ("a: !thing 3", "f.yaml:1:4: unknown tag '!thing'"),
    "binary": ("a: !!binary aGk=", "f.yaml:1:4: unknown tag '!!binary'"),
    "a set": ("a: !!set {b}", "f.yaml:1:4: unknown tag '!!set'"),
    "a forced number": ("a: !!int 5.5", "f.yaml:1:4: '5.5' is not a usable int"),
    "a huge float": ("a: 1e999", "f.yaml:1:4: '1e999' is not a usable float"),
    "a second document": ("a: 1\n---\nb: 2", "f.yaml:2:1: a second document starts here"),
    "an open bracket": ("a: [1,", "f.yaml:1:7: not valid YAML: "),
    "a tab": ("a:\n\tb: 1", "f.yaml:2:1: not valid YAML: "),
    "an unknown alias": ("a: *b", "f.yaml:1:4: not valid YAML: found undefined alias 'b'"),
    "a control character": ("a: 1\nb: \x07", "f.yaml:2:4: character U+0007 is not allowed"),
    "an alias of itself": ("a: &x [*x]", "nested more than 50 deep"),
    "a deep nest": ("[" * 30_000, "nested more than 50 deep"),
    "a hundred brackets": ("[" * 100 + "]" * 100, "nested more than 50 deep"),
}


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD.keys())
def test_bad_text_is_refused_with_its_place(text, message):
    with pytest.raises(RecipeError) as caught:
        parse(text, "f.yaml")

    assert message in caught.value.problems[0]


def test_a_billion_laughs_stop_early():
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]

    with pytest.raises(RecipeError, match="more than 20000 values, counting those that aliases repeat"):
        parse("\n".join(lines), "f.yaml")


def test_an_alias_means_the_same_value():
    node = parse("a: &sizes [256, 256]\nb: *sizes", "f.yaml")

    assert node is not None
    assert plain(node) == {"a": [256, 256], "b": [256, 256]}


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n"])
def test_nothing_at_all_is_none_or_null(text):
    node = parse(text, "f.yaml")

    assert node is None or node.value is None


def test_every_problem_of_a_file_is_reported_at_once():
    with pytest.raises(RecipeError) as caught:
        parse("a: !x 1\n2: 3\nb: 1\nb: 2\n", "f.yaml")

    assert len(caught.value.problems) == 3
