"""A training that is stopped and taken up again, beside one that never was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from safetensors.torch import load_file

from gen.data.prepare import Prepared
from gen.model.build import build_model
from gen.recipes import load_recipe, resolved_yaml
from gen.recipes.sections import Recipe
from gen.training.run import Run
from gen.training.trainer import train


def whole_and_resumed(recipe: Recipe, prepared: Prepared, folder: Path, *, stop: int = 3) -> tuple[Run, Run]:
    """The run of an undisturbed training, and that of one that paused after some steps, resumed by its own recipe."""
    runs = Run(folder / "whole"), Run(folder / "paused")
    for run in runs:
        run.create(resolved_yaml(recipe), prepared.report)
        pause = (lambda step: step == stop) if run is runs[1] else None
        train(build_model(recipe), recipe, prepared, run, pause=pause)
    saved = load_recipe(str(runs[1].recipe_file))
    assert saved == recipe
    train(build_model(saved), saved, prepared, runs[1], resume=True)
    return runs


def contents(run: Run) -> tuple[dict[str, bytes], list[dict[str, Any]]]:
    """Weights and training state of the last checkpoint, bit by bit, and the curve."""
    tensors = {
        f"{part}/{name}": tensor.numpy().tobytes()
        for part in ("model", "state")
        for name, tensor in load_file(run.latest() / f"{part}.safetensors").items()
    }
    return tensors, [{k: v for k, v in line.items() if k != "steps_per_second"} for line in run.metrics()]
