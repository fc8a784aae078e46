"""A saved recipe loads again to an equal one, whatever is in it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gen
from gen.recipes import resolved_yaml
from gen.recipes.resolved import versions

# what no path may hold is refused (tests/recipes/test_values.py)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30) | st.sampled_from(
    [
        "1e-3",
        "no",
        "010",
        "null",
        "~",
        "0x1F",
        ".inf",
        "true",
        "a: b",
        "- x",
        "# c",
        " lead",
        "",
        "4:4",
        "=",
        "!x",
        "&a",
    ]
)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
FINITE = st.floats(min_value=1e-12, max_value=1e12)


@st.composite
def recipes(draw) -> str:
    """The text of a recipe in JSON, which is YAML too."""
    scheme = st.sampled_from(["roland", "reduced"]) | st.lists(st.lists(st.integers(0, 127), max_size=3), max_size=3)
    sized = st.fixed_dictionaries({"type": st.just("sized")}, optional={"width": st.integers(1, 99)})
    owner = st.fixed_dictionaries(
        {"type": st.just("owner"), "core": sized}, optional={"maker": sized, "parts": st.lists(sized, max_size=2)}
    )
    content = {
        "description": draw(TEXT),
        "data": draw(
            st.fixed_dictionaries(
                {"source": st.fixed_dictionaries({"type": st.just("folder")}, optional={"path": TEXT})},
                optional={
                    "fallback": st.sampled_from(["demo", None])
                    | st.fixed_dictionaries({"type": st.just("demo")}, optional={"path": TEXT, "verify": st.booleans()})
                },
            )
        ),
        "converter": draw(
            st.fixed_dictionaries(
                {"type": st.just("table")},
                optional={
                    "bars": st.integers(1),
                    "swing": FLOATS,
                    "loud": st.booleans(),
                    "label": TEXT,
                    "scheme": scheme,
                    "hop": st.none() | st.integers(),
                    "pair": st.tuples(st.integers(), FLOATS).map(list),
                    "words": st.none() | st.lists(TEXT, max_size=3),
                },
            )
        ),
        "encoder": {"type": "reader", "sizes": draw(st.lists(st.integers(), max_size=3))},
        "decoder": draw(sized | owner | st.just({"type": "plain"})),
        "latent": draw(st.fixed_dictionaries({}, optional={"size": st.integers(1), "free_bits": FINITE})),
        "training": draw(st.fixed_dictionaries({}, optional={"steps": st.integers(1), "grad_clip": FINITE})),
    }
    return yaml.dump(content, Dumper=_Quoting, allow_unicode=False)


class _Quoting(yaml.SafeDumper):
    """Quotes every text, so that the input doesn't rest on the rules under test."""

    def ignore_aliases(self, data: object) -> bool:
        return True


_Quoting.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(recipes())
def test_a_resolved_recipe_loads_again_to_an_equal_one(text):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "written.yaml"
        path.write_text(text, encoding="utf-8")
        recipe = gen.load_recipe(path)
        saved = Path(folder) / "saved.yaml"
        saved.write_bytes(resolved_yaml(recipe).encode())

        again = gen.load_recipe(saved)

    assert again == recipe
    assert resolved_yaml(again).partition("\n")[2] == resolved_yaml(recipe).partition("\n")[2]


def test_every_default_is_written_out(write, good):
    text = resolved_yaml(gen.load_recipe(write(good)))

    content = yaml.safe_load(text)
    assert content["converter"]["swing"] == 0.5
    assert content["training"]["keep_checkpoints"] == 3
    assert content["data"]["source"] == {"type": "folder", "path": None, "verify": True}
    assert content["data"]["fallback"] == {"type": "demo", "path": None, "verify": True}
    assert content["plugins"] == {"gen-music": gen.__version__}


def test_a_run_is_loaded_by_its_folder_and_keeps_its_name(write, good):
    recipe = gen.load_recipe(write(good, "first.yaml"))
    write(resolved_yaml(recipe), "runs/first-1/recipe.yaml")

    assert gen.load_recipe("runs/first-1") == recipe


def test_versions_name_the_projects_behind_the_components(write, good):
    assert versions(gen.load_recipe(write(good))) == {"gen-music": gen.__version__}
