"""A training in one call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from gen.data.prepare import prepare, with_learned_labels
from gen.errors import UsageError
from gen.interfaces.observer import Observer
from gen.model.build import build_model
from gen.recipes import load_recipe, resolved_yaml
from gen.recipes.sections import Recipe
from gen.training.batch import pick_device
from gen.training.load import Trained
from gen.training.run import Run
from gen.training.trainer import train as train_model


def train(
    recipe: Recipe | str | Path,
    *,
    out: Path | str | None = None,
    data: str | None = None,
    resume: bool = False,
    device: str = "auto",
    observers: Sequence[Observer] = (),
) -> Trained:
    """Train a model by a recipe, as ``gen train`` does, and give it in evaluation mode.

    Args:
        recipe: one that was loaded, or the path or name of one.
        out: the run's directory; ``runs/NAME-DATE`` where None.
        data: where the data lies, in place of the recipe's own.
        resume: go on with the run in ``out`` from its latest checkpoint, exactly, if there is one of this recipe.
        device: ``auto``, ``cpu``, ``cuda`` …
        observers: are told of it, besides those of the recipe.

    Raises:
        UsageError: ``out`` holds something already, or with ``resume`` a run of another recipe.
        GenError: as `gen.prepare` and `gen.load_recipe`.
    """
    if not isinstance(recipe, Recipe):
        recipe = load_recipe(recipe)
    recipe = with_learned_labels(recipe, path=data)
    run = Run(out or Path("runs") / f"{recipe.name}-{datetime.now():%Y%m%d-%H%M%S}")
    going_on = resume and run.recipe_file.is_file()
    if not going_on:
        run.require_new()
    elif run.recipe() != recipe:
        raise UsageError(f"{run.path} was started with another recipe: load that one, or give another folder")
    data = data or (run.data_path() if going_on else recipe.data_path or None)
    prepared = prepare(recipe, path=data)
    prepared.require("train")
    model = build_model(recipe).to(pick_device(device))
    with run.being_trained():
        if not going_on:
            run.create(resolved_yaml(recipe), prepared.report, data=data)
        outcome = train_model(model, recipe, prepared, run, resume=going_on, observers=observers)
    return Trained(model.eval(), recipe, outcome.step)
