"""What a training step of a recipe costs: weights, memory, time.

    python benchmarks/recipe_costs.py groovae_4bar_small cat-mel_2bar_tiny [--batch 8] [--steps 3]

Each recipe runs in a process of its own, on examples of the right shape that are made up. Time is the processor time of
one thread, halved: what two cores take that nothing else disturbs. It can be measured on a machine that is busy
otherwise, where the clock on the wall can't. Memory is that of the bare process, of weights, gradients and moments, and
of what a step keeps of its batch, which for the recipe's whole batch is taken in proportion. Prints one line of JSON a
recipe.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import torch
from common import peak_mebibytes

import gen
from gen.model import schedules
from gen.training.memory import keep_freed_memory
from gen.training.optimiser import Optimiser

STEPS_WITHOUT_LENGTH = 64


def batch_of(recipe: gen.Recipe, size: int) -> tuple[torch.Tensor, ...]:
    """Inputs, outputs, lengths and controls; every example of full length."""
    converter = gen.build_converter(recipe)
    steps = converter.steps or STEPS_WITHOUT_LENGTH
    inputs, outputs, controls = (
        torch.zeros(size, steps, depth)
        for depth in (converter.input_depth, converter.output_depth, converter.control_depth)
    )
    for part in (inputs, outputs):
        part[..., 0] = 1.0
    return inputs, outputs, torch.full((size,), steps), controls


def measure(name: str, size: int | None, repeats: int) -> dict[str, float | int | str]:
    """Run some training steps of a recipe in this process."""
    torch.set_num_threads(1)
    keep_freed_memory()
    recipe = gen.load_recipe(name)
    model = gen.build_model(recipe).train()
    static = 16 * model.parameter_count() / 2**30  # weights, gradients and two moments, of four bytes each
    optimiser = Optimiser(model.parameters(), recipe.training)
    full = recipe.training.batch_size
    size = min(size or full, full)
    inputs, outputs, lengths, controls = batch_of(recipe, size)
    bare = peak_mebibytes() / 1024 - static / 4
    middle = recipe.training.steps // 2
    feedback = schedules.feedback(recipe.training.sampling, middle)
    times, for_batch = [], 0.0
    for step in range(repeats):
        began = time.process_time()
        result = model(inputs, outputs, lengths, controls if controls.shape[-1] else None, feedback=feedback)
        torch.autograd.backward(model.loss(result, middle).total)
        if step == 0:  # before there are moments, which could hide how much a batch takes
            for_batch = max(0.0, peak_mebibytes() / 1024 - bare - static / 2)
        optimiser.step(step)
        times.append((time.process_time() - began) / 2)
    return {
        "recipe": name,
        "parameters": model.parameter_count(),
        "batch": size,
        "full_batch": full,
        "seconds": round(min(times), 3),
        "gigabytes": round(bare + static + for_batch, 2),
        "gigabytes_at_full_batch": round(bare + static + for_batch * full / size, 1),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipes", nargs="+")
    parser.add_argument("--batch", type=int, help="examples a step, where fewer than the recipe's")
    parser.add_argument("--steps", type=int, default=3, help="the quickest counts")
    parser.add_argument("--here", action="store_true", help="measure in this process")
    arguments = parser.parse_args()
    if arguments.here:
        print(json.dumps(measure(arguments.recipes[0], arguments.batch, arguments.steps)))
        return 0
    for name in arguments.recipes:
        words = [sys.executable, str(Path(__file__)), name, "--here", "--steps", str(arguments.steps)]
        if arguments.batch is not None:
            words += ["--batch", str(arguments.batch)]
        subprocess.run(words, check=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    return 0


if __name__ == "__main__":
    sys.exit(main())
