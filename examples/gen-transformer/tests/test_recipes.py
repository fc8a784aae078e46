"""The recipes train, and are as large as what they are compared with."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import gen
import pytest

RECIPES = Path(__file__).parents[1] / "recipes"
NAMES = sorted(path.stem for path in RECIPES.glob("*.yaml"))


def parameters(recipe: str) -> int:
    return gen.build_model(gen.load_recipe(recipe)).parameter_count()


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("transformer-drums_2bar_tiny", ["cat-drums_2bar_tiny"]),
        ("transformer-drums_16bar_small", ["flat-drums_16bar_small_matched", "hierdec-drums_16bar_small_matched"]),
    ],
)
def test_a_recipe_has_as_many_parameters_as_its_partners_and_as_it_says(name: str, others: list[str]) -> None:
    file = RECIPES / f"{name}.yaml"
    own = parameters(str(file))
    assert f"Cost: {own:,} parameters" in file.read_text(encoding="utf-8")
    for other in others:
        assert abs(own / parameters(other) - 1) < 0.02


def test_a_recipe_differs_from_its_partner_in_nothing_but_the_decoder() -> None:
    own = gen.load_recipe(str(RECIPES / "transformer-drums_16bar_small.yaml"))
    flat = gen.load_recipe("flat-drums_16bar_small_matched")
    for part in ("data", "converter", "encoder", "latent", "training"):
        assert getattr(own, part) == getattr(flat, part)


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_makes_a_model(name: str) -> None:
    assert parameters(str(RECIPES / f"{name}.yaml")) > 0


def test_a_recipe_trains(tmp_path: Path) -> None:
    recipe = str(RECIPES / "transformer-drums_2bar_tiny.yaml")
    words = ["train", recipe, "--trial", "--samples", "1", "--out", str(tmp_path / "run")]
    done = subprocess.run([sys.executable, "-m", "gen", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / "samples").is_dir()
