"""Fast paths beside the readable forms that they equal, and beside forms that were not kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any
from unittest import mock

import torch
from torch import Tensor

import gen
from gen.nn import single_pass
from gen.training.loader import Loader
from gen_decoders.flat import SingleLstmDecoder
from speed.options import Options
from speed.peak import seconds_of
from speed.report import seconds, table
from speed.settings import FLAT, HIERARCHICAL, MELODY, Setting
from speed.turns import Runner, take_turns
from speed.workers import Workers

TITLE = "Fast paths and their readable forms"
FILE = "fast_paths"
EXPLANATION = """\
The decoder alone, forwards and backwards (sampling: forwards), fp32, from the same random draws; all forms of a row's
model take turns in one process. Kept are the forms in the second column; what they equal, and how nearly, is tested in
tests/models. *Step by step* is `LstmStack.step` in a loop."""
EVEN = 0.5  # of the steps hear the model itself
COMPARED: Mapping[str, tuple[str, str, str]] = {
    "single pass": ("scheduled sampling", "one pass, merged", "step by step"),
    "sampling": ("sampling", "merged", "step by step"),
    "fused": ("teacher forcing", "fused layers", "step by step"),
    "hoisted": ("teacher forcing", "fused layers", "z multiplied once, merged: not kept"),
    "bars": ("teacher forcing", "bars side by side", "one bar after another"),
}
SETTINGS: Sequence[tuple[Setting, Sequence[str]]] = (
    (MELODY, ("single pass", "sampling", "fused", "hoisted")),
    (Setting(f"{MELODY.name}, batch 512", MELODY.recipe, batch=512), ("single pass", "fused", "hoisted")),
    (FLAT, ("fused", "hoisted")),
    (HIERARCHICAL, ("bars",)),
)
FAST = {"single pass": "feedback", "sampling": "sample", "fused": "forced", "hoisted": "forced", "bars": "forced"}
SLOW = {
    "single pass": "feedback stepwise",
    "sampling": "sample stepwise",
    "fused": "forced stepwise",
    "hoisted": "forced merged",
    "bars": "forced in turn",
}


class FormsJob:
    """The decoder of a model, in every form that it has."""

    def __init__(self, setting: Setting, device: torch.device) -> None:
        recipe = setting.load()
        examples = gen.prepare(recipe).require("train")
        model = gen.build_model(recipe).to(device).train()
        self._decoder, self._device = model.decoder, device
        batch = Loader(examples, recipe.training.batch_size, seed=0, device=device).batch(0)
        self._targets, self._lengths = batch.outputs, batch.lengths
        self._z = torch.randn(len(batch.outputs), recipe.latent.size, device=device).requires_grad_()
        loss = self._loss
        self.actions: Mapping[str, Callable[[], float]] = {
            "feedback": self._timed(lambda: loss(feedback=EVEN)),
            "feedback stepwise": self._timed(lambda: loss(feedback=EVEN), stepwise=True),
            "sample": self._timed(self._sample),
            "sample stepwise": self._timed(self._sample, stepwise=True),
            "forced": self._timed(loss),
            "forced stepwise": self._timed(lambda: loss(ending=True)),  # whoever wants states goes step by step
            "forced merged": self._timed(self._merged),
            # hardly any probability is enough for segments to wait for each other
            "forced in turn": self._timed(lambda: loss(feedback=1e-12)),
        }
        self.facts: dict[str, Any] = {"flops": 0}

    def _generator(self) -> torch.Generator:
        return torch.Generator(self._device).manual_seed(0)

    def _loss(self, **options: Any) -> None:
        said = self._decoder(self._targets, self._lengths, self._z, None, generator=self._generator(), **options)
        torch.autograd.backward(said.loss.sum())

    def _sample(self) -> None:
        with torch.no_grad():
            self._decoder.sample(self._z, self._targets.shape[1], temperature=1.0, generator=self._generator())

    def _merged(self) -> None:
        assert isinstance(self._decoder, SingleLstmDecoder)
        core, steps = self._decoder.core, iter(self._targets.unbind(1))
        states = core.stack.split_states(core.initial(self._z).tanh())
        first = torch.zeros_like(self._targets[:, 0])

        def truth(_: Tensor) -> Tensor:
            return next(steps)

        hidden = single_pass(core.stack, first, self._z, None, states, self._targets.shape[1], truth)
        valid = torch.ones(self._targets.shape[:2], dtype=torch.bool, device=self._device)
        score = core.head.score(core.projection(hidden).transpose(0, 1), self._targets, valid)
        torch.autograd.backward(score.nats.sum())

    def _timed(self, work: Callable[[], object], *, stepwise: bool = False) -> Callable[[], float]:
        def time_it() -> float:
            # the decoder has no option for this: nobody who trains wants the slower form
            context = mock.patch("gen_decoders.lstm.merges", return_value=False) if stepwise else nullcontext()
            with context:
                return seconds_of(work, self._device)

        return time_it


def measure(options: Options) -> list[str]:
    """Markdown after the heading."""
    rows: list[Sequence[object]] = []
    for setting, names in SETTINGS[:1] if options.quick else SETTINGS:
        with Workers([options.order("forms", setting)]) as (worker,):
            threads = options.most_threads
            actions = dict.fromkeys(action for name in names for action in (FAST[name], SLOW[name]))
            runners = {action: Runner(worker, action, threads, peak=False) for action in actions}
            take_turns(list(runners.values()), options.rounds)
        for name in names:
            what, kept, other = COMPARED[name]
            fast, slow = runners[FAST[name]], runners[SLOW[name]]
            times = f"{slow.median / fast.median:.2f}"
            rows.append((setting.name, what, kept, seconds(fast), other, seconds(slow), times))
            print("  ".join(map(str, rows[-1])), flush=True)
    columns = "<model | <what | <kept | its seconds, median (least) | <beside it | its seconds | times as long"
    threads = "" if options.most_threads is None else f"Threads: {options.most_threads}."
    return [*EXPLANATION.splitlines(), "", threads, "", *table(columns, rows)]
