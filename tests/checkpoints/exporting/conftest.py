"""A small run for each export."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from zlib import crc32

import pytest
import torch
from torch import nn

import gen
from gen.recipes import resolved_yaml
from gen.training.checkpoint import Checkpoint, save_checkpoint
from gen.training.run import Run

SMALL = ["encoder.sizes=[12]", "decoder.sizes=[10, 10]", "latent.size=4"]


MakeRun = Callable[..., Path]


@pytest.fixture(scope="session")
def make_run(tmp_path_factory: pytest.TempPathFactory) -> MakeRun:
    """``make_run(recipe, overrides)``: a run whose weights are large enough that its steps differ."""
    made: dict[tuple[str, ...], Path] = {}

    def make(name: str = "groovae_4bar", overrides: Sequence[str] = SMALL) -> Path:
        key = (name, *overrides)
        if key not in made:
            recipe = gen.load_recipe(name, list(overrides))
            model = gen.build_model(recipe)
            generator = torch.Generator().manual_seed(crc32(" ".join(key).encode()))  # whatever was made before
            for parameter in model.parameters():
                if parameter.requires_grad:
                    nn.init.normal_(parameter, std=1.0, generator=generator)
            run = Run(tmp_path_factory.mktemp("runs") / name)
            run.checkpoints.mkdir(parents=True)
            save_checkpoint(run.checkpoints, Checkpoint(2500, model.state_dict(), {}, ""), keep=1)
            run.recipe_file.write_text(resolved_yaml(recipe))
            made[key] = run.path
        return made[key]

    return make


@pytest.fixture(scope="session")
def run(make_run: MakeRun) -> Path:
    """The main recipe, shrunk."""
    return make_run()
