"""Whether a model plays in the style that it is told: what a plain classifier calls its clips, and how they differ.

    python benchmarks/styles.py RUN --data groove-v1.0.0-midionly.zip --styles funk hiphop jazz latin rock

Prints Markdown (docs/results/styles.md). The classifier is a logistic regression on how often each drum is struck,
where in the beat, and how hard, fitted to the training clips of the styles, each style as heavy as the next. It is
judged by clips that it hasn't seen, and then calls samples. Intervals are of 1,000 bootstraps: over files of real
clips, for clips of one file are alike, and over samples.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional as F

import gen
from gen.data.examples import Examples
from gen.music import controls_of_labels
from gen.music.sampling import decode_steps, sample_latents
from gen.training.load import Trained, load_run

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
DRUMS = {"all drums": range(9), "kick": [0], "snare": [1], "closed hi-hat": [2], "ride": [8]}
_PULSE = ([0], [1], [2, 3, 8])  # kick, snare, and what keeps time


def statistics(steps: npt.NDArray[np.floating], bar: int = 16) -> Floats:
    """What is counted of clips ``[N, T, 27]``, ``[N, F]``: see above."""
    hit, velocity = steps[..., :9] > 0.5, steps[..., 9:18]
    count = np.maximum(hit.sum((1, 2)), 1)
    loud = (velocity * hit).sum((1, 2)) / count
    spread = np.sqrt(((velocity - loud[:, None, None]) ** 2 * hit).sum((1, 2)) / count)
    columns = [np.log1p(hit.sum(1) * bar / steps.shape[1])]
    for drums in _PULSE:
        by_position = hit[..., drums].any(2).reshape(len(hit), -1, 4).mean(1)  # [N, 4]
        columns.append(by_position)
    return np.concatenate([*columns, loud[:, None], spread[:, None]], axis=1).astype(np.float64)


def fitted(features: Floats, style: Numbers) -> Callable[[Floats], Numbers]:
    """A logistic regression: from features ``[N, F]`` to styles ``[N]``."""
    middle, size = features.mean(0), features.std(0) + 1e-6
    weight = torch.tensor(1.0 / np.bincount(style)[style])
    x, y = torch.tensor((features - middle) / size), torch.tensor(style)
    lines = torch.zeros(x.shape[1] + 1, int(y.max()) + 1, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([lines], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        nats = F.cross_entropy(x @ lines[1:] + lines[0], y, reduction="none")
        total = (nats * weight).sum() / weight.sum() + 1e-3 * lines[1:].square().sum()
        total.backward()
        return total

    optimiser.step(loss)  # type: ignore[arg-type]
    found = lines.detach().numpy()
    return lambda features: np.asarray(((features - middle) / size @ found[1:] + found[0]).argmax(1))


def shares(right: npt.NDArray[np.bool_], style: Numbers, unit: Numbers) -> str:
    """The mean over styles of the share that is right, with its interval over units (files, or samples)."""
    numbers = np.unique(style)
    rng = np.random.default_rng(0)

    def mean(rows: Callable[[int], Numbers]) -> float:
        return float(np.mean([right[rows(number)].mean() for number in numbers]))

    def drawn(number: int) -> Numbers:
        own = np.flatnonzero(style == number)
        units = np.unique(unit[own])
        chosen = rng.choice(units, len(units))
        return np.concatenate([own[unit[own] == each] for each in chosen])

    low, high = np.percentile([mean(drawn) for _ in range(1000)], [2.5, 97.5])
    return f"{mean(lambda number: np.flatnonzero(style == number)):.3f} ({low:.3f} to {high:.3f})"


def a_bar(steps: npt.NDArray[np.floating], drums: list[int], unit: Numbers) -> str:
    """Hits a bar of some drums, with the interval over units."""
    hits = (steps[..., :9] > 0.5)[..., drums].sum((1, 2)) * 16 / steps.shape[1]
    rng = np.random.default_rng(0)
    units = np.unique(unit)
    sums = np.array([[hits[unit == each].sum(), (unit == each).sum()] for each in units])
    drawn = [sums[rng.integers(len(units), size=len(units))].sum(0) for _ in range(1000)]
    low, high = np.percentile([total / count for total, count in drawn], [2.5, 97.5])
    return f"{hits.mean():.1f} ({low:.1f} to {high:.1f})"


def samples(trained: Trained, said: str, drawn: str, count: int, seed: int) -> npt.NDArray[np.floating]:
    """Clips ``[N, T, 27]`` whose decoder is told one style, and whose z is drawn for another."""
    generator = torch.Generator(trained.model.device).manual_seed(seed)
    z = sample_latents(trained, count, seed=seed, controls=controls_of_labels(trained, {"style": drawn}))
    controls = controls_of_labels(trained, {"style": said})
    assert isinstance(controls, np.ndarray)
    return decode_steps(trained, z, controls=controls, temperature=0.5, generator=generator)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run")
    parser.add_argument("--data")
    parser.add_argument("--store")
    parser.add_argument("--styles", nargs="+", required=True)
    parser.add_argument("--count", type=int, default=200, help="samples of each style")
    args = parser.parse_args()
    trained = load_run(args.run)
    prepared = gen.prepare(trained.recipe, path=args.data, store=args.store)
    known = [report.metadata["style"].partition("/")[0] for report in prepared.report.files]

    def of(examples: Examples) -> tuple[npt.NDArray[np.floating], Numbers, Numbers]:
        """Steps, style and file of the clips that are of the styles asked about."""
        names = [known[source] for source in examples.source]
        rows = np.flatnonzero([name in args.styles for name in names])
        style = np.array([args.styles.index(names[row]) for row in rows])
        return examples.outputs[rows], style, examples.source[rows]

    train, held = of(prepared.require("train")), [of(prepared.require(split)) for split in ("validation", "test")]
    held_out = tuple(np.concatenate(parts) for parts in zip(*held, strict=True))
    call = fitted(statistics(train[0]), train[1])

    numbers = np.repeat(np.arange(len(args.styles)), args.count)
    each = np.arange(len(numbers))
    ways = {
        "told the style": lambda style: (style, style),
        "told only the decoder": lambda style: (style, "unknown"),
        "told only the prior": lambda style: ("unknown", style),
        "told nothing": lambda style: ("unknown", "unknown"),
    }
    made = {
        way: np.concatenate(
            [samples(trained, *pair(style), args.count, seed) for seed, style in enumerate(args.styles)]
        )
        for way, pair in ways.items()
    }
    called = {way: call(statistics(steps)) for way, steps in made.items()}
    right = {way: found == numbers for way, found in called.items()}
    print("| clips | called by the style |\n|---|--:|")
    print(f"| real, training | {shares(call(statistics(train[0])) == train[1], train[1], train[2])} |")
    print(f"| real, held out | {shares(call(statistics(held_out[0])) == held_out[1], held_out[1], held_out[2])} |")
    for way in ways:
        print(f"| samples, {way} | {shares(right[way], numbers, each)} |")
    print(f"| chance | {1 / len(args.styles):.3f} |")
    print(f"\n| told | {' | '.join(f'called {style}' for style in args.styles)} |\n|---|{'--:|' * len(args.styles)}")
    for number, style in enumerate(args.styles):
        found = np.bincount(called["told the style"][numbers == number], minlength=len(args.styles)) / args.count
        print(f"| {style} | {' | '.join(f'{share:.2f}' for share in found)} |")
    print(f"\n| hits a bar | | {' | '.join(DRUMS)} |\n|---|---|{'--:|' * len(DRUMS)}")
    for number, style in enumerate(args.styles):
        clips = {
            "training": (train[0][train[1] == number], train[2][train[1] == number]),
            "held out": (held_out[0][held_out[1] == number], held_out[2][held_out[1] == number]),
            "samples": (made["told the style"][numbers == number], np.arange(args.count)),
        }
        for name, (steps, unit) in clips.items():
            cells = " | ".join(a_bar(steps, list(drums), unit) for drums in DRUMS.values())
            print(f"| {style} | {name} | {cells} |")


if __name__ == "__main__":
    main()
