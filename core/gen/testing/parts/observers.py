"""The checks of observers, in the order in which they run."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from gen.interfaces.observer import Observer
from gen.testing.checks import Checks, failed
from gen.testing.modules import seeded
from gen.testing.subject import Subject

_RECIPE = {"name": "made-up", "training": {"steps": 4, "seed": 0}, "latent": {"size": 8}}
_FIGURES = {"loss": 12.5, "reconstruction": 10.0, "kl_bits": 3.0, "learning_rate": 1e-3}


class ObserverSubject(Subject[Observer]):
    """An observer under test, and a training of four steps that never was."""

    KIND = "observer"

    def watch(self, run: Path, *, begin: int = 0, steps: int = 4, reason: str = "finished") -> None:
        """Tell a new one of a training from a step on."""
        observer = self.make()
        observer.on_begin(run, dict(_RECIPE), begin)
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


@CHECKS.add("torch.rand, torch.manual_seed, or a library that seeds when it begins", needs=["listens"])
def draws_nothing(subject: ObserverSubject) -> None:
    """Torch's random state is as it was: an observer has no part in what is computed."""
    with TemporaryDirectory() as folder, seeded(0):
        before = torch.get_rng_state()
        subject.watch(Path(folder))
        if not torch.equal(before, torch.get_rng_state()):
            failed("it draws from torch's global random state, or sets it")
