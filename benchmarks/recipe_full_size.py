"""Whether recipes run at full size, from training to interpolation, and the memory that each of these takes.

    python benchmarks/recipe_full_size.py [RECIPE ...] [--batch 8] [--minutes 45]

Every recipe at the width that it has, on made-up clips, through the commands a user types: two training steps with an
evaluation and a checkpoint, ``gen eval`` of a few examples in its regimes, ``gen sample`` of one clip, ``gen
interpolate`` of three. Each command is a process of its own, so that each has a peak of its own. Recipes that share
every weight's shape, the steps and depths of their data and whether they hear themselves in training are measured
once. Large models take a batch of two examples.

Measurements are appended to benchmarks/results/recipe_full_size-cpu.jsonl; what is there is not measured again. The
table in benchmarks/results/recipe_full_size.md is written anew from all of them, also by ``--minutes 0``.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from common import peak_mebibytes
from full_size_report import write_report

import gen
from gen.cli import main as gen_command
from gen.recipes.find import shipped
from gen_datasets.demo.source import Demo

RESULTS = Path(__file__).parent / "results" / "recipe_full_size-cpu.jsonl"
LARGE = 100_000_000  # weights: from here on, two examples a batch
MEASURED = "measured "


@dataclass(frozen=True)
class Group:
    """Recipes of one size: the first stands for all."""

    recipes: tuple[str, ...]
    parameters: int
    steps: int

    @property
    def work(self) -> int:
        """What a pass takes, in multiplications of weights."""
        return self.parameters * self.steps


def groups() -> list[Group]:
    """All shipped recipes, those of one size together, in order of what they cost."""
    found: dict[object, list[str]] = {}
    sizes: dict[object, tuple[int, int]] = {}
    for name in shipped():
        recipe = gen.load_recipe(name)
        converter = gen.build_converter(recipe)
        with torch.device("meta"):  # shapes alone, and no memory
            model = gen.build_model(recipe)
        depths = converter.input_depth, converter.output_depth, converter.control_depth
        shapes = tuple((key, tuple(value.shape)) for key, value in model.state_dict().items())
        key = shapes, converter.steps, depths, recipe.training.sampling.teacher_forced
        found.setdefault(key, []).append(name)
        sizes[key] = model.parameter_count(), converter.steps or 1
    return sorted((Group(tuple(names), *sizes[key]) for key, names in found.items()), key=lambda group: group.work)


def commands(name: str, batch: int, folder: Path) -> Iterator[tuple[str, list[str]]]:
    """What is measured, and the words after ``gen`` that do it."""
    run, clip, out = str(folder / "run"), folder / "clip.mid", str(folder / "out")
    clip.write_bytes(next(Demo(parts="band", clips=1).items()).read())
    controls = gen.build_converter(gen.load_recipe(name)).control_depth
    few = ["training.steps=2", f"training.batch_size={batch}", "training.log_every=1", "training.eval_batches=1"]
    data = ["data.source=folder", "data.fallback.clips=10"]  # no folder is given: the recipe's fallback takes its place
    yield "train", ["train", name, *data, *few, "--samples", "0", "--out", run]
    yield "eval", ["eval", run, "--split", "validation", "--limit", str(min(batch, 4))]
    yield "sample", ["sample", run, "-n", "1", "-o", out, *(["--like", str(clip)] if controls else [])]
    windows = ["--window-a", "1", "--window-b", "1"]
    yield "interpolate", ["interpolate", run, str(clip), str(clip), *windows, "--steps", "3", "-o", out]


def measure(words: list[str]) -> dict[str, float]:
    """Seconds on the clock and of the processor, and the peak in gigabytes, of one command in its own process."""
    done = subprocess.run(
        [sys.executable, str(Path(__file__)), "--here", json.dumps(words)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise SystemExit(f"gen {' '.join(words)} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    (line,) = (line for line in done.stdout.splitlines() if line.startswith(MEASURED))
    figures: dict[str, float] = json.loads(line.removeprefix(MEASURED))
    return figures


def here(words: list[str]) -> int:
    """Run one command in this process and say what it took."""
    clock, processor = time.perf_counter(), time.process_time()
    code = gen_command(words)
    figures = {
        "seconds": round(time.perf_counter() - clock, 1),
        "processor_seconds": round(time.process_time() - processor, 1),
        "gigabytes": round(peak_mebibytes() / 1024, 2),
    }
    print(f"\n{MEASURED}{json.dumps(figures)}")
    return code


def measure_recipe(group: Group, batch: int) -> dict[str, object]:
    """All commands of a recipe in turn."""
    name = group.recipes[0]
    folder = Path(tempfile.mkdtemp(prefix="full-size-"))
    os.environ["GEN_CACHE_DIR"] = str(folder / "cache")
    try:
        figures = {what: measure(words) for what, words in commands(name, batch, folder)}
    finally:
        shutil.rmtree(folder)
    load = round(os.getloadavg()[0], 1)
    return {"recipe": name, "parameters": group.parameters, "batch": batch, "load": load, **figures}


def measurements() -> list[dict[str, object]]:
    """Those made so far."""
    if not RESULTS.exists():
        return []
    return [json.loads(line) for line in RESULTS.read_text(encoding="utf-8").splitlines()]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipes", nargs="*", help="only those of these sizes, in this order (default: all)")
    parser.add_argument("--batch", type=int, default=8, help="examples a step, where the model isn't large (default 8)")
    parser.add_argument("--minutes", type=float, default=45.0, help="start no other recipe after so long (default 45)")
    parser.add_argument("--here", type=json.loads, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.here:
        return here(arguments.here)
    ends = time.monotonic() + 60 * arguments.minutes
    every = groups()
    chosen = [group for name in arguments.recipes for group in every if name in group.recipes] or every
    for group in chosen:
        if time.monotonic() >= ends:
            break
        if any(line["recipe"] in group.recipes for line in measurements()):
            continue
        line = json.dumps(
            measure_recipe(group, min(2, arguments.batch) if group.parameters > LARGE else arguments.batch)
        )
        print(line, flush=True)
        with RESULTS.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
    write_report(measurements(), [(group.recipes, group.parameters) for group in every])
    return 0


if __name__ == "__main__":
    sys.exit(main())
