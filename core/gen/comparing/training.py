"""The trainings of a comparison, a slice at a time and in turn, so that a noisy machine is as noisy for each."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial

import torch

from gen.comparing.arms import ROUNDS, Budget
from gen.comparing.plan import Trial
from gen.data.prepare import Prepared, prepare
from gen.model.build import build_model
from gen.recipes import resolved_yaml
from gen.recipes.sections import Component, Recipe
from gen.system import regular
from gen.system.crew import Crew
from gen.system.files import json_text, locked, write_atomically
from gen.training.batch import pick_device
from gen.training.checkpoint import checkpoints, latest_checkpoint
from gen.training.load import lay_down, take_weights
from gen.training.memory import keep_freed_memory
from gen.training.run import Run
from gen.training.trainer import train

_DIED = (
    "the process that trained it died three times, for want of memory perhaps; what was saved before is kept: give the "
    "arms smaller batches, or --jobs 1"
)


@dataclass(frozen=True)
class Slice:
    """A piece of one training, and where its data and examples lie."""

    trial: Trial
    round: int  # from 1 to ROUNDS
    steps: int | None  # to have done at its end; None for a budget of minutes
    seconds: float | None  # to have trained at its end; None for a budget of steps
    data: str | None
    store: str | None
    device: str
    threads: int  # that torch may use; 0 leaves it alone


@dataclass(frozen=True)
class Progress:
    """How a slice ended: steps done in all, and the signal that stopped it (empty if none did)."""

    step: int
    stopped_by: str


def train_all(
    trials: Sequence[Trial],
    budget: Budget,
    *,
    data: str | None,
    store: str | None,
    device: str = "auto",
    jobs: int = 1,
    said: Callable[[Slice, Progress], None] | None = None,
) -> str:
    """Train every trial of the comparison's own to the end of its budget, or from where it was left.

    Args:
        data, store: as of `gen.prepare`.
        jobs: how many to train at once, each in a process of its own with its share of the cores.
        said: told of every slice that was not done before.

    Returns:
        The signal that stopped it, or an empty text when all is done.
    """
    own = [trial for trial in trials if trial.own]
    threads = max(1, (os.cpu_count() or 1) // jobs) if jobs > 1 else 0
    rounds = [
        [Slice(trial, number, *_ends(budget, number), data, store, device, threads) for trial in own]
        for number in range(1, ROUNDS + 1)
    ]
    if jobs == 1:
        return _each(rounds, lambda waiting: map(train_slice, waiting), said)
    crew = Crew(train_slice, died=_DIED)
    executor = ThreadPoolExecutor(jobs)
    try:
        return _each(rounds, lambda waiting: executor.map(crew.do, waiting), said)
    finally:
        crew.end()  # first: threads that wait for a worker hear of its end
        executor.shutdown(cancel_futures=True)


def train_slice(piece: Slice) -> Progress:
    """Train one trial to the end of a slice, from its latest checkpoint if there is one."""
    keep_freed_memory()
    if piece.threads:
        torch.set_num_threads(piece.threads)
    trial, run = piece.trial, Run(piece.trial.path)
    if piece.seconds is not None:
        _forget_untimed(run)
    prepared = _prepared(_data_of(trial.recipe), piece.data, piece.store)
    resume = run.recipe_file.is_file() and latest_checkpoint(run.checkpoints) is not None
    if not resume:  # a process that was killed before its first checkpoint leaves nothing to go on from
        regular.remove_tree(run.path)
        begin = None
        if trial.init_from is not None:
            model = build_model(trial.recipe)
            begin = partial(lay_down, run, take_weights(model, trial.init_from), model, prepared.fingerprint)
        run.create(resolved_yaml(trial.recipe), prepared.report, data=piece.data, begin=begin)
        resume = begin is not None
    with locked(run.path, doing="being trained", wait=lambda text: print(f"gen: {text}", flush=True)):
        if run.recipe() != trial.recipe:  # its budget has grown
            write_atomically(run.recipe_file, resolved_yaml(trial.recipe))
        before = seconds_of(run)
        began = time.monotonic()
        model = build_model(trial.recipe).to(pick_device(piece.device))

        def pause(step: int) -> bool:
            if piece.steps is not None:
                return step >= piece.steps
            return before + time.monotonic() - began >= (piece.seconds or 0.0)

        outcome = train(model, trial.recipe, prepared, run, resume=resume, pause=pause)
        spent = before + time.monotonic() - began
        done = piece.round if not outcome.stopped_by else piece.round - 1
        clock = {"seconds": spent, "rounds": done, "step": outcome.step}
        write_atomically(run.path / "clock.json", json_text(clock) + "\n")
    return Progress(outcome.step, outcome.stopped_by)


def _data_of(recipe: Recipe) -> Recipe:
    """A recipe with only what decides the examples: the same for all arms and seeds."""
    none = Component("")
    return Recipe(name="data", data=recipe.data, converter=recipe.converter, encoder=none, decoder=none)


@lru_cache(maxsize=1)
def _prepared(data: Recipe, path: str | None, store: str | None) -> Prepared:
    """The examples, looked up once a process: every slice needs them."""
    return prepare(data, path=path, store=store)


def seconds_of(run: Run) -> float:
    """Time spent on a training so far, as far as its slices ended."""
    return float(_clock(run).get("seconds", 0.0))


def _forget_untimed(run: Run) -> None:
    """Drop a checkpoint that a slice of minutes left when it was killed before it could say how long it took."""
    timed = _clock(run).get("step", 0)
    for checkpoint in checkpoints(run.checkpoints):
        if int(checkpoint.name.removeprefix("step-")) > timed:
            regular.remove_tree(checkpoint)


def _ends(budget: Budget, number: int) -> tuple[int | None, float | None]:
    if budget.steps is not None and budget.slice_steps is not None:
        return min(budget.steps, number * budget.slice_steps), None
    return None, 60.0 * (budget.minutes or 0.0) * number / ROUNDS


def _done(piece: Slice) -> bool:
    run = Run(piece.trial.path)
    latest = latest_checkpoint(run.checkpoints)
    if latest is None:
        return False
    if piece.steps is not None:
        return int(latest.name.removeprefix("step-")) >= piece.steps
    return int(_clock(run).get("rounds", 0)) >= piece.round


def _clock(run: Run) -> dict[str, float]:
    try:
        found = regular.read_json(run.path / "clock.json")
    except (OSError, ValueError):
        return {}
    found = found if isinstance(found, dict) else {}
    return {name: value for name, value in found.items() if type(value) in (int, float)}


def _each(
    rounds: Sequence[Sequence[Slice]],
    do: Callable[[Sequence[Slice]], Iterable[Progress]],
    said: Callable[[Slice, Progress], None] | None,
) -> str:
    for slices in rounds:
        waiting = [piece for piece in slices if not _done(piece)]
        for piece, progress in zip(waiting, do(waiting), strict=True):
            if said is not None:
                said(piece, progress)
            if progress.stopped_by:
                return progress.stopped_by
    return ""
