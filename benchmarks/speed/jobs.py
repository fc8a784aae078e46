"""Jobs that are timed, each made in a process of its own (see `speed.workers`)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import torch
from common import peak_mebibytes

import gen
from gen.recipes.sections import SamplingSection
from gen.training.batch import require_precision
from gen.training.load import Trained
from gen.training.loader import Loader
from gen.training.optimiser import Optimiser
from gen.training.step import Passes
from gen.training.team import ALONE
from speed.flops import products_of
from speed.peak import seconds_of
from speed.settings import Setting

SEQUENCES = 64


class Job(Protocol):
    """Something to time.

    Attributes:
        actions: by name; each does its work once and returns what it took, in seconds.
        facts: numbers that don't depend on time, for the tables.
    """

    actions: Mapping[str, Callable[[], float]]
    facts: Mapping[str, Any]


class TrainingJob:
    """Training steps as the trainer does them, and the batches alone.

    Steps are counted from where the schedule lets the decoder hear itself half of the time, if it ever does.
    """

    def __init__(self, setting: Setting, device: torch.device) -> None:
        recipe = setting.load()
        require_precision(setting.precision, device)
        examples = gen.prepare(recipe).require("train")
        model = gen.build_model(recipe).to(device).train()
        training = recipe.training
        self._loader, self._files = (
            Loader(examples, training.batch_size, seed=0, device=device, augment=recipe.data.augment, resident=resident)
            for resident in (True, False)
        )
        self._passes = Passes(model, recipe, self._loader, ALONE)
        self._optimiser = Optimiser(model.parameters(), training)
        self._step = half_way(training.sampling)
        self.actions = {
            "step": lambda: seconds_of(self._train, device),
            "batch": lambda: seconds_of(lambda: self._load(self._loader), device),
            "batch from files": lambda: seconds_of(lambda: self._load(self._files), device),
        }
        products = products_of(recipe, gen.build_converter(recipe))
        self.facts = {
            "parameters": model.parameter_count(),
            "flops": products.training_step(training.batch_size),
            "examples": len(examples),
        }

    def _train(self) -> None:
        self._passes.run(self._step, tally=None)
        self._optimiser.step(self._step)
        self._step += 1

    def _load(self, loader: Loader) -> None:
        loader.batch(self._step)
        self._step += 1


class SamplingJob:
    """Sequences from the prior, by a model that isn't trained: that changes what it says, and not how fast."""

    def __init__(self, setting: Setting, device: torch.device) -> None:
        recipe = setting.load()
        model = gen.build_model(recipe).to(device).eval()
        self._trained = Trained(model, recipe, 0)
        self._generator = torch.Generator(device).manual_seed(0)
        self._z = model.prior(SEQUENCES, generator=torch.Generator().manual_seed(0))
        self._clips = self._notes()
        self.actions = {
            "steps": lambda: seconds_of(lambda: model.decode(self._z, generator=self._generator), device),
            "notes": lambda: seconds_of(self._notes, device),
            "midi": lambda: seconds_of(lambda: [gen.midi.midi_bytes(clip) for clip in self._clips], device),
        }
        products = products_of(recipe, gen.build_converter(recipe))
        self.facts = {"parameters": model.parameter_count(), "flops": products.sampling(SEQUENCES)}

    def _notes(self) -> list[gen.NoteSequence]:
        return gen.sample_clips(self._trained, SEQUENCES, seed=0, temperature=1.0)


def half_way(sampling: SamplingSection) -> int:
    """The first step at which the decoder hears itself with probability one half; 0 where it never will."""
    if sampling.schedule == "inverse_sigmoid":
        return math.ceil(sampling.rate * math.log(sampling.rate))
    if sampling.schedule == "exponential" and 0.0 < sampling.rate < 1.0:
        return math.ceil(math.log(0.5) / math.log(sampling.rate))
    return 0


def peak_megabytes(device: torch.device) -> float:
    """Peak memory of this process so far; on a GPU, that of its tensors there."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**20
    return peak_mebibytes()
