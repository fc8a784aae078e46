"""The results page of a groove run: curves, held-out figures, and two baselines that any model must beat.

    python benchmarks/groove_results.py RUN --data groove-v1.0.0-midionly.zip --time "an hour" --command "gen train …"

Writes docs/results/groovae_4bar.md, .png and the piano rolls of a few test clips. The baselines see what the model
sees and are scored by the same function:

* mean groove: at each step and drum, a hit where more than half of the training clips have one, with the mean velocity
  and offset of those hits; it ignores its input.
* nearest training groove: the training clip with the least squared distance over hits, velocities and offsets.
"""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch

import gen
from gen.data.examples import Examples
from gen.evaluation.measure import evaluate
from gen.model.build import build_converter
from gen.music.plots import piano_roll
from gen.music.sampling import sample_clips
from gen.music.transforming import reconstruct_examples
from gen.training.load import load_run
from gen.training.run import Run

PAGE = Path(__file__).parents[1] / "docs" / "results" / "groovae_4bar.md"
MARK = "<!-- below: written by hand, kept when the page is made anew -->"
ROWS = {
    "hit_f1": "hit F1",
    "hit_precision": "hit precision",
    "hit_recall": "hit recall",
    "velocity_mae": "velocity error (MIDI units)",
    "timing_mae_ms": "timing error (ms)",
    "timing_mse_16ths": "timing MSE (16ths²)",
    "reconstruction": "reconstruction loss (nats a clip)",
    "hits_loss": "hits loss (nats a step)",
    "velocities_loss": "velocities loss (a step)",
    "offsets_loss": "offsets loss (a step)",
    "kl_bits": "KL (bits)",
}


def mean_groove(train: Examples) -> np.ndarray:
    """``[T, 27]``."""
    hits, velocities, offsets = np.split(train.outputs.astype(np.float64), 3, axis=2)
    count = np.maximum(hits.sum(0), 1.0)
    beat = hits.mean(0) > 0.5
    return np.concatenate([beat, velocities.sum(0) / count * beat, offsets.sum(0) / count * beat], axis=1)


def nearest_groove(train: Examples, examples: Examples) -> np.ndarray:
    """``[N, T, 27]``."""
    known = torch.from_numpy(train.outputs.reshape(len(train), -1))
    asked = torch.from_numpy(examples.inputs.reshape(len(examples), -1))
    rows = torch.cat([torch.cdist(chunk, known).argmin(1) for chunk in asked.split(256)])
    return train.outputs[rows.numpy()]


def score(converter: gen.Converter, examples: Examples, outputs: np.ndarray) -> dict[str, float]:
    columns = converter.statistics(examples.outputs, outputs, examples.lengths, examples.qpm)
    return converter.summarise({name: float(column.sum()) for name, column in columns.items()})


def curves(run: Run, path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 3.4), layout="constrained")
    for axis, (name, title) in zip(
        figure.subplots(1, 3),
        (("reconstruction", "reconstruction (nats)"), ("kl_bits", "KL (bits)"), ("hits_loss", "hits loss")),
        strict=True,
    ):
        for split, style in (
            ("train", {"alpha": 0.5, "linewidth": 0.8}),
            ("validation", {"marker": "o", "markersize": 3}),
        ):
            lines = [line for line in run.metrics() if line["split"] == split and line[name] is not None]
            axis.plot([line["step"] for line in lines], [line[name] for line in lines], label=split, **style)
        axis.set_title(title, fontsize=10)
        axis.set_xlabel("step")
        if name == "reconstruction":
            axis.set_ylim(100, 320)
    figure.axes[0].legend()
    figure.savefig(path, dpi=90)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run")
    parser.add_argument("--data", required=True)
    parser.add_argument("--time", required=True, help="how long the training took, in words")
    parser.add_argument("--command", required=True, help="how it was started")
    arguments = parser.parse_args()

    trained = load_run(arguments.run)
    prepared = gen.prepare(trained.recipe, path=arguments.data)
    converter = build_converter(trained.recipe, mode="eval")
    train = prepared.require("train")
    tables = []
    for split in ("validation", "test"):
        examples = prepared.require(split)
        mean = np.broadcast_to(mean_groove(train), examples.outputs.shape)
        columns = {
            "teacher-forced": None,
            "free-running": None,
            "greedy": None,
            "nearest training groove": score(converter, examples, nearest_groove(train, examples)),
            "mean groove": score(converter, examples, mean),
        }
        regimes = evaluate(trained.model, converter, examples, step=trained.step, batch_size=128)
        columns |= {name.replace("_", "-"): figures for name, figures in regimes.items()}
        lines = [f"### {split.capitalize()}: {len(examples):,} clips", ""]
        lines += ["| | " + " | ".join(columns) + " |", "|---|" + "--:|" * len(columns)]
        for key, label in ROWS.items():
            cells = [f"{figures[key]:.3f}" if figures and key in figures else "" for figures in columns.values()]
            lines.append(f"| {label} | " + " | ".join(cells) + " |")
        tables.append("\n".join(lines))
    test = prepared.require("test")
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    run = Run(arguments.run)
    curves(run, PAGE.with_suffix(".png"))
    pick = np.linspace(0, len(test) - 1, 2).astype(int)
    pairs = reconstruct_examples(trained, test.take(pick))
    clips, titles = [], []
    for number, (original, decoded) in enumerate(pairs):
        clips += [original, decoded]
        titles += [f"test clip {pick[number]}", "its reconstruction, greedy from the posterior mean"]
    clips += sample_clips(trained, 1, seed=1, temperature=0.5)
    titles.append("a sample from the prior, temperature 0.5")
    piano_roll(clips, PAGE.with_name("groovae_4bar_clips.png"), titles=titles)

    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True
    ).stdout.strip()
    counts = prepared.report.by_split()["train"]
    origin = f"{counts['examples']:,} training clips from {counts['used']} of {counts['files']} performances"
    text = f"""# GrooVAE, four bars, on the Groove MIDI Dataset

What the main recipe learns from 13.6 hours of human drumming, on the held-out performances of the official split.

```console
{arguments.command}
python benchmarks/groove_results.py {arguments.run} --data groove-v1.0.0-midionly.zip --time … --command …
```

{trained.step:,} steps; {arguments.time}.
{trained.model.parameter_count():,} parameters; torch {torch.__version__}, Python {platform.python_version()};
data fingerprint `{prepared.report.fingerprint[:16]}`; evaluated at commit `{commit}`.
{origin} (the others are too short or not in 4/4); a clip starts on every bar.

![Curves of training and validation](groovae_4bar.png)

Teacher-forced: each step hears the true previous step. Free-running: each step hears the model's own draw at
temperature 1, with z drawn from the posterior. Greedy: the likeliest step after the likeliest step, from the posterior
mean. Velocity and timing errors are over hits that both have. The baselines are described in
`benchmarks/groove_results.py`; the nearest training groove is looked up by the very clip it is compared with.

{tables[0]}

{tables[1]}

![Two test clips with their reconstructions, and a sample](groovae_4bar_clips.png)
"""
    by_hand = PAGE.read_text().partition(MARK)[2] if PAGE.exists() else "\n"
    PAGE.write_text(f"{text}\n{MARK}{by_hand}")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
