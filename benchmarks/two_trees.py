"""A training step of `groovae_4bar` at batch 64 in two checkouts of gen, in turn in one run.

    git worktree add --detach ../before d3cefd2~1
    python benchmarks/two_trees.py ../before . --turns 6

Each turn is a process a checkout: three steps to warm up, then the median of ten, forwards, backwards and the update,
on noise of the shape of four bars. Printed are each checkout's median and best turn, and their ratios to the first's.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
from pathlib import Path

_STEP = """
import statistics, time, torch, gen
from gen.training.optimiser import Optimiser
torch.set_num_threads({threads})
recipe = gen.load_recipe("groovae_4bar", ["training.batch_size=64"])
converter, model = gen.build_converter(recipe), gen.build_model(recipe).train()
optimiser, generator = Optimiser(model.parameters(), recipe.training), torch.Generator().manual_seed(0)
clips = (torch.rand(64, 64, converter.input_depth, generator=generator) < 0.1).float()
lengths, seconds = torch.full((64,), 64), []
for number in range(13):
    began = time.perf_counter()
    model.loss(model(clips, clips, lengths, generator=generator), step=number).total.backward()
    optimiser.step(number)
    seconds.append(time.perf_counter() - began)
print(statistics.median(seconds[3:]))
"""
_ROOMS = ("core", "plugins/encoders", "plugins/decoders", "plugins/converters", "plugins/datasets")


def turn(tree: Path, threads: int) -> float:
    """Seconds a step."""
    path = os.pathsep.join(str(tree.resolve() / room) for room in _ROOMS)
    environment = {**os.environ, "PYTHONPATH": path, "GOMP_SPINCOUNT": "10000"}
    code = _STEP.format(threads=threads)
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout)


def main() -> None:
    """Print a line a checkout."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trees", nargs="+", type=Path, help="checkouts, the one to compare with first")
    parser.add_argument("--turns", type=int, default=6)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    seconds: dict[Path, list[float]] = {tree: [] for tree in args.trees}
    for number in range(args.turns):
        for tree in args.trees if number % 2 else args.trees[::-1]:
            seconds[tree].append(turn(tree, args.threads))
    median, best = statistics.median, min
    first = seconds[args.trees[0]]
    for tree, values in seconds.items():
        ratios = median(values) / median(first), best(values) / best(first)
        print(f"{tree}: median {median(values):.4f} s, best {best(values):.4f} s; {ratios[0]:.3f}, {ratios[1]:.3f}")


if __name__ == "__main__":
    main()
