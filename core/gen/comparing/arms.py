"""What is compared: recipes to train, and runs that were trained before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gen.errors import UsageError
from gen.model.schedules import learning_rate
from gen.recipes import load_recipe
from gen.recipes.find import shipped
from gen.recipes.sections import Recipe
from gen.studies.rate import RATES, recipes_at_rates
from gen.system.regular import resolved
from gen.system.spelling import listing
from gen.training.load import checkpoint_at
from gen.training.named import models
from gen.training.optimiser import schedule_of
from gen.training.run import Run

ROUNDS = 10
"""Slices of a training, between which the other trainings have their turn."""

_NEVER = 2**31
_LOOKED_AT = (0, 1, 10, 100, 500, 900, 999)  # steps at which rates are compared


@dataclass(frozen=True)
class Budget:
    """How long every arm trains: for optimiser steps, or for minutes of training time; one of them is None."""

    steps: int | None
    minutes: float | None = None

    def __post_init__(self) -> None:
        if self.steps is not None and self.minutes is not None:
            raise UsageError("--steps and --minutes exclude each other: a budget is the one or the other")
        if self.steps is not None and self.steps < 1:
            raise UsageError(f"--steps must be at least 1, not {self.steps}")
        if self.minutes is not None and not 0 < self.minutes < float("inf"):
            raise UsageError(f"--minutes must be above 0, not {self.minutes:g}")

    @property
    def slice_steps(self) -> int | None:
        """Steps of a slice; None for a budget of minutes."""
        return None if self.steps is None else -(-self.steps // ROUNDS)

    def __str__(self) -> str:
        return f"{self.steps:,} steps" if self.steps is not None else f"{self.minutes:g} minutes"


@dataclass(frozen=True)
class Arm:
    """One of the variants: a recipe, seed aside, and where it was trained before, if the comparison doesn't train it.

    The name is that of its recipe, or of its run's folder; no two arms have the same.
    """

    name: str
    recipe: Recipe
    run: Path | None = None
    init_from: tuple[Path, ...] = ()  # with whose weights its trainings begin: one checkpoint for all, or one a seed


def parse_arms(words: Sequence[str], overrides: Sequence[str] = ()) -> list[Arm]:
    """The arms that a command line names: recipes, by path or name, and folders of runs, which keep their recipes.

    Raises:
        UsageError: fewer than two arms, two of one name, an imported or unfinished run.
        RecipeError, UnknownNameError: as `gen.load_recipe`.
    """
    arms = [_arm(word, overrides) for word in words]
    names = [arm.name for arm in arms]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(
            f"two arms are called {listing(twice)}: give one recipe another name:, or one run's folder another"
        )
    if len(arms) < 2:
        raise UsageError("a comparison needs two arms or more: recipes by path or name, or folders of runs")
    return arms


def arms_at_rates(words: Sequence[str], overrides: Sequence[str] = (), rates: Sequence[int] = RATES) -> list[Arm]:
    """One recipe at several rates, an arm each.

    Raises:
        UsageError: other than one recipe, or as `gen.studies.rate.recipes_at_rates`.
        RecipeError, UnknownNameError: as `gen.load_recipe`.
    """
    if len(words) != 1 or (Path(words[0]) / "checkpoints").is_dir():
        raise UsageError(f"a rate study trains one recipe at every rate: give one, not {listing(words)}")
    recipes = recipes_at_rates(load_recipe(words[0], overrides), rates)
    return [Arm(recipe.name, recipe) for recipe in recipes]


def with_weights(arms: Sequence[Arm], words: Sequence[str], seeds: int = 1) -> list[Arm]:
    """The arms, of which some begin with the weights of runs: words are ``ARM=RUN``.

    ``{seed}`` in a run's path stands for the seed of each training, 0 and up, so that each goes on from a run of its
    own.

    Raises:
        UsageError: no such arm, or one that was trained before; no such run.
    """
    begun: dict[str, tuple[Path, ...]] = {}
    for word in words:
        name, _, path = word.partition("=")
        arm = next((arm for arm in arms if arm.name == name), None)
        if arm is None or not path:
            there = listing([arm.name for arm in arms])
            raise UsageError(f"--init-from {word}: write ARM=RUN, where ARM is one of {there}")
        if arm.run is not None:
            raise UsageError(f"--init-from {word}: {name} was trained before, and only what is trained here begins")
        if name in begun:
            raise UsageError(f"--init-from {word}: {name} begins with the weights of {begun[name][0]} already")
        paths = dict.fromkeys(path.replace("{seed}", str(seed)) for seed in range(seeds))  # one, where none is named
        begun[name] = tuple(checkpoint_at(Path(each)) for each in paths)
    return [replace(arm, init_from=begun.get(arm.name, ())) for arm in arms]


def with_budget(arm: Arm, budget: Budget, overrides: Sequence[str] = ()) -> Arm:
    """The arm as it trains within a budget: with curves of twenty points and a checkpoint a slice, unless told.

    Raises:
        UsageError: minutes, for a recipe whose learning rate depends on how many steps there are in all.
    """
    if arm.run is not None:
        return arm
    overridden = {override.partition("=")[0] for override in overrides}
    size = budget.slice_steps
    if size is None:  # minutes: only the end of a slice saves, so that no step goes untimed
        _require_no_last_step(arm)
        wanted: dict[str, Any] = {"steps": _NEVER, "checkpoint_every": _NEVER, "keep_checkpoints": 2}
    else:
        wanted = {
            "log_every": max(1, size // 10),
            "eval_every": size if size % 2 else size // 2,
            "checkpoint_every": size,
            "keep_checkpoints": 2,
            "keep_best": 1,
        }
        wanted = {name: value for name, value in wanted.items() if f"training.{name}" not in overridden}
        wanted["steps"] = budget.steps or 0
    return replace(arm, recipe=replace(arm.recipe, training=replace(arm.recipe.training, **wanted)))


def common_budget(arms: Sequence[Arm], steps: int | None, minutes: float | None) -> Budget:
    """The budget that all recipes share.

    Raises:
        UsageError: nobody says how long to train, and the recipes don't agree.
    """
    given = Budget(steps, minutes)
    if steps is not None or minutes is not None:
        return given
    own = {arm.name: arm.recipe.training.steps for arm in arms if arm.run is None}
    if len(set(own.values())) > 1:
        each = ", ".join(f"{name} {count:,}" for name, count in own.items())
        raise UsageError(f"the arms' budgets differ ({each} steps): give all the same with --steps or --minutes")
    return Budget(next(iter(own.values()), None))


def _require_no_last_step(arm: Arm) -> None:
    """Make sure that the rate of a step is the same however many there are, for nobody knows how many fit in a time."""
    training = arm.recipe.training
    schedule = schedule_of(training)
    few, many = (
        [learning_rate(replace(training, steps=steps), step, schedule) for step in _LOOKED_AT]
        for steps in (1000, _NEVER)
    )
    if few != many:
        name = training.schedule if isinstance(training.schedule, str) else training.schedule.type
        raise UsageError(
            f"{arm.name}: training.schedule {name} needs to know its last step, and --minutes has none: give --steps, "
            "or training.schedule=exponential"
        )


def _arm(word: str, overrides: Sequence[str]) -> Arm:
    folder = Path(word) if word in shipped() else models().get(word, Path(word))
    if (folder / "checkpoints").is_dir():
        run = Run(folder)
        run.latest()  # says what is wrong with a run that has none
        return Arm(resolved(folder).name, run.recipe(), folder)
    recipe = load_recipe(word, overrides)
    return Arm(recipe.name, recipe)
