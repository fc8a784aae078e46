"""Sampling sixty-four sequences: to steps, to notes, to MIDI files."""

from __future__ import annotations

from collections.abc import Sequence

from speed.jobs import SEQUENCES
from speed.options import Options
from speed.original import SAMPLING, SOURCE, THREADS
from speed.report import seconds, table
from speed.settings import GROOVE, HIERARCHICAL, MELODY
from speed.turns import Runner, take_turns
from speed.workers import Workers

TITLE = f"Sampling {SEQUENCES} sequences"
FILE = "sampling"
SETTINGS = (GROOVE, MELODY, HIERARCHICAL)
ACTIONS = {"steps": "z to steps", "notes": "nothing to notes", "midi": "notes to MIDI files"}
REPEATS = 3  # in a turn
EXPLANATION = f"""\
*z to steps* is the decoder alone, from {SEQUENCES} latent vectors that are given; *nothing to notes* draws them,
decodes them and converts the steps (`gen.sample_clips`); *notes to MIDI files* makes the bytes of {SEQUENCES} files.
Temperature 1. The weights are those before training, with which every step says something: a groove then has a hit on
about every second drum of every step, several times the notes that music has. The original's *notes* were of another
model."""


def measure(options: Options) -> list[str]:
    """Markdown after the heading."""
    settings = SETTINGS[:1] if options.quick else SETTINGS
    rows: list[Sequence[object]] = []
    for setting in settings:
        with Workers([options.order("sampling", setting, isa) for isa in options.isas]) as workers:
            runners = [
                Runner(worker, action, threads, 1 if options.quick else REPEATS, peak=False)
                for threads in options.lines
                for worker in workers
                for action in ACTIONS
            ]
            take_turns(runners, options.rounds)
            memory = {id(worker): worker.memory() for worker in workers}
        for runner in runners:
            rows.append(_row(runner, memory[id(runner.worker)]))
            print("  ".join(map(str, rows[-1])), flush=True)
    columns = "<model | <what | threads | <instructions | seconds, median (least) | sequences/s | GFLOP/s | MB "
    columns += "| the original's seconds | times as fast"
    return [*EXPLANATION.splitlines(), "", *table(columns, rows), SOURCE]


def _row(runner: Runner, memory: float) -> Sequence[object]:
    order = runner.worker.order
    original = SAMPLING.get(order.setting.name, {}).get(runner.action) if runner.threads == THREADS else None
    return (
        order.setting.name,
        ACTIONS[runner.action],
        runner.threads or "–",
        order.isa if runner.threads else "–",
        seconds(runner),
        f"{SEQUENCES / runner.median:,.0f}",
        f"{runner.rate / 1e9:.0f}" if runner.action == "steps" else "–",
        f"{memory:,.0f}",
        f"{original:.3f}" if original else "–",
        f"{original / runner.median:.1f}" if original else "–",
    )
