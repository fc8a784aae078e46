"""``gen mine`` on 200 clips of four bars each, of every kind that it has a recipe for, made up and of real music.

    python benchmarks/mining.py
    python benchmarks/mining.py --groove groove-v1.0.0-midionly.zip --melodies melodies.zip

Each row is one folder, mined from the beginning in a process of its own. Hits are the drums of the same places on the
grid, all equally loud. A planted copy is a training clip, and one that was changed as somebody might who hopes that
nobody finds out: with other velocities, or, of melodies, a third higher. What the copy meter says of both is the last
column. Results are printed and go to benchmarks/results/mining.md.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from common import processor

import gen
from gen.data.conversion import heard
from gen.data.prepare import open_source, prepare
from gen.errors import MidiError
from gen.music.copies import copy_meter, said
from gen_datasets.demo.source import Demo

RESULTS = Path(__file__).parent / "results" / "mining.md"
CLIPS, BARS = 200, 4
DRUMMER, TUNES = "drummer1", "oneill"
STEPS = 16 * BARS
WORDS = (
    "Figures are hit F1, or of melodies the steps that are right, on held-out windows, greedy, from the posterior's "
    "mean; the second one is from a draw of z. One training each."
)
HEAD = (
    "| 200 clips of | windows, held out | wall | CPU | bits | model | nearest pieces, at bits | nearest clip | "
    "linear code | constant | samples flagged | planted copies found |\n"
    "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|"
)


def clips_of(items: Iterable[Any], recipe: gen.Recipe, each: int) -> Iterator[gen.NoteSequence]:
    """Clips of four bars that don't overlap, so many of a performance or tune."""
    converter = gen.build_converter(recipe, mode="eval")
    for item in items:
        try:
            found = converter.excerpts(heard(item.read(), recipe.data))
        except MidiError:
            continue
        apart = found if recipe.name == "drums_4bar" else found[::BARS]  # windows of tunes begin on every bar
        yield from itertools.islice(apart, each)


def drums() -> gen.Recipe:
    """By which drums are cut."""
    return gen.load_recipe("drums_4bar", [f"converter.hop_size={STEPS}"])


def tunes() -> gen.Recipe:
    """By which melodies are cut."""
    wide = [f"converter.slice_bars={BARS}", "converter.max_tensors_per_notesequence=null"]
    return gen.load_recipe("melody_2bar", ["data.fallback=null", *wide])


def unplayed(clip: gen.NoteSequence) -> gen.NoteSequence:
    """The hits alone: on the sixteenths, all equally loud."""
    step = 15.0 / float(clip.tempos.qpm[0])
    start = np.round(clip.start / step).clip(0, STEPS - 1) * step
    return replace(clip, start=start, end=start + step / 2, velocity=np.full_like(clip.velocity, 100))


def groove(path: Path) -> list[Any]:
    """Beats of one drummer."""
    source, _, _ = open_source(gen.load_recipe("drums_4bar").data, path=str(path))
    items = (item for item in source.items() if isinstance(item, gen.Item))
    return [item for item in items if item.metadata["drummer"] == DRUMMER and item.metadata["beat_type"] == "beat"]


def folk(path: Path) -> list[Any]:
    """Tunes of one collection, in an order that has nothing to do with their names."""
    source, _, _ = open_source(tunes().data, path=str(path))
    found = [item for item in source.items() if isinstance(item, gen.Item) and TUNES in item.id.lower()]
    return [found[place] for place in np.random.default_rng(0).permutation(len(found))]


