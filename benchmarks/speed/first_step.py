"""From the start of a process to the end of its first training step, by the clock on the wall."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from speed.options import Options
from speed.original import IMPORT, SOURCE, TRAINING
from speed.report import table
from speed.settings import GROOVE, TRIO, Setting
from speed.training import batch_of

TITLE = "Time to the first step"
FILE = "first_step"
SETTINGS = (
    replace(TRIO, original="hierdec-trio_16bar_small_b32"),
    replace(GROOVE, batch=64, original="groovae_4bar_b64_r2"),
)
REPEATS = 3
LOOK = 0.002  # seconds between looks at the metrics
EXPLANATION = f"""\
`gen train RECIPE` is started, and the clock runs until the run's metrics hold their first line, which the trainer
writes right after the first update: importing Python and torch, reading the recipe, opening examples that were prepared
before, building the model, making the run, the step. One start that isn't counted prepares the examples. The original's
figure is the sum of its imports ({IMPORT} s), building its graph and variables, and its first step."""


def measure(options: Options) -> list[str]:
    """Markdown after the heading."""
    settings = [replace(setting, batch=options.batch(setting.batch)) for setting in SETTINGS]
    lines = [(setting, threads) for setting in settings for threads in options.lines]
    if options.quick:
        lines = lines[:1]
    for setting in dict.fromkeys(setting for setting, _ in lines):
        until_first_step(setting, options.device, options.most_threads)
    times: dict[tuple[Setting, int | None], list[float]] = {line: [] for line in lines}
    for _ in range(1 if options.quick else REPEATS):
        for (setting, threads), measured in times.items():
            measured.append(until_first_step(setting, options.device, threads))
    rows: list[Sequence[object]] = []
    for (setting, threads), measured in times.items():
        original = TRAINING[setting.original]
        same = setting.batch == batch_of(setting.original)
        middle = statistics.median(measured)
        rows.append(
            (
                setting.name,
                setting.batch,
                threads or "–",
                f"{middle:.2f} ({min(measured):.2f})",
                f"{original.until_first_step:.1f}" if same else "–",
                f"{original.until_first_step / middle:.1f}" if same else "–",
            )
        )
        print("  ".join(map(str, rows[-1])), flush=True)
    columns = "<model | batch | threads | seconds, median (least) | the original's seconds, 2 threads | times as fast"
    return [*EXPLANATION.splitlines(), "", *table(columns, rows), SOURCE]


def until_first_step(setting: Setting, device: str, threads: int | None) -> float:
    """Seconds of one fresh process; it is left to end by itself, for its evaluation and its checkpoint."""
    few = ["training.steps=1", "training.eval_batches=1"]
    with tempfile.TemporaryDirectory(prefix="first-step-") as folder:
        run, log = Path(folder, "run"), Path(folder, "log")
        command = [sys.executable, "-m", "gen", "train", setting.recipe, *setting.words, *few]
        command += ["--samples", "0", "--device", device, "--out", str(run)]
        environment = {**os.environ, **({} if threads is None else {"OMP_NUM_THREADS": str(threads)})}
        with log.open("w") as file:
            begin = time.perf_counter()
            process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, env=environment)
            while not _has_a_line(run / "metrics.jsonl") and process.poll() is None:
                time.sleep(LOOK)
            end = time.perf_counter()
        if process.wait() != 0 or not _has_a_line(run / "metrics.jsonl"):
            raise SystemExit(f"{' '.join(command)} failed:\n{log.read_text()[-4000:]}")
    return end - begin


def _has_a_line(path: Path) -> bool:
    try:
        return b"\n" in path.read_bytes()
    except FileNotFoundError:
        return False
