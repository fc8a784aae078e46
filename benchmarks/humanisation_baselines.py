"""How well simple ways of humanising do on the Groove MIDI Dataset, beside the numbers of GrooVAE's paper.

    python benchmarks/humanisation_baselines.py groove-v1.0.0-midionly.zip

Baselines are fitted on the training clips of a recipe and score on those of the test split, with 95 % intervals of a
bootstrap over performances (clips of one performance overlap and resemble each other). Writes
docs/results/humanisation_baselines.md. Below the four that `gen` offers stand others that show what their settings do:

* k nearest neighbours for given k, and linear regression for given ridges;
* plain linear regression: one for all cells, from the hits of a clip to its velocities and offsets, in which a silent
  cell is one of velocity 0 on time. That is what a reader of the paper would write first.
"""

from __future__ import annotations

import argparse
import math
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from common import processor

import gen
from gen.data.examples import Examples
from gen_converters.groove.baselines import performances_of, predictor
from gen_converters.groove.humanisation import linear, neighbours
from gen_converters.groove.humanisation.performances import Performances, Player
from gen_converters.groove.rows import RowLayout

PAGE = Path(__file__).parents[1] / "docs" / "results" / "humanisation_baselines.md"
MARK = "<!-- below: written by hand, kept when the page is made anew -->"
RECIPE = "groovae_2bar_humanize"
ROWS = {
    "timing_mae_ms": ("timing MAE, ms", 2),
    "timing_mse_16ths": ("timing MSE, 16ths²", 4),
    "velocity_mae": ("velocity MAE, MIDI", 2),
    "timing_kl": ("timing KL, histograms", 3),
    "velocity_kl": ("velocity KL, histograms", 3),
    "timing_kl_normal": ("timing KL, normal", 3),
    "velocity_kl_normal": ("velocity KL, normal", 3),
}
PAPER = {
    "quantised": ("22.6", "0.041", "n/a", "n/a"),
    "linear": ("19.77", "0.033", "4.79", "1.70"),
    "k nearest neighbours": ("22.34", "0.043", "1.10", "0.53"),
    "multilayer perceptron": ("19.25", "0.032", "7.62", "2.22"),
}
RESAMPLES = 1000


def plain_linear(performances: Performances) -> Player:
    hit = np.pad(performances.hit.astype(np.float64), ((0, 0), (0, 1)), constant_values=1)  # [N, n + 1]
    gram = hit.T @ hit + 1e-3 * np.eye(hit.shape[1])  # so little that it only serves cells that are never hit
    weights = np.linalg.solve(gram, hit.T @ performances.played.reshape(len(hit), -1))
    return lambda score: (np.pad(score, ((0, 0), (0, 1)), constant_values=1) @ weights).reshape(*score.shape, 2)


def score(converter: gen.Converter, test: Examples, outputs: np.ndarray) -> dict[str, tuple[float, float, float]]:
    """Figures with the bounds of their intervals."""
    columns = converter.statistics(test.outputs, outputs, test.lengths, test.qpm)
    whole = converter.summarise({name: column.sum(axis=0) for name, column in columns.items()})
    _, performance = np.unique(test.source, return_inverse=True)
    count = int(performance.max()) + 1
    rng = np.random.default_rng(0)
    weights = rng.multinomial(count, np.full(count, 1 / count), RESAMPLES)[:, performance]  # [resamples, N]
    sums = {name: np.tensordot(weights, column, 1) for name, column in columns.items()}
    drawn = [converter.summarise({name: column[i] for name, column in sums.items()}) for i in range(RESAMPLES)]
    found = {}
    for name in ROWS:
        values = [one[name] for one in drawn]
        low, high = (math.nan, math.nan) if math.isnan(whole[name]) else np.nanquantile(values, [0.025, 0.975])
        found[name] = (whole[name], float(low), float(high))
    return found


