"""The recipes make models, train, and can be exported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import gen
import pytest

RECIPES = Path(__file__).parents[1] / "recipes"


def gen_command(*words: str) -> None:
    done = subprocess.run([sys.executable, "-m", "gen", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def parameters(recipe: str) -> int:
    return gen.build_model(gen.load_recipe(recipe)).parameter_count()


def test_the_recipe_has_as_many_parameters_as_its_partner_and_as_it_says() -> None:
    file = RECIPES / "gru-drums_2bar_tiny.yaml"
    own = parameters(str(file))
    assert f"Cost: {own:,} parameters" in file.read_text(encoding="utf-8")
    assert abs(own / parameters("cat-drums_2bar_tiny") - 1) < 0.01


def test_a_hierarchy_takes_it_for_its_core() -> None:
    decoder = gen.build_model(gen.load_recipe(str(RECIPES / "hiergru-drums_16bar_small.yaml"))).decoder
    assert type(decoder).__name__ == "HierarchicalDecoder"
    assert isinstance(decoder, gen.interfaces.Segmented)
    assert type(decoder.core).__name__ == "GruDecoder"


def test_the_recipe_trains_and_its_run_can_be_exported(tmp_path: Path) -> None:
    run = str(tmp_path / "run")
    gen_command("train", str(RECIPES / "gru-drums_2bar_tiny.yaml"), "--trial", "--samples", "1", "--out", run)
    assert (tmp_path / "run" / "samples").is_dir()
    pytest.importorskip("onnxruntime")
    gen_command("export", run, "--to", "onnx", "-o", str(tmp_path / "onnx"))
