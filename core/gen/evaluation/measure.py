"""Every example of a split through a model, in every regime.

Letters in shape comments: N examples, B batch, T steps, D depth, Z latent size.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from gen.data.examples import Examples
from gen.data.store import Store
from gen.evaluation.figures import Figures, figures
from gen.evaluation.floors.fit import floors
from gen.evaluation.measurement import PARTS, Columns, Measurement, Regime
from gen.evaluation.regimes import BASELINE, FREE_RUNNING, GREEDY, MAIN, REGIMES, TEACHER_FORCED
from gen.interfaces.converter import Baselined, Converter, Predictor
from gen.interfaces.decoder import DecoderOutput
from gen.interfaces.latent import LatentPosterior
from gen.model import schedules
from gen.model.vae import NATS_PER_BIT, VAE
from gen.nn import without_dropout
from gen.training.batch import Batch, to_device


def evaluate(
    model: VAE,
    converter: Converter,
    examples: Examples,
    *,
    step: int,
    batch_size: int = 64,
    seed: int = 0,
    temperature: float = 1.0,
    progress: Callable[[int], None] | None = None,
) -> dict[str, Figures]:
    """Every figure of ``gen eval``, by regime, and those of the latent space as ``latent``.

    The regimes are those of `gen.evaluation.regimes.REGIMES`: ``teacher_forced``, ``free_running``, ``greedy`` and
    their variants. A figure of one regime answers another question than the same figure of another.

    Args:
        model: left in the mode it was in.
        converter: compares outputs with targets.
        examples: at least one; all are used.
        step: training step, for the weight of the KL.
        batch_size: examples at a time.
        seed: of every draw.
        temperature: of free running.
        progress: called with the number of examples done.
    """
    found = measure(
        model,
        converter,
        examples,
        step=step,
        batch_size=batch_size,
        seed=seed,
        temperature=temperature,
        progress=progress,
    )
    return figures(found, converter)


@torch.no_grad()
def measure(
    model: VAE,
    converter: Converter,
    examples: Examples,
    *,
    step: int,
    batch_size: int = 64,
    seed: int = 0,
    temperature: float = 1.0,
    progress: Callable[[int], None] | None = None,
    regimes: Collection[str] = tuple(REGIMES),
) -> Measurement:
    """Reconstruct every example in those regimes, which are all of `gen.evaluation.regimes.REGIMES`, and compare.

    The draws of z don't depend on the size of a batch; those of single steps do. Arguments as `evaluate`.
    """
    with without_dropout(model):
        posterior, divergence = _encode(model, examples, batch_size)
        z = _Latents(posterior, seed)
        generator = torch.Generator(model.device).manual_seed(seed)
        collected: dict[str, list[Regime]] = {}
        done = 0
        bars = _bar_count(converter, examples)
        for chunk in examples.batches(batch_size):
            rows = slice(done, done + len(chunk))
            ways = _ways(model, to_device(chunk, model.device), z, rows, temperature, generator)
            for name in (name for name in ways if name in regimes):
                said = ways[name]()
                collected.setdefault(name, []).append(_regime(converter, chunk, said, bars if name in MAIN else 0))
            done += len(chunk)
            if progress is not None:
                progress(done)
    return Measurement(
        regimes={name: _joined(parts) for name, parts in collected.items()},
        pieces=examples.source,
        steps=examples.lengths.reshape(len(examples), -1).sum(axis=1).astype(np.float64),
        kl=divergence.sum(-1).double().numpy(),
        kl_cost=model.price(divergence).double().numpy(),
        means=posterior.mean.numpy(),
        step=step,
        beta=schedules.beta(model.latent, step),
        seed=seed,
        temperature=temperature,
    )


class _Latents:
    """The latent vectors that a regime may start from, of all examples at once."""

    def __init__(self, posterior: LatentPosterior, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        self.mean = posterior.mean  # [N, Z]
        self.draw = posterior.sample(generator=generator)  # [N, Z]
        order = torch.randperm(len(self.mean), generator=generator)
        other = torch.empty_like(order)
        other[order] = order.roll(1)  # each example has the next one's in a random order, and never its own
        self.shuffled = self.draw[other]  # [N, Z]


@dataclass(frozen=True, eq=False)
class _Said:
    """What a model made of a batch: outputs ``[B, T, D]``, and the decoder's scores where the truth was scored."""

    outputs: Tensor | None
    scores: DecoderOutput | None = None


def _encode(model: VAE, examples: Examples, batch_size: int) -> tuple[LatentPosterior, Tensor]:
    """The posterior of every example, and its KL ``[N, K]``, on the CPU."""
    found: list[LatentPosterior] = []
    for chunk in examples.batches(batch_size):
        batch = to_device(chunk, model.device)
        found.append(model.encode(batch.inputs, batch.lengths, batch.controls).mapped(Tensor.cpu))
    posterior = found[0].joined(found[1:])
    return posterior, posterior.kl()