def table(results: dict[str, dict[str, tuple[float, float, float]]]) -> str:
    lines = ["| | " + " | ".join(title for title, _ in ROWS.values()) + " |", "|---|" + "--:|" * len(ROWS)]
    for name, figures in results.items():
        cells = []
        for key, (_, digits) in ROWS.items():
            value, low, high = figures[key]
            shown = f"{value:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})" if not math.isnan(value) else "n/a"
            cells.append(shown)
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", help="groove-v1.0.0-midionly.zip")
    parser.add_argument("--seed", type=int, default=0, help="of whatever a baseline draws")
    arguments = parser.parse_args()
    torch.set_num_threads(1)

    recipe = gen.load_recipe(RECIPE)
    prepared = gen.prepare(recipe, path=arguments.data)
    converter = gen.build_converter(recipe, mode="eval")
    assert isinstance(converter, gen.interfaces.Baselined)
    train, test = prepared.require("train"), prepared.require("test")

    started = time.process_time()
    generator = np.random.default_rng(arguments.seed)
    offered = converter.baselines(train.inputs, train.outputs, train.controls, train.lengths, rng=generator)
    seconds = time.process_time() - started
    print(f"fitted in {seconds:.0f} s of processor time", flush=True)
    results = {name: score(converter, test, predict(test.inputs, None)) for name, predict in offered.items()}

    layout = RowLayout(drums=train.outputs.shape[2] // 3)
    known = performances_of(layout, train.outputs, train.lengths)
    others: dict[str, Callable[[], Player]] = {"linear, plain": lambda: plain_linear(known)}
    others |= {f"linear, ridge {ridge:g}": lambda ridge=ridge: linear.fit(known, ridge) for ridge in (1.0, 100.0)}
    others |= {f"nearest neighbours, k = {k}": lambda k=k: neighbours.fit(known, k) for k in (1, 5, 20, 100)}
    details = {}
    for name, fit in others.items():
        predict = predictor(layout, fit(), hits_in_controls=False)
        details[name] = score(converter, test, predict(test.inputs, None))
        print(name, {key: round(value[0], 4) for key, value in details[name].items()}, flush=True)
    generator = np.random.default_rng(arguments.seed)
    ridge, count = linear.choose(known, generator), neighbours.choose(known, generator)

    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True
    ).stdout.strip()
    hits = int(test.outputs[..., : layout.drums].sum())
    paper = "\n".join(f"| {name} | " + " | ".join(values) + " |" for name, values in PAPER.items())
    text = f"""# Baselines of humanisation, on the Groove MIDI Dataset

What simple ways to play a score get wrong, on the held-out performances of the official split: what any model of
`{RECIPE}` must be judged beside.

```console
python benchmarks/humanisation_baselines.py groove-v1.0.0-midionly.zip
```

{len(train):,} training clips of two bars, {len(test):,} test clips of {len(np.unique(test.source))} performances with
{hits:,} hits; a clip starts on every bar. Data fingerprint `{prepared.fingerprint[:16]}`; commit `{commit}`;
seed {arguments.seed}. {processor()}, one thread; Python {platform.python_version()}, numpy {np.__version__}, torch
{torch.__version__}. Fitting all four took {seconds:.0f} s of
processor time.

Figures are defined in [figures of grooves](../groove_figures.md); in brackets 95 % intervals of {RESAMPLES:,} draws of
whole performances. All hits are given, so hit F1 is 1.

{table(results)}

## As the paper has them

Gillick et al. 2019, quoted from memory, without its intervals; its KL is one figure.

| | timing MAE, ms | timing MSE, 16ths² | timing KL | velocity KL |
|---|--:|--:|--:|--:|
{paper}

## What the settings do

On held-out training clips, ridge {ridge:g} and k = {count} do best.

{table(details)}
"""
    by_hand = PAGE.read_text(encoding="utf-8").partition(MARK)[2] if PAGE.exists() else "\n"
    PAGE.write_text(f"{text}\n{MARK}{by_hand}", encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
