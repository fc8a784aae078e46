"""Every shipped recipe of an installed gen at 8 units a layer: two steps, an evaluation, a sample, an interpolation.

python every_recipe.py FOLDER: works in FOLDER, and says which recipe failed at what.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import gen
from gen.cli import main
from gen.recipes.find import shipped
from gen_datasets.demo.source import Demo


def run(folder: Path) -> list[str]:
    """Train, evaluate, sample and interpolate in turn; the failures."""
    clip = folder / "clip.mid"  # a band's, of which every model can read something
    clip.write_bytes(next(Demo(parts="band", clips=1).items()).read())
    first = ["--window-a", "1", "--window-b", "1"]
    failed = []
    for name in shipped():
        began = time.perf_counter()
        at = str(folder / name)
        controls = gen.build_converter(gen.load_recipe(name)).control_depth
        commands = (
            # no folder is given and no data set fetched: every recipe has a fallback that needs neither
            ["train", name, "--trial", "data.source=folder", "data.fallback.clips=10", "--samples", "0", "--out", at],
            ["eval", at, "--split", "validation", "--limit", "4"],
            ["sample", at, "-n", "1", "-o", f"{at}-out", *(["--like", str(clip)] if controls else [])],
            ["interpolate", at, str(clip), str(clip), *first, "--steps", "3", "-o", f"{at}-path"],
        )
        wrong = next((command for command in commands if main(command) != 0), None)
        if wrong is not None:
            failed.append(f"{name}: gen {' '.join(wrong)}")
        print(f"== {name}: {'failed' if wrong else 'fine'} in {time.perf_counter() - began:.1f} s", flush=True)
    return failed


if __name__ == "__main__":
    failures = run(Path(sys.argv[1]))
    print("\n".join(failures) or f"all {len(shipped())} recipes train, evaluate, sample and interpolate")
    sys.exit(bool(failures))