def _ways(
    model: VAE, batch: Batch, z: _Latents, rows: slice, temperature: float, generator: torch.Generator
) -> Mapping[str, Callable[[], _Said]]:
    """How a batch is said in each regime; they draw, so they are called in this order."""
    mean, draw, shuffled = (each[rows].to(model.device) for each in (z.mean, z.draw, z.shuffled))

    def given(latent: Tensor, feedback: float = 0.0) -> DecoderOutput:
        return model.say(batch.outputs, batch.lengths, latent, batch.controls, feedback=feedback, generator=generator)

    def forced(latent: Tensor) -> _Said:
        output = given(latent)
        return _Said(output.predictions, output)

    def own(latent: Tensor, heat: float, scores: DecoderOutput | None = None) -> _Said:
        steps = batch.outputs.shape[1]
        outputs = model.decode(latent, steps=steps, controls=batch.controls, temperature=heat, generator=generator)
        return _Said(outputs, scores)

    return {
        TEACHER_FORCED: lambda: forced(draw),
        "teacher_forced_mean": lambda: forced(mean),
        "teacher_forced_shuffled": lambda: forced(shuffled),
        FREE_RUNNING: lambda: own(draw, temperature, given(draw, feedback=1.0)),
        "free_running_mean": lambda: own(mean, temperature),
        "greedy_draw": lambda: own(draw, 0.0),
        GREEDY: lambda: own(mean, 0.0),
    }


def compared(converter: Converter, examples: Examples, outputs: npt.NDArray[np.floating]) -> Regime:
    """Outputs ``[N, T, D]`` against the targets of examples, whole and bar by bar."""
    return _compared(converter, examples, outputs, _bar_count(converter, examples))


def baseline_regimes(
    converter: Converter,
    training: Examples,
    examples: Examples,
    *,
    bits: Sequence[int] = (),
    seed: int = 0,
    store: Store | None = None,
) -> Mapping[str, Regime]:
    """What a model has to beat, fitted to ``training``: the converter's own baselines where its task has some
    (`gen.interfaces.Baselined`), and else the floors of `gen.evaluation.floors`, at ``bits`` of models (`bits_of`).

    In the ``store`` whose training split that is, what takes long to fit to it is kept for the next time.
    """
    predictors: Mapping[str, Predictor] = {}
    if isinstance(converter, Baselined):
        predictors = converter.baselines(
            training.inputs, training.outputs, training.controls, training.lengths, rng=np.random.default_rng(seed)
        )
    said = {name: predict(examples.inputs, examples.controls) for name, predict in predictors.items()}
    said = said or floors(converter, training, examples, bits=bits, seed=seed, store=store)
    return {BASELINE + name: compared(converter, examples, outputs) for name, outputs in said.items()}


def bits_of(measurements: Sequence[Measurement]) -> int:
    """Whole bits of the KL of a model, or of several of one recipe."""
    return round(float(np.mean([measurement.kl.mean() for measurement in measurements])) / NATS_PER_BIT)


def _compared(converter: Converter, chunk: Examples, outputs: npt.NDArray[np.floating], bars: int) -> Regime:
    statistics = converter.statistics(chunk.outputs, outputs, chunk.lengths, chunk.qpm)
    return Regime(statistics, _bars(converter, chunk, outputs, bars))


def _regime(converter: Converter, chunk: Examples, said: _Said, bars: int) -> Regime:
    found = Regime({})
    if said.outputs is not None:
        found = _compared(converter, chunk, said.outputs.float().cpu().numpy(), bars)
    if said.scores is None:
        return found
    return replace(
        found,
        sums={name: value.double().cpu().numpy() for name, value in said.scores.sums.items()},
        counts={name: value.double().cpu().numpy() for name, value in said.scores.counts.items()},
        nats=said.scores.loss.double().cpu().numpy(),
    )


def _bar_count(converter: Converter, examples: Examples) -> int:
    """Whole bars of the longest example; 0 where steps aren't times."""
    size = converter.steps_per_bar
    return 0 if size is None or examples.lengths.ndim != 1 else examples.steps // size


def _bars(converter: Converter, chunk: Examples, outputs: npt.NDArray[np.floating], bars: int) -> Columns:
    """The comparison of every bar by itself, ``[B, bars, …]``: 0 where an example is over before, in any batch."""
    size = converter.steps_per_bar
    if size is None or not bars:
        return {}
    columns: list[Columns] = []
    for start in range(0, bars * size, size):
        here = np.clip(chunk.lengths - start, 0, size)
        if columns and not here.any():  # the batch may not even have these steps
            columns.append({name: np.zeros_like(column) for name, column in columns[0].items()})
            continue
        inside = slice(start, start + size)
        found = converter.statistics(chunk.outputs[:, inside], outputs[:, inside], here, chunk.qpm)
        there = here > 0
        columns.append({name: np.where(there, column.T, 0.0).T for name, column in found.items()})
    return {name: np.stack([column[name] for column in columns], axis=1) for name in columns[0]}


def _joined(parts: Sequence[Regime]) -> Regime:
    """The regimes of all batches as one."""

    columns = {
        name: {key: np.concatenate([getattr(part, name)[key] for part in parts]) for key in getattr(parts[0], name)}
        for name in PARTS
    }
    nats = [part.nats for part in parts if part.nats is not None]
    return Regime(**columns, nats=np.concatenate(nats) if nats else None)
