"""``gen mine`` on 200 clips of four bars: cut from made-up drummers, or from one drummer of the Groove MIDI Dataset.

    python benchmarks/mining.py
    python benchmarks/mining.py --groove groove-v1.0.0-midionly.zip

Each row is one folder, mined from the beginning in a process of its own. A planted copy is a training clip, and one
with other velocities; what the copy meter says of both is the last column. Results are printed and go to
benchmarks/results/mining.md.
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
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from common import processor

import gen
from gen.data.conversion import heard
from gen.data.prepare import open_source, prepare
from gen.music.copies import copy_meter, said
from gen_datasets.demo.source import Demo

RESULTS = Path(__file__).parent / "results" / "mining.md"
CLIPS, BARS = 200, 4
DRUMMER = "drummer1"
WORDS = "Figures are hit F1 of held-out windows, greedy, from the posterior's mean."
HEAD = (
    "| 200 clips of | wall | CPU | bits | model | nearest pieces | nearest clip | linear code | pieces cost | "
    "samples flagged | planted copies found |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|"
)


def cut(items: Iterable[Any], folder: Path, each: int) -> None:
    """Clips of four bars that don't overlap, so many of a performance, until there are 200."""
    recipe = gen.load_recipe("drums_4bar", [f"converter.hop_size={16 * BARS}"])
    converter = gen.build_converter(recipe, mode="eval")
    folder.mkdir()
    pieces = (heard(item.read(), recipe.data) for item in items)
    clips = (clip for piece in pieces for clip in itertools.islice(converter.excerpts(piece), each))
    for number, clip in zip(range(CLIPS), clips, strict=False):
        gen.write_midi(clip, folder / f"{number:03d}.mid")


def groove(path: Path) -> list[Any]:
    """Beats of one drummer."""
    source, _, _ = open_source(gen.load_recipe("drums_4bar").data, path=str(path))
    items = (item for item in source.items() if isinstance(item, gen.Item))
    return [item for item in items if item.metadata["drummer"] == DRUMMER and item.metadata["beat_type"] == "beat"]


def planted(out: Path) -> str:
    """What the copy meter says of a training clip, and of one played louder."""
    recipe = gen.load_recipe(out / "run")
    account = json.loads((out / "run" / "data.json").read_text())
    prepared = prepare(recipe, path=account["path"])
    converter = gen.build_converter(recipe)
    training, held_out = (said(converter, prepared.require(split)) for split in ("train", "test"))
    louder = replace(training[7], velocity=np.clip(training[7].velocity + 11, 1, 127))
    meter = copy_meter([training[3], louder, *held_out], training, held_out)
    false = sum(each.flagged for each in meter.clips[2:])
    return f"{sum(each.copy for each in meter.clips[:2])} of 2; {false} of {len(held_out)} held-out ones flagged"


def row(name: str, folder: Path, out: Path) -> str:
    """A row of the table."""
    began, busy = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "gen", "mine", str(folder), "-o", str(out), "--json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    wall, now = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = now.ru_utime + now.ru_stime - busy.ru_utime - busy.ru_stime
    report = json.loads(done.stdout)
    regimes, bits = report["evaluation"]["regimes"], report["evaluation"]["latent"]["kl_bits"]
    pieces = next(name for name in regimes if "nearest_pieces" in name)
    linear = next(name for name in regimes if name.startswith("baseline_linear"))
    scores = (f"{regimes[name]['hit_f1']:.3f}" for name in ("greedy", pieces, "baseline_nearest", linear))
    spent = pieces.rpartition("_at_")[2].replace("_", " ")
    flagged = f"{len(report['copies']['flagged'])} of {len(report['samples'])}"
    cells = (name, f"{wall:.0f} s", f"{cpu:.0f} s", f"{bits:.1f}", *scores, spent, flagged, planted(out))
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Mine, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--groove", type=Path, help="the official archive, for the folder of one drummer")
    args = parser.parse_args()
    rows, loads = [], []
    with tempfile.TemporaryDirectory() as place:
        folders = {"made-up drummers": (list(Demo(clips=CLIPS // 2).items()), 2)}
        if args.groove is not None:
            folders[f"{DRUMMER} of Groove"] = (groove(args.groove), 3)
        for number, (name, (items, each)) in enumerate(folders.items()):
            cut(items, Path(place) / f"clips-{number}", each)
            loads.append(os.getloadavg()[0])
            rows.append(row(name, Path(place) / f"clips-{number}", Path(place) / f"out-{number}"))
            print(rows[-1], flush=True)
    began = ", ".join(f"{load:.1f}" for load in loads)
    RESULTS.write_text(
        f"# `gen mine` on 200 clips\n\n`python benchmarks/mining.py`, {date.today()}, {processor()}, "
        f"{os.cpu_count()} cores, load {began} as each began. {WORDS}\n\n{HEAD}\n" + "\n".join(rows) + "\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
