"""Everything that decides what a comparison finds, and the folder that holds it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gen.comparing.arms import Arm, Budget
from gen.data.provenance import differences, flat, key_of
from gen.errors import UsageError
from gen.interfaces.dataset import Split
from gen.recipes import load_recipe, resolved_yaml
from gen.recipes.resolved import plain
from gen.recipes.sections import Recipe
from gen.system import regular
from gen.system.files import json_text, require_folder, write_atomically
from gen.training.checkpoint import weights_digest
from gen.training.run import Run

FORMAT = 1

_WITH_STEPS = ("training.steps", "training.log_every", "training.eval_every", "training.checkpoint_every")
"""What a larger budget of steps changes in a recipe; none of it has a part in what a step computes."""


@dataclass(frozen=True)
class Plan:
    """A comparison, completely."""

    arms: tuple[Arm, ...]  # in the order in which they are shown
    seeds: tuple[int, ...]  # each arm is trained with each
    budget: Budget  # of every training
    split: Split  # that is measured on
    limit: int | None = None  # only the first examples of it
    data: str | None = None  # where the data lie, where that was given apart from the recipes
    temperature: float = 1.0  # of free running
    pick: str = "best"  # weights to measure: "best" have the least validation loss; or "last"

    def to_json(self) -> dict[str, Any]:
        """As the folder keeps it, beside the recipes of the arms."""
        return {
            "format": FORMAT,
            "arms": {arm.name: _place(arm) for arm in self.arms},
            "seeds": list(self.seeds),
            "steps": self.budget.steps,
            "minutes": self.budget.minutes,
            "split": self.split,
            "limit": self.limit,
            "data": None if self.data is None else str(regular.resolved(self.data)),
            "temperature": self.temperature,
            "pick": self.pick,
        }

    def folder_name(self) -> str:
        """The same for the same plan, and for no other."""
        names = "-vs-".join(arm.name for arm in self.arms)
        recipes = [plain(arm.recipe) for arm in self.arms]
        return f"{names[:80]}-{key_of({'plan': self.to_json(), 'recipes': recipes})}"

    def trials(self, folder: Path) -> Iterator[Trial]:
        """Every training, in turn: all arms with the first seed, then with the next. Runs have one trial each."""
        for place, seed in enumerate(self.seeds):
            for arm in self.arms:
                if arm.run is None:
                    recipe = replace(arm.recipe, training=replace(arm.recipe.training, seed=seed))
                    path = folder / "runs" / f"{arm.name}-seed-{seed}"
                    begin = arm.init_from[min(place, len(arm.init_from) - 1)] if arm.init_from else None
                    yield Trial(arm.name, seed, recipe, path, own=True, init_from=begin)
                elif place == 0:
                    yield Trial(arm.name, arm.recipe.training.seed, arm.recipe, arm.run, own=False)


@dataclass(frozen=True)
class Trial:
    """One training of one arm: its recipe with its seed, and its run."""

    arm: str
    seed: int
    recipe: Recipe
    path: Path
    own: bool  # whether the comparison trains it
    init_from: Path | None = None  # the checkpoint with whose weights it begins

    @property
    def name(self) -> str:
        """Of the arm and the seed."""
        return f"{self.arm}-seed-{self.seed}"


def open_folder(folder: Path, plan: Plan) -> None:
    """Make the folder of a comparison, or make sure that it holds this one, or one that this one grows from.

    Other arms, other seeds and other steps, as many as the furthest training has or more, are growth: what was trained
    and measured is used again. The folder may be missing; it is to be held locked where it is there.

    Raises:
        UsageError: it holds something else; the text says what differs.
    """
    require_comparison_or_nothing(folder)
    done = max((Run(path).steps_done() for path in (folder / "runs").glob("*")), default=0)  # by the furthest training
    file = folder / "comparison.json"
    now = plan.to_json()
    changes: list[str] = []
    if file.exists():
        try:
            before = regular.read_json(file)
            known = {arm.name: before["arms"][arm.name] for arm in plan.arms if arm.name in before["arms"]}
            grown = _may_become(before["steps"], now["steps"], done)
            seeds = min(len(before["seeds"]), len(now["seeds"]))
            then, today = (_common(plan, known, seeds, but_steps=grown) for plan in (before, now))
            changes = differences(flat(then), flat(today))
        except (ValueError, AttributeError, KeyError, TypeError) as error:
            raise UsageError(f"{file} is damaged ({error}): choose another --out") from error
    for arm in plan.arms:
        kept = _recipe_file(folder, arm)
        if file.exists() and kept.exists():
            # as this version of gen reads it, so that a newer one may go on where an older one was stopped
            recipe = load_recipe(kept)
            grown = _may_become(recipe.training.steps, arm.recipe.training.steps, done)
            found = differences(_settings(recipe, but_steps=grown), _settings(arm.recipe, but_steps=grown))
            changes += [f"{arm.name}: {text}" for text in found]
    if changes:
        trained = f"; a training is at step {done:,} already" if any("steps was" in text for text in changes) else ""
        raise UsageError(f"{folder} holds another comparison ({'; '.join(changes[:5])}{trained}): choose another --out")
    regular.inner_folder(folder / "arms")
    for arm in plan.arms:
        write_atomically(_recipe_file(folder, arm), resolved_yaml(arm.recipe))
    write_atomically(file, json_text(now, indent=1) + "\n")  # last: what stands in it is there


def require_comparison_or_nothing(folder: Path) -> None:
    """Make sure that a folder is a comparison's, or may become one.

    Raises:
        UsageError: it holds something else, or is none.
    """
    require_folder(folder, option="--out")
    if (folder / "comparison.json").exists() or not folder.exists():
        return
    if any(path.name not in ("lock", "arms") for path in folder.iterdir()):
        raise UsageError(f"{folder} is not empty and holds no comparison: choose another --out")


def _may_become(before: Any, now: Any, done: int) -> bool:
    """Whether a budget of steps may be another one: no training has gone beyond it."""
    return isinstance(before, int) and isinstance(now, int) and before != now >= done


def _common(plan: Mapping[str, Any], arms: Collection[str], seeds: int, *, but_steps: bool) -> dict[str, Any]:
    """What two plans must have in common: all but the seeds, the arms that only one of them has, and growing steps.

    Of the weights that an arm begins with those of the first seeds, which both plans have.
    """
    free = {"arms", "seeds", *(["steps"] if but_steps else [])}
    places = {name: dict(plan["arms"][name]) for name in arms}
    for place in places.values():
        for key in place.keys() & {"init_from", "sha256"}:
            each = place[key] if isinstance(place[key], list) else [place[key]] * len(plan["seeds"])
            place[key] = each[:seeds]
    return {key: value for key, value in plan.items() if key not in free} | {"arms": places}


def _recipe_file(folder: Path, arm: Arm) -> Path:
    return folder / "arms" / f"{arm.name}.yaml"


def _settings(recipe: Recipe, *, but_steps: bool) -> dict[str, Any]:
    found = flat({key: value for key, value in plain(recipe).items() if key not in ("origin", "description")})
    return {key: value for key, value in found.items() if not (but_steps and key in _WITH_STEPS)}


def _place(arm: Arm) -> dict[str, Any]:
    if arm.run is not None:
        checkpoint = Run(arm.run).latest()
        return {
            "run": str(regular.resolved(arm.run)),
            "checkpoint": checkpoint.name,
            "sha256": weights_digest(checkpoint),
        }
    place: dict[str, Any] = {"recipe": f"arms/{arm.name}.yaml"}
    if arm.init_from:
        paths = [str(regular.resolved(path)) for path in arm.init_from]
        digests = [weights_digest(path) for path in arm.init_from]
        place |= (
            {"init_from": paths, "sha256": digests} if len(paths) > 1 else {"init_from": paths[0], "sha256": digests[0]}
        )
    return place
