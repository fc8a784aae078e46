"""`gen humanize` and `gen drumify` on drummers that no model has heard: figures of benchmarks/results/verbs.md, and of
the cards of the models that come with gen.

    python benchmarks/verb_figures.py feel groove-v1.0.0-midionly.zip
    python benchmarks/verb_figures.py taps groove-v1.0.0-midionly.zip --card      # and write them into its card

Performances of Groove's test split in 4/4. `feel`: made stiff, each hit on the nearest sixteenth at velocity 100, and
humanised; beside what needs no model: the hits as written; of every drum at every sixteenth of a bar what the training
drummers play there on average; and there what one of them played once, by chance. `taps`: their rhythms, drumified.
"""

from __future__ import annotations

import argparse
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

import gen
from gen.errors import GenError
from gen.music.verbs.changes import lay_over, plan_moves
from gen.music.verbs.drums import Drums, find_drums
from gen.system.files import json_text, write_atomically
from gen.system.regular import read_json
from gen.training.named import CARD, shipped_models

STIFF = 100
"""Velocity of every hit of a stiff beat."""


def performances(archive: Path, *splits: str) -> Iterator[tuple[str, bytes]]:
    """Style and file of each performance in 4/4."""
    with zipfile.ZipFile(archive) as opened:
        (info,) = [name for name in opened.namelist() if name.endswith("info.csv")]
        head, *lines = [line.split(",") for line in opened.read(info).decode().splitlines()]
        for line in lines:
            row = dict(zip(head, line, strict=False))
            if row["split"] in splits and row["time_signature"] == "4-4":
                yield row["style"].partition("/")[0], opened.read(f"{Path(info).parent}/{row['midi_filename']}")


@dataclass(frozen=True, eq=False)
class Played:
    """Hits ``[N]`` of a performance, lane after lane, which no verb changes.

    Attributes:
        pitch, step: the drum, and the sixteenth of the file.
        velocity, late: as played; ms behind that sixteenth.
    """

    pitch: np.ndarray
    step: np.ndarray
    velocity: np.ndarray
    late: np.ndarray

    @classmethod
    def of(cls, drums: Drums, qpm: float, step: np.ndarray | None = None) -> Played:
        """At the sixteenths that are given, or the nearest."""
        rows = np.lexsort((np.arange(len(drums)), drums.tick, drums.lane))
        tick, length = drums.tick[rows], drums.resolution / 4
        at = np.rint(tick / length) if step is None else step
        late = (tick - at * length) * 60_000 / qpm / drums.resolution
        return cls(drums.pitch[rows], at.astype(np.int64), drums.velocity[rows].astype(float), late)


def stiff(drums: Drums) -> bytes:
    """The file with each hit on the nearest sixteenth, all alike loud."""
    step = drums.resolution / 4
    nominal = np.rint(drums.tick / step) * step
    return lay_over(drums, velocity=np.full(len(drums), STIFF), moves=plan_moves(drums, nominal))


def tempo(content: bytes) -> float:
    """Of a performance, which has one."""
    return float(gen.read_midi(content).tempos.qpm[0])


def joined(parts: list[Played]) -> Played:
    """All hits of several."""
    return Played(*(np.concatenate([getattr(part, name) for part in parts]) for name in Played.__annotations__))


def by_place(training: Played, asked: Played, rng: np.random.Generator) -> tuple[Played, Played]:
    """What training drummers play of a drum at a sixteenth of the bar: on average, and one of them once."""
    keys = [each.pitch * 16 + each.step % 16 for each in (training, asked)]
    means, once = np.empty((2, len(asked.step))), np.empty((2, len(asked.step)))
    for key in np.unique(keys[1]):
        there, rows = np.flatnonzero(keys[0] == key), np.flatnonzero(keys[1] == key)
        there = there if len(there) else np.arange(len(training.step))
        drawn = rng.choice(there, len(rows))
        for number, column in enumerate((training.velocity, training.late)):
            means[number, rows], once[number, rows] = column[there].mean(), column[drawn]
    return tuple(Played(asked.pitch, asked.step, *columns) for columns in (means, once))  # type: ignore[return-value]


def divergence(one: np.ndarray, other: np.ndarray, edges: np.ndarray) -> float:
    """KL of histograms, played beside said, a hit added to every bin."""
    p, q = (np.histogram(each, edges)[0] + 1.0 for each in (one, other))
    p, q = p / p.sum(), q / q.sum()
    return float((p * np.log(p / q)).sum())


