"""A tiny recipe on made-up drummers, prepared once."""

from __future__ import annotations

from pathlib import Path

import pytest

import gen
from gen.data.prepare import Prepared, prepare
from gen.model.build import build_model
from gen.recipes import resolved_yaml
from gen.recipes.sections import Recipe
from gen.training.run import Run
from gen.training.trainer import train

TINY = [
    "data={source: {type: demo, clips: 20, bars: 4}}",
    "encoder.sizes=[12]",
    "decoder.sizes=[12, 10]",
    "latent.size=4",
    "training.batch_size=4",
    "training.steps=6",
    "training.log_every=1",
    "training.eval_every=3",
    "training.checkpoint_every=2",
]


@pytest.fixture(scope="session")
def tiny() -> Recipe:
    """The main recipe, shrunk."""
    return gen.load_recipe("groovae_4bar", TINY)


@pytest.fixture(scope="session")
def prepared(tiny: Recipe) -> Prepared:
    """Its examples."""
    return prepare(tiny)


@pytest.fixture
def trained_run(tiny: Recipe, prepared: Prepared, tmp_path: Path) -> Run:
    """A finished training of it."""
    return run_training(tiny, prepared, tmp_path / "run")


def run_training(recipe: Recipe, prepared: Prepared, path: Path, **options: object) -> Run:
    """Start a run and train it."""
    run = Run(path)
    run.create(resolved_yaml(recipe), prepared.report)
    train(build_model(recipe), recipe, prepared, run, **options)
    return run
