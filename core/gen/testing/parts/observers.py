"""The checks of observers, in the order in which they run."""

from __future__ import annotations

import random
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

from gen.interfaces.observer import Observer
from gen.system.spelling import listing
from gen.testing.checks import Checks, failed
from gen.testing.modules import seeded
from gen.testing.subject import Subject, random_from

_RECIPE = {"name": "made-up", "training": {"steps": 4, "seed": 0}, "latent": {"size": 8}}
_OF_A_RUN = (
    "recipe.yaml",
    "metrics.jsonl",
    "checkpoints/step-2/model.safetensors",
    "checkpoints/step-2/state.safetensors",
)
_SEED = 80_917  # which nobody sets by chance
_FIGURES = {"loss": 12.5, "reconstruction": 10.0, "kl_bits": 3.0, "learning_rate": 1e-3}


class ObserverSubject(Subject[Observer]):
    """An observer under test, and a training of four steps that never was."""

    KIND = "observer"

    def __init__(self, cls: type, options: Mapping[str, Any]) -> None:
        super().__init__(cls, options)
        self.settings = _settings()
        self.begun_in = _files_here()

    def watch(self, run: Path, *, begin: int = 0, steps: int = 4, reason: str = "finished") -> None:
        """Tell a new one of a training from a step on; torch's settings are what they were when it is over."""
        try:
            self._tell(run, begin, steps, reason)
        finally:
            self.seen = _settings()
            torch.set_grad_enabled(self.settings["grad mode"])
            torch.set_default_dtype(self.settings["default dtype"])
            torch.set_num_threads(self.settings["number of threads"])

    def _tell(self, run: Path, begin: int, steps: int, reason: str) -> None:
        observer = self.make()
        recipe = deepcopy(_RECIPE)
        observer.on_begin(run, recipe, begin)
        if recipe != _RECIPE:
            failed("on_begin changes the recipe that it is told")
        for step in range(begin + 1, steps + 1):
            figures = dict(_FIGURES)
            observer.on_log(step, "train", figures)
            if figures != _FIGURES:
                failed("on_log changes the figures that it is told")
            if step % 2 == 0:
                observer.on_log(step, "validation", dict(_FIGURES))
                observer.on_checkpoint(step)
            observer.on_step(step)
        observer.on_end(max(begin, steps), reason)


CHECKS: Checks[ObserverSubject] = Checks()


@CHECKS.add("options that don't go together, or work that belongs into on_begin")
def constructs(subject: ObserverSubject) -> None:
    """It can be made from its options, before there is a run."""
    if not isinstance(subject.make(), Observer):
        failed(f"{subject.cls.__name__} is no gen.interfaces.Observer")


@CHECKS.add("a figure that isn't in every line, or a folder that isn't there yet", needs=["constructs"])
def listens(subject: ObserverSubject) -> None:
    """It can be told of a whole training, and of one that ends before its first step."""
    with TemporaryDirectory() as folder:
        subject.watch(Path(folder))
    with TemporaryDirectory() as folder:
        subject.watch(Path(folder), steps=0, reason="TrainingError")


@CHECKS.add("a file that is written anew, or a name that is taken, when a training goes on", needs=["listens"])
def goes_on(subject: ObserverSubject) -> None:
    """A training that was stopped is taken up in the same run, and steps may be told again."""
    with TemporaryDirectory() as folder:
        subject.watch(Path(folder), steps=3, reason="SIGTERM")
        subject.watch(Path(folder), begin=2)


@CHECKS.add("a file of its own by a name that gen has taken: make a folder in the run", needs=["listens"])
def leaves_the_run(subject: ObserverSubject) -> None:
    """Files of the run that are gen's are as they were, and nothing is written to where gen was started."""
    with TemporaryDirectory() as folder:
        files = {name: Path(folder, *name.split("/")) for name in _OF_A_RUN}
        for name, file in files.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(name, encoding="utf-8")
        subject.watch(Path(folder))
        for name, file in files.items():
            if not file.is_file() or file.read_text(encoding="utf-8") != name:
                failed(f"{name} of the run is changed or removed")
    if _files_here() != subject.begun_in:
        failed("it writes to, or changes, the folder in which gen was started")


@CHECKS.add("torch.set_default_dtype, set_grad_enabled, set_num_threads and the like", needs=["listens"])
def leaves_torch(subject: ObserverSubject) -> None:
    """Torch's settings are as they were."""
    with TemporaryDirectory() as folder:
        subject.watch(Path(folder))
    if wrong := [name for name, value in subject.seen.items() if value != subject.settings[name]]:
        failed(f"it changes torch's {listing(wrong)}")


def _files_here() -> tuple[Path, set[Path]]:
    """The folder in which gen was started, and what is there."""
    return Path.cwd(), set(Path.cwd().iterdir())


def _settings() -> dict[str, Any]:
    return {
        "grad mode": torch.is_grad_enabled(),
        "default dtype": torch.get_default_dtype(),
        "number of threads": torch.get_num_threads(),
        "deterministic algorithms": torch.are_deterministic_algorithms_enabled(),
    }


@CHECKS.add("torch.rand, torch.manual_seed, or a library that seeds when it begins", needs=["listens"])
def draws_nothing(subject: ObserverSubject) -> None:
    """The random states of torch, numpy and Python are as they were: an observer has no part in what is computed."""
    with TemporaryDirectory() as folder, seeded(_SEED):
        before = torch.get_rng_state()
        with random_from(1):
            others = _plain_states()
            subject.watch(Path(folder))
            if _plain_states() != others:
                failed("it draws from Python's or numpy's global random state, or sets it")
        if not torch.equal(before, torch.get_rng_state()):
            failed("it draws from torch's global random state, or sets it")


def _plain_states() -> tuple[object, ...]:
    """Python's and numpy's random states."""
    return random.getstate(), repr(np.random.get_state())  # noqa: NPY002 - what must not be used
