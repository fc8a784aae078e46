"""Whether gen humanize --style is obeyed: figures of docs/results/humanise_styles.md.

    python benchmarks/humanise_styles.py drums_2bar_humanize_styles groove-v1.0.0-midionly.zip

Performances of Groove's validation and test splits in 4/4, made stiff (each hit on the nearest sixteenth, at velocity
100), through the verb: told each style, and told none. Prints Markdown. Intervals are of 1,000 bootstraps over
performances.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from verb_figures import Played, performances, stiff, swing, tempo

import gen
from gen.music.verbs.drums import find_drums

ROWS = {
    "loudness, of 127": lambda each: each.velocity.mean(),
    "velocity spread": lambda each: each.velocity.std(),
    "on a beat louder than between eighths by": lambda each: accent(each),
    "later than the grid by, ms": lambda each: each.late.mean(),
    "timing spread, ms": lambda each: each.late.std(),
    "swing: sixteenths between eighths come later by, ms": swing,
}
LEAST = 32
"""Hits: of fewer, nobody can tell the feel."""


def accent(each: Played) -> float:
    """How much louder hits on a beat are than those between eighths."""
    return float(each.velocity[each.step % 4 == 0].mean() - each.velocity[each.step % 2 == 1].mean())


def feel(each: Played) -> np.ndarray:
    """The numbers of `ROWS`; none where nothing is between the eighths, or all."""
    if not 0.05 < (each.step % 2 == 1).mean() < 0.95 or not (each.step % 4 == 0).any():
        return np.full(len(ROWS), np.nan)
    return np.array([row(each) for row in ROWS.values()])


def interval(rows: np.ndarray, rng: np.random.Generator) -> str:
    """The mean of ``[N]`` and where it lies with 95 %."""
    means = rng.choice(rows, (1000, len(rows))).mean(1)
    low, high = np.percentile(means, [2.5, 97.5])
    return f"{rows.mean():.2f} ({low:.2f} to {high:.2f})"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run")
    parser.add_argument("archive", type=Path)
    parser.add_argument("--held-out", type=int, default=5, help="performances of a style, at least")
    args = parser.parse_args()
    torch.set_num_threads(1)
    trained, rng = gen.load_run(args.run), np.random.default_rng(0)
    (label,) = [label for label in trained.recipe.data.labels if label.name == "style"]
    heard = [
        (style, was, tempo(content))
        for style, content in performances(args.archive, "validation", "test")
        if len(was := find_drums(content)) >= LEAST
    ]
    count = Counter(style for style, _, _ in heard)
    styles = [style for style in label.classes or () if count[style] >= args.held_out]
    heard = [row for row in heard if row[0] in styles]
    own, real = np.array([row[0] for row in heard]), [Played.of(was, qpm) for _, was, qpm in heard]
    told: dict[str, list[Played]] = {
        style: [
            Played.of(
                find_drums(gen.music.humanize(trained, stiff(was), labels={"style": style} if style else None).content),
                qpm,
                before.step,
            )
            for (_, was, qpm), before in zip(heard, real, strict=True)
        ]
        for style in (*styles, "")
    }
    training: dict[str, list[np.ndarray]] = {style: [] for style in styles}
    for style, content in performances(args.archive, "train"):
        if style in training and len(was := find_drums(content)) >= LEAST:
            training[style].append(feel(Played.of(was, tempo(content))))

    print(f"{len(real)} performances, {sum(len(each.step) for each in real):,} hits.\n")
    print("## Nearer to the drummer, where his style is told?\n")
    print("| told | velocity, mean error | timing, mean error, ms |\n|---|--:|--:|")
    errors = {
        style: np.array(
            [
                [np.abs(a.velocity - b.velocity).mean(), np.abs(a.late - b.late).mean()]
                for a, b in zip(made, real, strict=True)
            ]
        )
        for style, made in told.items()
    }  # [performances, 2] each
    grid = np.stack([errors[style] for style in styles])  # [styles, performances, 2]
    mine = np.array([styles.index(style) for style in own])
    right = grid[mine, np.arange(len(own))]
    others = (grid.sum(0) - right) / (len(styles) - 1)
    for name, rows in (("its own style", right), ("nothing", errors[""]), ("another style, the mean of all", others)):
        print(f"| {name} | {interval(rows[:, 0], rng)} | {interval(rows[:, 1], rng)} |")
    less = others - right
    print(f"| own style less than another by | {interval(less[:, 0], rng)} | {interval(less[:, 1], rng)} |")

    print("\n## The same hits in each style\n")
    print(
        "Each number is the mean over performances: of the style's own drummers (training, held out), and of *all* "
        "held-out hits, told that style.\n"
    )
    print("| style | |" + "|".join(ROWS) + "|\n|---|---|" + "--:|" * len(ROWS))
    want, got = [], []
    for style in styles:
        held = [feel(each) for each, its in zip(real, own, strict=True) if its == style]
        made = np.array([feel(each) for each in told[style]])
        for name, rows in (("drummers, training", training[style]), ("drummers, held out", held), ("told", made)):
            cells = "|".join(f"{value:.1f}" for value in np.nanmean(rows, 0))
            print(f"| {style} | {name}, {len(rows)} |{cells}|")
        want.append(np.nanmean(training[style], 0))
        got.append(np.nanmean(made, 0))
    print("| none | told |" + "|".join(f"{v:.1f}" for v in np.nanmean([feel(each) for each in told[""]], 0)) + "|")
    ranks = [np.argsort(np.argsort(np.array(each), 0), 0) for each in (want, got)]
    print(
        "| rank correlation over the styles | told with training |"
        + "|".join(f"{np.corrcoef(ranks[0][:, n], ranks[1][:, n])[0, 1]:+.2f}" for n in range(len(ROWS)))
        + "|"
    )
    spans = [np.ptp(np.array(each), axis=0) for each in (want, got)]
    print(
        "| from the least style to the most | drummers, told |"
        + "|".join(f"{a:.1f}, {b:.1f}" for a, b in zip(*spans, strict=True))
        + "|"
    )


if __name__ == "__main__":
    main()
