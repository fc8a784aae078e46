"""Recipes are found by path and by name, from a checkout and from a wheel."""

from __future__ import annotations

from pathlib import Path

import pytest

import gen.recipes.find
from gen.errors import UnknownNameError
from gen.recipes.find import find, shipped, shipped_folder

CHECKOUT = Path(__file__).resolve().parents[2]


def test_a_checkout_reads_its_own_recipes():
    assert shipped_folder() == CHECKOUT / "recipes"
    assert find("groovae_4bar") == CHECKOUT / "recipes" / "groovae_4bar.yaml"


def _package(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "recipes").mkdir(parents=True)
    monkeypatch.setattr(gen.recipes.find, "__file__", str(root / "recipes" / "find.py"))


def test_an_installed_wheel_reads_the_copy_it_carries(tmp_path, monkeypatch):
    _package(tmp_path / "site-packages" / "gen", monkeypatch)
    copy = tmp_path / "site-packages" / "gen" / "shipped_recipes"
    (copy / "paper").mkdir(parents=True)
    (copy / "paper" / "one.yaml").touch()

    assert shipped() == {"one": copy / "paper" / "one.yaml"}


def test_a_stale_copy_beside_the_code_of_a_checkout_is_never_read(tmp_path, monkeypatch):
    _package(tmp_path / "repo" / "core" / "gen", monkeypatch)
    (tmp_path / "repo" / "pyproject.toml").touch()
    (tmp_path / "repo" / "recipes").mkdir()
    stale = tmp_path / "repo" / "core" / "gen" / "shipped_recipes"
    stale.mkdir()
    (stale / "old.yaml").touch()

    assert shipped() == {}


def test_a_shipped_name_goes_before_a_file_of_that_name_and_a_path_never_does(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("groovae_4bar").touch()
    Path("groovae_4bar.yaml").touch()

    assert find("groovae_4bar") == CHECKOUT / "recipes" / "groovae_4bar.yaml"
    assert find("groovae_4bar.yaml") == Path("groovae_4bar.yaml")
    assert find("./groovae_4bar") == Path("groovae_4bar")


def test_a_folder_without_a_recipe_is_not_one(tmp_path):
    with pytest.raises(UnknownNameError, match=r"is a folder without a recipe\.yaml"):
        find(tmp_path)
