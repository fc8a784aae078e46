"""A run knows its data, and music that stands in for other music is never a secret."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path

import pytest
from tiny_models import demo_bytes

import gen
from gen.data.prepare import FallbackWarning, Prepared
from gen.errors import DataMissingError, RecipeError
from gen.recipes import resolved_yaml
from gen.training.run import Run

WITH_FALLBACK = "data={source: {type: folder, validation: 0.0, test: 0.0}, fallback: {type: demo, clips: 2, bars: 4}}"


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.mid").write_bytes(demo_bytes())
    return tmp_path / "mine"


def run_on(folder: Path | None, path: Path) -> tuple[Run, Prepared]:
    """A run that was begun with data that were given apart from its recipe, and these."""
    recipe = gen.load_recipe("groovae_4bar", [WITH_FALLBACK])
    prepared = gen.prepare(recipe, path=folder and str(folder))
    run = Run(path)
    run.create(resolved_yaml(recipe), prepared.report, data=folder and str(folder))
    return run, prepared


def test_the_recipe_of_a_run_is_prepared_from_the_data_of_the_run(folder, tmp_path):
    run, prepared = run_on(folder, tmp_path / "run")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = gen.prepare(run.recipe())

    assert again.source == "folder"
    assert again.fingerprint == prepared.fingerprint
    assert again.history.startswith("prepared examples used again")


def test_data_that_are_gone_are_missed_and_nothing_takes_their_place(folder, tmp_path):
    run, _ = run_on(folder, tmp_path / "run")
    moved = shutil.move(folder, tmp_path / "moved")
    with pytest.raises(
        DataMissingError, match=r"was trained on the data in .*mine, which isn't there any more.*--data"
    ):
        gen.prepare(run.recipe())
    assert gen.prepare(run.recipe(), path=str(moved)).source == "folder"


def test_a_fallback_is_loud_in_python(tmp_path):
    with pytest.warns(FallbackWarning, match="data set 'folder' is not here, so 'demo' takes its place"):
        run, prepared = run_on(None, tmp_path / "run")
    assert run.recipe().data_path == ""
    assert prepared.source == "demo"


def test_where_the_data_lie_is_no_part_of_a_recipe(folder, tmp_path):
    run, _ = run_on(folder, tmp_path / "run")

    assert run.recipe() == gen.load_recipe(run.path)
    assert "data_path" not in resolved_yaml(run.recipe())
    with pytest.raises(RecipeError, match="'data_path' is given by gen itself"):
        gen.load_recipe("groovae_4bar", ["data_path=x"])
