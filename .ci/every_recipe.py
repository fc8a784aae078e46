"""Every shipped recipe of an installed gen at 8 units a layer: two steps; and where no other recipe is the same model
at that size, an evaluation, a sample and an interpolation.

python every_recipe.py FOLDER: works in FOLDER, a recipe a core at a time, and says which recipe failed at what.
"""

from __future__ import annotations

import contextlib
import io
import multiprocessing
import os
import re
import sys
import time
from functools import partial
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # before torch is imported: as many processes as cores, a thread each

import gen
from gen.cli import main
from gen.recipes.find import shipped
from gen.recipes.trial import trial
from gen_datasets.demo.source import Demo


def distinct() -> set[str]:
    """One recipe of each model that there is at 8 units a layer, whatever its numbers."""
    small = {name: trial(gen.load_recipe(name)) for name in shipped()}
    parts = {
        name: repr((each.converter, each.encoder, each.decoder, each.latent, bool(each.data.labels)))
        for name, each in small.items()
    }
    return set({re.sub(r"[\d.]+", "0", part): name for name, part in parts.items()}.values())


def attempt(folder: Path, clip: Path, whole: set[str], name: str) -> tuple[str, str, str, float]:
    """Train, and if ``whole`` evaluate, sample, interpolate: the recipe, the command that failed, output, seconds."""
    began = time.perf_counter()
    at, between = folder / name, ["--window-a", "1", "--window-b", "1", "--steps", "3"]
    recipe = gen.load_recipe(name)
    controls = gen.build_converter(recipe).control_depth > sum(label.width for label in recipe.data.labels)
    commands = (
        # no folder is given and no data set fetched: every recipe has a fallback that needs neither
        ["train", name, "--trial", "data.source=folder", "data.fallback.clips=10", "--samples", "0", "--out", str(at)],
        ["eval", str(at), "--split", "validation", "--limit", "4"],
        ["sample", str(at), "-n", "1", "-o", f"{at}-out", *(["--like", str(clip)] if controls else [])],
        ["interpolate", str(at), str(clip), str(clip), *between, "-o", f"{at}-path"],
    )
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        wrong = next((command for command in commands[: None if name in whole else 1] if main(command) != 0), None)
        sounds = (
            wrong is not None
            or name not in whole
            or all(gen.read_midi(file).total_time > 0 for file in Path(f"{at}-out").iterdir())
        )
    failed = f"gen {' '.join(wrong)}" if wrong else "" if sounds else "gen sample wrote a file without a note"
    return name, failed, said.getvalue(), time.perf_counter() - began


def run(folder: Path) -> int:
    """Attempt all; the number of failures."""
    clip = folder / "clip.mid"  # a band's, of which every model can read something
    clip.write_bytes(next(Demo(parts="band", clips=1).items()).read())
    failures, whole = 0, distinct()
    with multiprocessing.get_context("spawn").Pool() as crew:
        for name, failed, said, seconds in crew.imap_unordered(partial(attempt, folder, clip, whole), shipped()):
            failures += bool(failed)
            print(f"== {name}: {'failed' if failed else 'fine'} in {seconds:.1f} s", flush=True)
            print(f"{failed}\n{said}" if failed else "", end="", flush=True)
    print(
        f"{failures} failed"
        if failures
        else f"all {len(shipped())} recipes train; {len(whole)} evaluate, sample and interpolate"
    )
    return failures


if __name__ == "__main__":
    sys.exit(bool(run(Path(sys.argv[1]))))
