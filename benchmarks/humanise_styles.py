"""Whether gen humanize --style is obeyed: figures of docs/results/humanise_styles.md.

    python benchmarks/humanise_styles.py drums_2bar_humanize_styles groove-v1.0.0-midionly.zip

Performances of Groove's validation and test splits in 4/4, made stiff (each hit on the nearest sixteenth, at velocity
100), through the verb: told each style, and told none. Prints Markdown. Intervals are of 1,000 bootstraps over
performances.
"""

from __future__ import annotations

import argparse
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

import gen
from gen.music.verbs.changes import lay_over, plan_moves
from gen.music.verbs.drums import Drums, find_drums

STIFF = 100  # velocity
ROWS = {
    "velocity": "loudness, of 127",
    "spread": "velocity spread",
    "accent": "hits on a beat louder than those between eighths by",
    "late": "later than the grid by, ms",
    "timing": "timing spread, ms",
    "swing": "sixteenths between the eighths come later by, ms",
}


@dataclass(frozen=True, eq=False)
class Played:
    """Hits ``[N]`` of a performance: velocity, ms behind the nearest sixteenth, and that sixteenth."""

    velocity: np.ndarray
    late: np.ndarray
    step: np.ndarray

    def feel(self) -> np.ndarray:
        """The numbers of `ROWS`."""
        between, beat = self.step % 2 == 1, self.step % 4 == 0
        gap = [each[beat].mean() - each[between].mean() if beat.any() and between.any() else 0.0
               for each in (self.velocity, -self.late)]
        return np.array(
            [self.velocity.mean(), self.velocity.std(), gap[0], self.late.mean(), self.late.std(), gap[1]]
        )


def performances(archive: Path, splits: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Style and file of each performance in 4/4."""
    with zipfile.ZipFile(archive) as opened:
        (info,) = [name for name in opened.namelist() if name.endswith("info.csv")]
        head, *lines = [line.split(",") for line in opened.read(info).decode().splitlines()]
        for line in lines:
            row = dict(zip(head, line, strict=False))
            if row["split"] in splits and row["time_signature"] == "4-4":
                yield row["style"].partition("/")[0], opened.read(f"{Path(info).parent}/{row['midi_filename']}")


def by_lane(drums: Drums) -> np.ndarray:
    """Rows in an order that no verb changes."""
    return np.lexsort((np.arange(len(drums)), drums.tick, drums.lane))


def played(drums: Drums, qpm: float, step: np.ndarray | None = None) -> Played:
    """What was played; at the steps that are given, or the nearest."""
    rows = by_lane(drums)
    tick, length = drums.tick[rows], drums.resolution / 4
    at = np.rint(tick / length) if step is None else step
    return Played(drums.velocity[rows].astype(float), (tick - at * length) * 60_000 / qpm / drums.resolution, at)


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
    parser.add_argument("--styles", nargs="+", default=["afrocuban", "funk", "hiphop", "jazz", "latin", "rock", "soul"])
    parser.add_argument("--hits", type=int, default=400, help="of a performance, the first so many")
    args = parser.parse_args()
    torch.set_num_threads(1)
    trained, rng = gen.load_run(args.run), np.random.default_rng(0)
    label = next(label for label in trained.recipe.data.labels if label.name == "style")
    told: dict[str, list[Played]] = {style: [] for style in (*args.styles, "")}
    real: list[Played] = []
    styles: list[str] = []
    for style, content in performances(args.archive, ("validation", "test")):
        was = find_drums(content) if style in args.styles else None
        if was is None or len(was) < 32:
            continue
        (qpm,) = gen.read_midi(content).tempos.qpm[:1]
        length = was.resolution / 4
        stiff = lay_over(
            was, velocity=np.full(len(was), STIFF), moves=plan_moves(was, np.rint(was.tick / length) * length)
        )
        real.append(played(was, qpm))
        styles.append(style)
        for each, found in told.items():
            labels = {label.name: each} if each else None
            made = gen.music.humanize(trained, stiff, labels=labels).content
            found.append(played(find_drums(made), qpm, real[-1].step))
    training: dict[str, list[np.ndarray]] = {style: [] for style in args.styles}
    for style, content in performances(args.archive, ("train",)):
        if style in training and len(was := find_drums(content)) >= 32:
            training[style].append(played(was, float(gen.read_midi(content).tempos.qpm[0])).feel())

    own = np.array(styles)
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
    grid = np.stack([errors[style] for style in args.styles])  # [styles, performances, 2]
    mine = np.array([args.styles.index(style) for style in own])
    right = grid[mine, np.arange(len(own))]
    others = (grid.sum(0) - right) / (len(args.styles) - 1)
    for name, rows in (("its own style", right), ("nothing", errors[""]), ("another style, the mean of all", others)):
        print(f"| {name} | {interval(rows[:, 0], rng)} | {interval(rows[:, 1], rng)} |")
    less = others - right
    print(f"| own style less than another by | {interval(less[:, 0], rng)} | {interval(less[:, 1], rng)} |")

    print("\n## The same hits in each style\n")
    print("Each number is the mean over performances: of the style's own drummers (training, held out), and of *all* "
          "held-out hits, told that style.\n")
    print("| style | |" + "|".join(ROWS.values()) + "|\n|---|---|" + "--:|" * len(ROWS))
    want, got = [], []
    for style in args.styles:
        held = [each.feel() for each, its in zip(real, own, strict=True) if its == style]
        made = np.array([each.feel() for each in told[style]])
        for name, rows in (("drummers, training", training[style]), ("drummers, held out", held), ("told", made)):
            print(f"| {style} | {name}, {len(rows)} |" + "|".join(f"{value:.1f}" for value in np.mean(rows, 0)) + "|")
        want.append(np.mean(training[style], 0))
        got.append(made.mean(0))
    print("| none | told |" + "|".join(f"{v:.1f}" for v in np.mean([each.feel() for each in told[""]], 0)) + "|")
    ranks = [np.argsort(np.argsort(np.array(each), 0), 0) for each in (want, got)]
    print("| rank correlation over the styles | told with training |" + "|".join(
        f"{np.corrcoef(ranks[0][:, n], ranks[1][:, n])[0, 1]:+.2f}" for n in range(len(ROWS))) + "|")
    spans = [np.ptp(np.array(each), axis=0) for each in (want, got)]
    print("| from the least style to the most | drummers, told |" + "|".join(
        f"{a:.1f}, {b:.1f}" for a, b in zip(*spans, strict=True)) + "|")


if __name__ == "__main__":
    main()
