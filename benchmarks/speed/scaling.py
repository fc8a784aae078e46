"""How the cost of a training step grows: with the batch, the bars, the units; and flat beside hierarchical."""

from __future__ import annotations

from collections.abc import Sequence

from speed.options import Options
from speed.report import peaks, seconds, share, table, threads_in_words
from speed.settings import Setting
from speed.turns import Runner, take_turns
from speed.workers import Workers

TITLE = "What a training step costs, by size"
FILE = "scaling"
BATCHES = (8, 16, 32, 64, 128, 256, 512)
HIDDEN = (128, 256, 512, 1024)
BARS = (2, 4, 8, 16)
BATCH, UNITS, LENGTH = 64, 256, 2
EXPLANATION = f"""\
One melody model: `flat-mel_16bar` with one bidirectional encoder layer and two decoder layers of the same number of
units, z of 128, sixteen steps a bar, teacher-forced, fp32. *hierarchical* is `hierdec-mel_16bar` with a conductor and a
core of that size each, and one segment a bar. Unless a table says otherwise: batch {BATCH}, {UNITS} units, {LENGTH}
bars. The sizes of a table take turns, each in a process of its own."""

Point = tuple[str, Setting]


def flat(*, batch: int = BATCH, units: int = UNITS, bars: int = LENGTH) -> Setting:
    """The flat model of a size."""
    words = (f"encoder.sizes=[{units}]", f"decoder.sizes=[{units},{units}]")
    return Setting("flat", "flat-mel_16bar", (*words, *_common(bars)), batch)


def hierarchical(*, batch: int = BATCH, units: int = UNITS, bars: int = LENGTH) -> Setting:
    """The hierarchical model of a size."""
    sizes = f"[{units},{units}]"
    words = (f"encoder.sizes=[{units}]", f"decoder.sizes={sizes}", f"decoder.core.sizes={sizes}")
    levels = f"decoder.level_lengths=[{bars},16]"
    return Setting("hierarchical", "hierdec-mel_16bar", (*words, levels, *_common(bars)), batch)


def measure(options: Options) -> list[str]:
    """Markdown after the heading."""
    few = slice(0, 1) if options.quick else slice(None)
    comparisons = {
        "Batch": [(f"{batch}", flat(batch=batch)) for batch in BATCHES[few]],
        "Units a layer": [(f"{units}", flat(batch=options.batch(BATCH), units=units)) for units in HIDDEN[few]],
        "Bars": [
            (f"{bars}, {make.__name__}", make(batch=options.batch(BATCH), bars=bars))
            for bars in BARS[few]
            for make in (flat, hierarchical)
        ],
    }
    lines: list[str] = []
    runners: list[Runner] = []
    for title, points in comparisons.items():
        found, rows = compare(options, points)
        runners += found
        columns = f"<{title.lower()} | weights | GFLOP | seconds, median (least) | ms an example | GFLOP/s "
        columns += "| share of the peak, median (most) | MB"
        lines += [f"## {title}", "", *table(columns, rows)]
    threads = "" if options.most_threads is None else f"{threads_in_words(options.most_threads)}. "
    return [*EXPLANATION.splitlines(), "", threads + peaks(runners), "", *lines]


def compare(options: Options, points: Sequence[Point]) -> tuple[list[Runner], list[Sequence[object]]]:
    """Measure sizes in turn."""
    with Workers([options.order("training", setting) for _, setting in points]) as workers:
        runners = [Runner(worker, "step", options.most_threads) for worker in workers]
        take_turns(runners, options.rounds)
        memory = [worker.memory() for worker in workers]
    rows: list[Sequence[object]] = []
    for (name, setting), runner, megabytes in zip(points, runners, memory, strict=True):
        facts = runner.worker.facts
        rows.append(
            (
                name,
                f"{facts['parameters']:,}",
                f"{facts['flops'] / 1e9:.1f}",
                seconds(runner),
                f"{1000 * runner.median / setting.batch:.2f}",
                f"{runner.rate / 1e9:.0f}",
                share(runner),
                f"{megabytes:,.0f}",
            )
        )
        print("  ".join(map(str, rows[-1])), flush=True)
    return runners, rows


def _common(bars: int) -> tuple[str, ...]:
    return ("latent.size=128", f"converter.slice_bars={bars}")