def folders(args: argparse.Namespace) -> Iterator[tuple[str, Iterable[gen.NoteSequence]]]:
    """What each folder is of, and its clips."""
    made = Demo(clips=CLIPS // 2).items
    yield "made-up drummers", clips_of(made(), drums(), 2)
    yield "their hits", map(unplayed, clips_of(made(), drums(), 2))
    yield "made-up melodies", clips_of(Demo(parts="melody", clips=CLIPS // 2).items(), tunes(), 2)
    if args.groove is not None:
        yield f"{DRUMMER} of Groove", clips_of(groove(args.groove), drums(), 3)
        yield "his hits", map(unplayed, clips_of(groove(args.groove), drums(), 3))
    if args.melodies is not None:
        yield "folk tunes", clips_of(folk(args.melodies), tunes(), 2)


def planted(out: Path) -> str:
    """What the copy meter says of a training clip, and of one that was changed."""
    recipe = gen.load_recipe(out / "run")
    account = json.loads((out / "run" / "data.json").read_text())
    prepared = prepare(recipe, path=account["path"])
    converter = gen.build_converter(recipe)
    training, held_out = (said(converter, prepared.require(split)) for split in ("train", "test"))
    changed = training[7]
    if changed.is_drum.any():
        changed = replace(changed, velocity=np.clip(changed.velocity + 11, 1, 127))
    else:
        changed = replace(changed, pitch=changed.pitch + 4)
    meter = copy_meter([training[3], changed, *held_out], training, held_out)
    false = sum(each.flagged for each in meter.clips[2:])
    return f"{sum(each.copy for each in meter.clips[:2])} of 2; {false} of {len(held_out)} held-out ones flagged"


def row(name: str, folder: Path, out: Path, overrides: Sequence[str]) -> str:
    """A row of the table."""
    began, busy = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "gen", "mine", str(folder), "-o", str(out), "--json", *overrides]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    wall, now = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = now.ru_utime + now.ru_stime - busy.ru_utime - busy.ru_stime
    report = json.loads(done.stdout)
    regimes, bits = report["evaluation"]["regimes"], report["evaluation"]["latent"]["kl_bits"]
    figure = "hit_f1" if "hit_f1" in regimes["greedy"] else "step_accuracy"

    def said_right(regime: str) -> str:
        return f"{regimes[regime][figure]:.3f}" if regime in regimes else "–"

    def beside(start: str) -> str:
        return next((regime for regime in regimes if regime.startswith(f"baseline_{start}")), "")

    pieces = beside("nearest_pieces")
    spent = f"{said_right(pieces)}, {pieces.rpartition('_at_')[2].replace('_', ' ')}" if pieces else "–"
    drawn = f"{said_right(beside('linear'))}; {said_right(beside('drawn_linear'))}"
    cells = (
        f"{name}, {report['kind']}",
        f"{report['windows']['train']:,}, {report['windows']['test']:,}",
        f"{wall:.0f} s",
        f"{cpu:.0f} s",
        f"{bits:.1f}",
        f"{said_right('greedy')}; {said_right('greedy_draw')}",
        spent,
        said_right("baseline_nearest"),
        drawn,
        said_right("baseline_constant_by_position"),
        f"{len(report['copies']['flagged'])} of {len(report['samples'])}",
        planted(out),
    )
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Mine, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--groove", type=Path, help="the official archive, for the folders of one drummer")
    parser.add_argument("--melodies", type=Path, help="an archive of tunes, for the folder of one collection of them")
    parser.add_argument(
        "--only", default="", metavar="TEXT", help="folders whose names have it; results are printed alone"
    )
    parser.add_argument("overrides", nargs="*", metavar="key.path=value", help="as gen mine takes them; printed alone")
    args = parser.parse_args()
    rows, loads = [], []
    with tempfile.TemporaryDirectory() as place:
        for number, (name, clips) in enumerate(folders(args)):
            if args.only not in name:
                continue
            folder = Path(place) / f"clips-{number}"
            folder.mkdir()
            for each, clip in zip(range(CLIPS), clips, strict=False):
                gen.write_midi(clip, folder / f"{each:03d}.mid")
            loads.append(os.getloadavg()[0])
            rows.append(row(name, folder, Path(place) / f"out-{number}", args.overrides))
            print(rows[-1], flush=True)
    if args.only or args.overrides:
        return
    began = ", ".join(f"{load:.1f}" for load in loads)
    RESULTS.write_text(
        f"# `gen mine` on 200 clips\n\n`python benchmarks/mining.py`, {date.today()}, {processor()}, "
        f"{os.cpu_count()} cores, load {began} as each began. {WORDS}\n\n{HEAD}\n" + "\n".join(rows) + "\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
