"""Whose fault something is: a plugin's that isn't here, one's whose code raises, one's whose code changed."""

from __future__ import annotations

import inspect

import pytest

import gen
import gen.testing
from gen.cli import explain, main
from gen.data.conversion import cut
from gen.data.provenance import state_of
from gen.errors import RecipeError
from gen.model.build import build_source
from gen.recipes import resolved_yaml
from gen.recipes.parts import parts
from gen.registry import Registry, installed, registry, using
from gen.testing.checks import Checks, skipped
from gen.testing.parts import updates

SOURCE = """
import gen
from gen.interfaces import Observer, Schedule
from gen.recipes.sections import Component

@gen.hookimpl
def register_schedules(): return {"mine": Mine}

class Mine(Schedule):
    def __init__(self, then: Schedule | None = None) -> None:
        self.then = then

    def share(self, step, steps):
        raise KeyError("no share")
"""


@pytest.fixture
def mine(install):
    install("mine", "from __future__ import annotations\n" + SOURCE, version="0.3")
    with using(Registry(installed(), strict=True)):
        yield


def test_a_component_inside_another_is_one_of_the_recipes(mine):
    recipe = gen.load_recipe("cat-drums_2bar_tiny", ["training.schedule={type: warm_up, then: mine}"])
    found = [(kind, component.type) for kind, component in parts(recipe)]
    assert found[-2:] == [("schedule", "warm_up"), ("schedule", "mine")]
    assert "gen-mine: 0.3" in resolved_yaml(recipe).replace("'", "")


def test_a_run_whose_plugin_is_not_here_says_which_project_and_version(mine, tmp_path):
    recipe = gen.load_recipe("cat-drums_2bar_tiny", ["training.schedule={type: warm_up, then: mine}"])
    text = resolved_yaml(recipe).replace("gen-mine: ", "gen-absent: ")
    (tmp_path / "recipe.yaml").write_text(text)
    with (
        using(Registry([source for source in installed() if source.name != "mine"])),
        pytest.raises(RecipeError) as caught,
    ):
        gen.load_recipe(tmp_path / "recipe.yaml")
    absent = next(line for line in caught.value.problems if "gen-absent" in line)
    assert absent.endswith(
        "plugins: gen-absent 0.3, which it was made with, isn't installed: pip install 'gen-absent==0.3'"
    )


def test_a_recipe_that_loads_asks_for_nothing(tmp_path):
    text = resolved_yaml(gen.load_recipe("cat-drums_2bar_tiny")) + "  gen-absent: 0.3.1\n"
    (tmp_path / "recipe.yaml").write_text(text)
    assert gen.load_recipe(tmp_path / "recipe.yaml").converter.type == "drums"


def test_an_exception_in_a_plugins_code_names_it_and_its_file(mine):
    with pytest.raises(KeyError) as caught:
        registry().find("schedule", "mine")().share(0, 1)
    told = " ".join(explain(caught.value).split())
    assert "this is a fault of plugin 'mine' (gen-mine 0.3), " in told
    assert "gen_mine.py:15: rerun with --debug" in told


def test_an_exception_in_gens_own_code_blames_nobody():
    with pytest.raises(AttributeError) as caught:
        cut(None, None, None)
    assert "this is a fault of gen or of a plugin: rerun with --debug" in " ".join(explain(caught.value).split())


def test_the_code_of_a_component_inside_another_is_part_of_what_examples_depend_on(install):
    install(
        "inner",
        "from __future__ import annotations\nimport gen\nfrom gen_datasets.demo.source import Demo\n"
        "@gen.hookimpl\ndef register_datasets(): return {'around': Around}\n"
        "class Around(Demo):\n    def __init__(self, inside: gen.DatasetSource) -> None:\n"
        "        super().__init__(clips=1)\n",
    )
    with using(Registry(installed(), strict=True)):
        words = ["data={source: {type: around, inside: demo}, fallback: null}"]
        recipe = gen.load_recipe("cat-drums_2bar_tiny", words)
        state = state_of(recipe, recipe.data.source, build_source(recipe.data.source))
    assert {"code of gen_inner", "code of gen_datasets", "code of gen_converters"} <= set(state)


@pytest.mark.parametrize(("metre", "beats"), [("3-4", 3), ("3/4", 3), (" 6 / 8 ", 6), ("", 4)])
def test_a_metre_in_metadata_may_be_written_either_way(monkeypatch, metre, beats):
    seen = []
    monkeypatch.setattr("gen.data.conversion.tfds_windows", lambda notes, bars, bpm, given: seen.append(given) or [])
    data = gen.load_recipe("groovae_4bar", ["data={windows: tfds, window_bars: 2}"]).data
    cut(gen.NoteSequence(), gen.Item("a", "train", b"", {"time_signature": metre, "bpm": ""}), data)
    assert seen == [beats]


@pytest.mark.parametrize(("name", "value"), [("time_signature", "waltz"), ("time_signature", "4"), ("bpm", "quick")])
def test_metadata_that_cannot_be_read_is_told_with_the_items_name(name, value):
    data = gen.load_recipe("groovae_4bar", ["data={windows: tfds, window_bars: 2}"]).data
    with pytest.raises(ValueError, match=f"one.mid has the metadata {name} '{value}'"):
        cut(gen.NoteSequence(), gen.Item("one.mid", "train", b"", {name: value}), data)


def test_what_was_skipped_and_not_left_out_fails_where_that_is_asked_for(capsys):
    assert main(["plugins", "check", "cosine", "--kind", "schedule", "--strict"]) == 0
    assert main(["plugins", "check", "lstm", "--kind", "encoder", "--strict", "sizes=[4]"]) == 1
    elsewhere = ["--leave-out", "cuda", "bfloat16", "float64"]  # which not every machine can check
    assert main(["plugins", "check", "lstm", "sizes=[4]", "--kind", "encoder", "--strict", *elsewhere]) == 0
    assert main(["plugins", "check", "cosine", "--leave-out", "nonsense"]) == 2
    assert "--leave-out: names no such check: nonsense" in capsys.readouterr().err


def test_green_that_means_little_says_so(capsys, monkeypatch):
    checks: Checks[object] = Checks()
    for name in ("one", "two"):
        probe = lambda subject: skipped("no reason")  # noqa: E731
        probe.__name__ = name
        checks.add("")(probe)
    monkeypatch.setattr(updates, "SCHEDULES", checks)
    assert main(["plugins", "check", "cosine"]) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert "2 of 2 checks were skipped, more than run, so this shows little" in said


class Refusing(gen.Encoder):
    """An encoder with a fault in its constructor."""

    output_size = 3

    def __init__(self, input_size: int, width: int = 3) -> None:
        super().__init__()
        raise ValueError(f"width {width} is wrong")

    def forward(self, inputs, lengths):
        return inputs[:, 0]


def test_a_fault_in_a_constructor_is_told_with_its_own_line():
    (failure,) = gen.testing.check_encoder(Refusing).failures
    line = inspect.getsourcelines(Refusing.__init__)[1] + 2
    assert failure.message.endswith(f"width 3 is wrong (at {__file__}:{line})")
