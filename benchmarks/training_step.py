"""How fast a training step of `groovae_4bar` is, against what the machine could do.

    python benchmarks/training_step.py [--batches 64 512] [--threads 2] [--repeats 7] [--device cpu]

The peak is a matrix product of the same run, taken in turn with the steps, because machines are noisy. FLOPs are
those of the matrix products that a step can't do without. Writes benchmarks/results/training_step-DEVICE.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from common import peak_mebibytes, processor

import gen
from gen.data.examples import Examples
from gen.errors import UsageError
from gen.training.batch import require_precision
from gen.training.loader import Loader
from gen.training.memory import keep_freed_memory
from gen.training.optimiser import Optimiser

RESULTS = Path(__file__).parent / "results"
PEAK_SIZE = {"cpu": 2048, "cuda": 8192}


def lstm_flops(inputs: int, hidden: int, *, input_gradient: int) -> int:
    """Of one step of one example, forwards and backwards: outputs, weight gradients, gradients of what needs one."""
    weights = (inputs + hidden) * 4 * hidden
    return 2 * (2 * weights + (input_gradient + hidden) * 4 * hidden)


def step_flops(recipe: gen.Recipe, depth: int, batch: int, steps: int) -> int:
    """Of a whole training step of a bidirectional encoder and a flat decoder."""
    z = recipe.latent.size
    (encoder,) = recipe.encoder.arguments["sizes"]
    total = 2 * lstm_flops(depth, encoder, input_gradient=0)  # nobody needs the gradient of the data
    width, needed = depth + z, z
    for size in recipe.decoder.arguments["sizes"]:
        total += lstm_flops(width, size, input_gradient=needed)
        width = needed = size
    return batch * steps * (total + 6 * width * depth)


@dataclass
class Job:
    """One way of training, warmed up and ready to be timed."""

    name: str
    batch_size: int
    model: gen.VAE
    optimiser: Optimiser
    loader: Loader
    precision: str
    step: int = 0

    def run(self) -> float:
        """Seconds of one step, data included, as the trainer does it."""
        device = self.model.device
        generator = torch.Generator(device).manual_seed(self.step)
        synchronise(device)
        begin = time.perf_counter()
        batch = self.loader.batch(self.step)
        with torch.autocast(device.type, torch.bfloat16, enabled=self.precision == "bf16"):
            result = self.model(batch.inputs, batch.outputs, batch.lengths, batch.controls, generator=generator)
        torch.autograd.backward(self.model.loss(result, self.step).total)
        self.optimiser.step(self.step)
        synchronise(device)
        self.step += 1
        return time.perf_counter() - begin


def synchronise(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def peak(device: torch.device, dtype: torch.dtype) -> float:
    """FLOP/s of a large square matrix product, the best of three."""
    n = PEAK_SIZE[device.type]
    a, b = (torch.randn(n, n, device=device, dtype=dtype) for _ in range(2))
    best = float("inf")
    for _ in range(3):
        synchronise(device)
        begin = time.perf_counter()
        torch.mm(a, b)
        synchronise(device)
        best = min(best, time.perf_counter() - begin)
    return 2 * n**3 / best


def make_job(recipe: gen.Recipe, examples: Examples, batch: int, precision: str, device: torch.device) -> Job:
    model = gen.build_model(recipe).to(device).train()
    training = replace(recipe.training, batch_size=batch)
    loader = Loader(examples, batch, seed=0, device=device)
    return Job(f"{precision}, batch {batch}", batch, model, Optimiser(model.parameters(), training), loader, precision)


def machine(device: torch.device, threads: int) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{processor()}, {threads} threads of {os.cpu_count()} cores"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batches", type=int, nargs="+", default=[64, 512])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--return-memory", action="store_true", help="leave malloc as it is, unlike gen train")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    kept = not arguments.return_memory and keep_freed_memory()
    device = torch.device(arguments.device)

    recipe = gen.load_recipe("groovae_4bar", ["data={source: {type: demo, clips: 300}}"])
    examples = gen.prepare(recipe).require("train")
    depth, steps = examples.outputs.shape[2], examples.outputs.shape[1]
    precisions = ["fp32", "bf16"]
    notes = []
    try:
        require_precision("bf16", device)
    except UsageError as error:
        precisions.remove("bf16")
        notes.append(f"bf16: not measured. {error}.")
    jobs = [
        make_job(recipe, examples, batch, precision, device) for batch in arguments.batches for precision in precisions
    ]
    for job in jobs:
        job.run()
    times: dict[str, list[float]] = {job.name: [] for job in jobs}
    fractions: dict[str, list[float]] = {job.name: [] for job in jobs}
    peaks: list[float] = []
    for _ in range(arguments.repeats):
        for job in jobs:
            dtype = torch.bfloat16 if job.precision == "bf16" else torch.float32
            before = peak(device, dtype)
            seconds = job.run()
            now = max(before, peak(device, dtype))
            peaks.append(now)
            times[job.name].append(seconds)
            fractions[job.name].append(step_flops(recipe, depth, job.batch_size, steps) / seconds / now)

    memory = "kept for the next step, as gen train does" if kept else "given back to the system"
    lines = [
        "# A training step of `groovae_4bar`",
        "",
        f"`python benchmarks/training_step.py {' '.join(sys.argv[1:])}`".replace(" `", "`"),
        "",
        f"{machine(device, arguments.threads)}; torch {torch.__version__}; Python {platform.python_version()}; "
        f"load average at the end {os.getloadavg()[0]:.1f}.",
        f"Freed memory: {memory}.",
        f"Peak: matrix product of {PEAK_SIZE[device.type]} squared, in turn with the steps, "
        f"median {statistics.median(peaks) / 1e9:.0f} GFLOP/s, best {max(peaks) / 1e9:.0f}.",
        f"Medians of {arguments.repeats} steps, each with its batch taken from memory, dropout masks, clipping and "
        f"Adam; peak memory {peak_mebibytes():.0f} MB.",
        "",
        "| step | GFLOP | seconds, median (least) | GFLOP/s | fraction of the peak beside it, median (most) |",
        "|---|--:|--:|--:|--:|",
    ]
    for job in jobs:
        flops = step_flops(recipe, depth, job.batch_size, steps)
        middle = statistics.median(times[job.name])
        share = f"{statistics.median(fractions[job.name]):.0%} ({max(fractions[job.name]):.0%})"
        seconds = f"{middle:.3f} ({min(times[job.name]):.3f})"
        lines.append(f"| {job.name} | {flops / 1e9:.1f} | {seconds} | {flops / middle / 1e9:.0f} | {share} |")
    lines += ["", *notes]
    text = "\n".join(lines).rstrip() + "\n"
    print(text)
    RESULTS.mkdir(exist_ok=True)
    if not kept and device.type == "cpu":
        return 0  # for comparing by eye; the committed figures are those of gen train
    label = device.type if device.type == "cpu" else torch.cuda.get_device_name(device).replace(" ", "-")
    (RESULTS / f"training_step-{label}.md").write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