def swing(each: Played) -> float:
    """By how many ms sixteenths between eighths come later than the others."""
    between = each.step % 2 == 1
    return float(each.late[between].mean() - each.late[~between].mean())


def feel(args: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Figures of a humaniser."""
    trained, real, made, lost = gen.load_run(args.model or "drums_2bar_humanize"), [], [], 0
    for _, content in performances(args.archive, "test"):
        was = find_drums(content)
        if len(was):
            now = find_drums(gen.music.humanize(trained, stiff(was)).content)
            lost += abs(len(now) - len(was))
            real.append(Played.of(was, tempo(content)))
            made.append(Played.of(now, tempo(content), real[-1].step))
    drummers = [(find_drums(content), tempo(content)) for _, content in performances(args.archive, "train")]
    played = joined(real)
    training = joined([Played.of(drums, qpm) for drums, qpm in drummers])
    mean, once = by_place(training, played, np.random.default_rng(0))
    written = Played(played.pitch, played.step, np.full(len(played.step), float(STIFF)), np.zeros(len(played.step)))
    columns = {"drummers": played, "model": joined(made), "as_written": written, "drum_mean": mean, "drum_draw": once}
    rows: dict[str, dict[str, float]] = {"verb_hits": {"drummers": len(played.step)}, "verb_hits_lost": {"model": lost}}
    for name, each in columns.items():
        found = {"velocity_spread": each.velocity.std(), "timing_spread_ms": each.late.std(), "swing_ms": swing(each)}
        if name != "drummers":
            found |= {
                "velocity_mae": np.abs(each.velocity - played.velocity).mean(),
                "timing_mae_ms": np.abs(each.late - played.late).mean(),
                "velocity_kl": divergence(played.velocity, each.velocity, np.linspace(0, 128, 33)),
                "timing_kl": divergence(played.late, each.late, np.linspace(-80, 80, 33)),
            }
        for figure, value in found.items():
            rows.setdefault(f"verb_{figure}", {})[name] = float(value)
    return rows


def taps(args: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Figures of a model of taps."""
    trained = gen.load_run(args.model or "drums_2bar_tap")
    counts = np.zeros(4)
    for _, content in performances(args.archive, "test"):
        notes = gen.read_midi(content)
        try:
            heard = [gen.find_windows(trained, each) for each in (notes, gen.music.as_taps(trained, notes))]
        except GenError:  # shorter than a window
            continue
        theirs, tapped = ([window for _, window in gen.music.windows_in_turn(each.windows)] for each in heard)
        for made, window in zip(gen.reconstruct(trained, tapped), theirs, strict=False):
            step = 15.0 / window.example.qpm
            one, other = (
                Counter(zip(each.pitch.tolist(), np.rint(each.start / step).tolist(), strict=True))
                for each in (made, window.clip)
            )
            counts += (one.total(), other.total(), (one & other).total(), 2)
    said, real, both, bars = counts.tolist()
    return {
        "verb_hits_a_bar": {"drummers": real / bars, "model": said / bars},
        "verb_hit_f1": {"model": 2 * both / (said + real)},
    }


def main() -> None:
    """Measure, print a table, and keep it in the model's card where asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=("feel", "taps"))
    parser.add_argument("archive", type=Path)
    parser.add_argument("--model", help="another run or model than the verb's own")
    parser.add_argument("--card", action="store_true", help="write the figures into the model's card, in models/")
    args = parser.parse_args()
    torch.set_num_threads(1)
    rows = {"feel": feel, "taps": taps}[args.part](args)
    columns = list(dict.fromkeys(name for row in rows.values() for name in row))
    print("| figure | " + " | ".join(columns) + " |\n|---|" + "--:|" * len(columns))
    for figure, row in rows.items():
        print(f"| {figure} | " + " | ".join(f"{row[name]:,.3f}" if name in row else "" for name in columns) + " |")
    if args.card:
        name = args.model or {"feel": "drums_2bar_humanize", "taps": "drums_2bar_tap"}[args.part]
        path = shipped_models() / name / CARD
        card = read_json(path)
        kept = {figure: row for figure, row in card["figures"].items() if not figure.startswith("verb_")}
        card["figures"] = kept | {
            figure: {column: round(value, 4) for column, value in row.items()} for figure, row in rows.items()
        }
        write_atomically(path, json_text(card, indent=1) + "\n")


if __name__ == "__main__":
    main()
