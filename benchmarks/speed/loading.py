"""Batches for training: how fast they come, and what share of a step they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from speed.options import Options
from speed.report import table
from speed.settings import GROOVE, MELODY, TRIO
from speed.turns import Runner, take_turns
from speed.workers import Workers

TITLE = "Batches for training"
FILE = "loading"
STILL = "data.augment.transpose=[0,0]"
SETTINGS = (
    (replace(GROOVE, batch=512), "none"),
    (replace(MELODY, batch=512), "every example in a key of its own"),
    (replace(MELODY, batch=512, overrides=(STILL,)), "none"),
    (replace(TRIO, batch=32), "none"),
    (replace(TRIO, batch=32, overrides=(*TRIO.overrides, "data.augment.transpose=[-5,5]")), "as above"),
)
REPEATS = 20  # in a turn
ACTIONS = {"batch": "memory", "batch from files": "the store's files"}
EXPLANATION = """\
A batch is picked at random, moved into other keys where the recipe says so, and made into rows of float32 on the
device. *memory* holds all examples in stored form, as `gen train` does where they fit into a quarter of what is free;
*the store's files* are read through the page cache. The share is of a whole training step of the same model and batch,
measured in turn, in which batches come from memory."""


def measure(options: Options) -> list[str]:
    """Markdown after the heading."""
    settings = SETTINGS[1:3] if options.quick else SETTINGS
    threads = options.most_threads
    rows: list[Sequence[object]] = []
    for setting, augmentation in settings:
        setting = replace(setting, batch=options.batch(setting.batch))
        with Workers([options.order("training", setting)]) as (worker,):
            step = Runner(worker, "step", threads, peak=False)
            loading = [Runner(worker, action, threads, 2 if options.quick else REPEATS, False) for action in ACTIONS]
            take_turns([step, *loading], replace(options.rounds, most=options.rounds.least))
        for runner in loading:
            rows.append(
                (
                    setting.name,
                    setting.batch,
                    augmentation,
                    ACTIONS[runner.action],
                    threads or "–",
                    f"{1000 * runner.median:.3g} ({1000 * min(runner.seconds):.3g})",
                    f"{setting.batch / runner.median:,.0f}",
                    f"{runner.median / step.median:.2%}",
                )
            )
            print("  ".join(map(str, rows[-1])), flush=True)
    columns = "<model | batch | <augmentation | <examples from | threads | ms, median (least) | examples/s "
    return [*EXPLANATION.splitlines(), "", *table(columns + "| share of a step", rows)]
