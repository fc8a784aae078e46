"""What goes says so: once, at the place of whoever uses it, and with what to use instead."""

from __future__ import annotations

import inspect
import types
import warnings
from pathlib import Path

import pytest

import gen
import gen.testing


def line_above() -> int:
    """The line above the one that asks."""
    return inspect.currentframe().f_back.f_lineno - 1


def places(caught: pytest.WarningsRecorder) -> list[tuple[str, int]]:
    """File and line of each warning."""
    return [(each.filename, each.lineno) for each in caught]


@gen.deprecated(since="0.3", removal="0.5", instead="gen_lace.weave")
def knit(threads: int, *, tight: bool = False) -> int:
    """Knit."""
    return threads * (2 if tight else 1)


@gen.renamed({"hidden": "hidden_size"}, since="0.3", removal="0.5")
class Lace(gen.DatasetSource):
    """A data source with an option that was called ``hidden``."""

    title = "lace"
    licence = "CC0"

    def __init__(self, hidden_size: int = 3, *, colour: str = "white") -> None:
        self.hidden_size = hidden_size
        self.colour = colour

    def items(self):
        return iter(())


@gen.deprecated(since="0.3", removal="0.5", instead="the data source 'lace'")
class OldLace(gen.DatasetSource):
    """A data source that goes."""

    title = "lace"
    licence = "CC0"

    def items(self):
        return iter(())


PLUGIN = types.SimpleNamespace(
    register_datasets=gen.hookimpl(specname="register_datasets")(lambda: {"lace": Lace, "old-lace": OldLace})
)


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """``recipe(node)`` loads groovae_4bar with another data source, from ``lace.yaml``."""
    monkeypatch.chdir(tmp_path)

    def load(node: str, *overrides: str) -> gen.Recipe:
        Path("lace.yaml").write_text(f"base: groovae_4bar\ndata:\n  source: {node}\n  fallback: null\n")
        with gen.testing.plugins(PLUGIN):
            return gen.load_recipe("lace.yaml", overrides)

    return load


def test_a_deprecated_function_works_and_warns_at_the_line_of_its_caller():
    with pytest.warns(DeprecationWarning, match="knit is deprecated since .* 0.3 and goes with 0.5; use") as caught:
        assert knit(3, tight=True) == 6
    assert places(caught) == [(__file__, line_above())]
    assert knit.__doc__ == "Knit."


def test_a_place_is_warned_once_under_pythons_own_filter():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(3):
            knit(1)
        knit(1)

    assert len(caught) == 2


def test_a_deprecated_class_is_the_same_class_and_warns_where_it_is_made():
    with pytest.warns(DeprecationWarning, match="OldLace is deprecated") as caught:
        made = OldLace()
    assert places(caught) == [(__file__, line_above())]
    assert type(made) is OldLace


def test_an_option_can_be_given_by_its_old_name_with_a_warning_at_the_caller():
    with pytest.warns(DeprecationWarning, match="Lace: 'hidden' is called 'hidden_size' since .* 0.3") as caught:
        made = Lace(hidden=7)
    assert places(caught) == [(__file__, line_above())]
    assert made.hidden_size == 7


def test_new_names_and_positions_warn_nobody():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Lace(7).hidden_size == Lace(hidden_size=7).hidden_size == 7


def test_an_option_given_under_both_names_is_refused():
    with pytest.raises(TypeError, match="'hidden' and 'hidden_size', which are the same option"):
        Lace(hidden=1, hidden_size=2)


@pytest.mark.parametrize("names", [{"hidden": "hiddn_size"}, {"colour": "hidden_size"}], ids=str)
def test_a_renaming_that_does_not_fit_the_constructor_is_refused_at_once(names):
    with pytest.raises(TypeError, match="must take"):
        gen.renamed(names, since="0.3", removal="0.5")(type("Lace", (Lace,), {}))


def test_a_renamed_class_that_derives_from_one_knows_the_names_of_both():
    @gen.renamed({"color": "colour"}, since="0.4", removal="0.6")
    class Wide(Lace):
        def __init__(self, hidden_size: int = 3, *, colour: str = "red") -> None:
            super().__init__(hidden_size, colour=colour)

    with pytest.warns(DeprecationWarning, match="'color' is called 'colour'"):
        assert Wide(color="blue").colour == "blue"


def test_a_recipe_may_say_the_old_name_and_is_told_file_and_line(recipe):
    with pytest.warns(FutureWarning, match=r"data.source.hidden: 'hidden' is called 'hidden_size' since") as caught:
        loaded = recipe("{type: lace, hidden: 7}")

    assert loaded.data.source.arguments["hidden_size"] == 7
    assert "hidden" not in loaded.data.source.arguments
    assert places(caught) == [("lace.yaml", 3)]


def test_an_override_may_say_the_old_name(recipe):
    with pytest.warns(FutureWarning, match="'hidden_size'") as caught:
        loaded = recipe("lace", "data.source.hidden=9")

    assert loaded.data.source.arguments["hidden_size"] == 9
    assert caught[0].filename == "command line"


def test_a_value_under_an_old_name_is_checked_at_its_place(recipe):
    with (
        pytest.warns(FutureWarning),
        pytest.raises(gen.errors.RecipeError, match=r"lace.yaml:3:\d+: .*expected int, got 'x'"),
    ):
        recipe("{type: lace, hidden: x}")


def test_a_recipe_with_both_names_is_refused_with_both_named(recipe):
    with pytest.raises(
        gen.errors.RecipeError, match=r"data.source.hidden: 'hidden_size' is given too.*remove 'hidden'"
    ):
        recipe("{type: lace, hidden: 1, hidden_size: 2}")


def test_a_recipe_that_names_a_deprecated_component_is_told(recipe):
    with pytest.warns(FutureWarning, match="data.source.type: .*OldLace is deprecated") as caught:
        recipe("old-lace")

    assert places(caught) == [("lace.yaml", 3)]
