"""Two tiny recipes that differ in their decoders alone, and a comparison of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gen.cli import main

RECIPE = """\
base: cat-drums_2bar_tiny
name: {name}
data: {{source: {{type: demo, parts: drums, clips: 12}}}}
encoder: {{sizes: [6]}}
decoder: {{sizes: {sizes}}}
latent: {{size: 4}}
training: {{batch_size: 4, steps: 20, eval_batches: 2}}
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Callable[..., str]:
    """Writes a recipe and gives its path: a name, a decoder's sizes, and further lines."""

    def write(name: str, sizes: str = "[6, 5]", more: str = "") -> str:
        path = tmp_path / f"{name}.yaml"
        path.write_text(RECIPE.format(name=name, sizes=sizes) + more)
        return str(path)

    return write


@pytest.fixture
def compare(tmp_path: Path, recipe: Callable[..., str]) -> Callable[..., int]:
    """Runs ``gen compare`` on recipes a and b, into a folder of that name."""
    arms = [recipe("a"), recipe("b", "[9]")]

    def run(out: str, *words: str) -> int:
        return main(["compare", *arms, "--split", "validation", "--out", str(tmp_path / out), *words])

    return run
