"""How large prepared examples are, and how fast batches of them come.

    python benchmarks/store.py FOLDER

FOLDER holds groove-v1.0.0-midionly.zip, melodies.zip and multitrack.zip. Every set of examples is prepared into a new
store by one process a core. Then batches of 512 examples are picked at random: in stored form out of the mapped files,
in stored form out of memory, and made wide for the model. Results go to benchmarks/results/store.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from common import processor

import gen
from gen.data.engines import Pool
from gen.data.examples import Examples
from gen.data.table import Table
from gen.interfaces.rows import width_of
from gen.recipes.sections import AugmentSection, Component
from gen.training.batch import stored_batch, widen
from gen.training.loader import Loader

RESULTS = Path(__file__).parent / "results" / "store.md"
BATCH = 512
BATCHES = 100
SETS = {
    "groove, 4 bars": ("groove-v1.0.0-midionly.zip", Component("groove", {"split_bars": 4, "hop_size": 16})),
    "drums, 2 bars": (
        "groove-v1.0.0-midionly.zip",
        Component("drums", {"slice_bars": 2, "max_bars": 100, "roll_input": True}),
    ),
    "melody, 2 bars": ("melodies.zip", Component("melody", {"slice_bars": 2, "max_bars": 100})),
    "melody, 16 bars": ("melodies.zip", Component("melody", {"slice_bars": 16, "max_bars": 100})),
    "trio, 16 bars": ("multitrack.zip", Component("trio", {"slice_bars": 16, "max_tensors_per_notesequence": 5})),
    "multitrack, 1 bar, chords": ("multitrack.zip", Component("multitrack", {"chord_encoding": "triads"})),
}


def recipe_of(archive: Path, converter: Component) -> gen.Recipe:
    source = "groove" if archive.name.startswith("groove") else "folder"
    recipe = gen.load_recipe("groovae_4bar", [f"data={{source: {{type: {source}, path: '{archive}'}}}}"])
    return replace(recipe, converter=converter)


def dense_bytes(table: Table) -> int:
    """What the rows would take as float32 arrays."""
    rows = int(table.arrays["steps"].sum())
    return sum(4 * rows * width_of(table.fields(part)) for part in ("outputs", "inputs", "controls") if table.has(part))


def milliseconds(take: Callable[[np.ndarray], object], examples: int) -> tuple[float, float]:
    """Median and 95th percentile of a batch."""
    rng = np.random.default_rng(0)
    taken = []
    for _ in range(BATCHES):
        rows = rng.integers(0, examples, BATCH)
        begin = time.perf_counter()
        take(rows)
        taken.append(1000 * (time.perf_counter() - begin))
    return statistics.median(taken), float(np.quantile(taken, 0.95))


def measure(name: str, archive: Path, converter: Component, workers: int) -> str:
    recipe = recipe_of(archive, converter)
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        prepared = gen.prepare(recipe, store=folder, engine=Pool(workers))
        preparing = time.perf_counter() - begin
        files = len(prepared.report.files)
        begin = time.perf_counter()
        prepared = gen.prepare(recipe, store=folder)
        opening = time.perf_counter() - begin
        train = prepared.require("train")
        dense = sum(dense_bytes(table) for examples in prepared.splits.values() for table in examples.tables)
        stored = sum(path.stat().st_size for path in prepared.store.folder.glob("shard-*.safetensors"))
        examples = sum(map(len, prepared.splits.values()))
        cpu = torch.device("cpu")
        joined = Examples([Table.joined(train.tables)])
        mapped = milliseconds(lambda rows: stored_batch(train.take(rows), cpu), len(train))
        resident = milliseconds(lambda rows: stored_batch(joined.take(rows), cpu), len(train))
        wide = milliseconds(lambda rows: widen(stored_batch(joined.take(rows), cpu)), len(train))
        try:
            loader = Loader(train, BATCH, seed=0, device=cpu, augment=AugmentSection((-5, 5)))
            moved = milliseconds(lambda rows: loader.batch(int(rows[0])), len(train))
            transposed = f"{moved[0]:.1f}"
        except gen.errors.UsageError:
            transposed = "–"
    return (
        f"| {name} | {files:,} | {examples:,} | {preparing:.1f} | {files / preparing:.0f} | {stored / 1e6:.1f} "
        f"| {dense / 1e6:,.0f} | 1/{dense / stored:.0f} | {opening:.2f} | {mapped[0]:.2f} ({mapped[1]:.2f}) "
        f"| {resident[0]:.2f} ({resident[1]:.2f}) | {wide[0]:.1f} | {transposed} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    lines = []
    for name, (archive, converter) in SETS.items():
        lines.append(measure(name, arguments.folder / archive, converter, arguments.workers))
        print(lines[-1], flush=True)
    load = os.getloadavg()[0]
    table = "\n".join(lines)
    columns = (
        "examples files examples prepare·s files/s store·MB as·float32·MB ratio open·s mapped·ms memory·ms wide·ms "
    )
    header = " | ".join(name.replace("·", " ") for name in (columns + "transposed·ms").split())
    text = f"""# Prepared examples: size and speed

`python benchmarks/store.py FOLDER`, {processor()}, {os.cpu_count()} cores, {arguments.workers} workers, Python
{platform.python_version()}, numpy {np.__version__}, torch {torch.__version__}; load average {load:.1f} at the end.

Preparing is from the archive to a complete store, processes started and all. Opening checks every digest. Batches are
of {BATCH} examples picked at random: median of {BATCHES} (95th percentile), in ms; *mapped* reads the store's files,
*memory* the same arrays joined in memory, *wide* also makes float32 rows of them for the model, *transposed* moves
every example into a key of its own before that.

| {header} |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|
{table}
"""
    RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
