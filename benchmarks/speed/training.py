"""Training steps: seconds, share of the peak, memory, and the original's beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from speed.options import Options
from speed.original import SOURCE, THREADS, TRAINING
from speed.report import peaks, seconds, share, table
from speed.settings import FLAT, GROOVE, HIERARCHICAL, MELODY, TRIO, Setting
from speed.turns import Rounds, Runner, take_turns
from speed.workers import ISAS, RefusedError, Worker, Workers

TITLE = "Training steps"
FILE = "training_step"
SETTINGS = (
    replace(GROOVE, batch=64, original="groovae_4bar_b64_r2"),
    replace(GROOVE, batch=512, original="groovae_4bar_b512_r2"),
    replace(MELODY, batch=64, original="cat-mel_2bar_small_b64_r2"),
    replace(MELODY, batch=512, original="cat-mel_2bar_small_b512_r2"),
    replace(FLAT, original="flat-mel_16bar_small_b32_r2"),
    replace(HIERARCHICAL, original="hierdec-mel_16bar_small_b32_r2"),
    replace(TRIO, original="hierdec-trio_16bar_small_b32"),
)
COLUMNS = (
    "<model | batch | <precision | threads | <instructions | seconds, median (least) | GFLOP/s "
    "| share of the peak, median (most) | MB | times as fast as the original, median (least)"
)
MODELS = "<model | batch | weights | GFLOP a step | the original's seconds (least) | its MB"
EXPLANATION = """\
Each step: taking the batch, forwards, backwards, clipping, Adam, with the recipe's dropout. Where it samples on a
schedule (`cat-mel_2bar_small`), the decoder hears itself in half of the steps. *small* is the size of the original's
timings: encoder 256, decoders and conductor 256 and 256, z 128. Every line is a process of its own; those of one model
and batch take turns. FLOPs are those of the model's formulas (`benchmarks/speed/flops.py`): a test compares them with
`torch.utils.flop_counter` on layers run step by step, since that sees nothing inside a fused LSTM. Memory is the peak
of the process, Python and torch included; on a GPU, that of its tensors."""


def measure(options: Options) -> list[str]:
    """Markdown after the heading."""
    precisions, notes = options.precisions()
    runners: list[Runner] = []
    rows: list[Sequence[object]] = []
    models: list[Sequence[object]] = []
    settings = [replace(setting, batch=options.batch(setting.batch)) for setting in SETTINGS]
    if options.quick:
        settings = list({(setting.name, setting.batch): setting for setting in settings}.values())
    for number, setting in enumerate(settings):
        tried = precisions[:1] if options.quick and number else precisions
        found, refused = compare(options, setting, tried, options.rounds, rows)
        runners += found
        notes += refused
        models.append(model_row(setting, found[0].worker))
        say(rows, found)
    lines = [*EXPLANATION.splitlines(), "", peaks(runners), "", *table(COLUMNS, rows)]
    lines += table(MODELS, models)
    lines += [SOURCE, ""]
    if options.isas != ("native",):
        lines += [f"{isa}: {_variables(isa)}." for isa in options.isas if ISAS[isa]] + [""]
    return [*lines, *(f"* {note}" for note in dict.fromkeys(notes))]


def compare(
    options: Options, setting: Setting, precisions: Sequence[str], rounds: Rounds, rows: list[Sequence[object]]
) -> tuple[list[Runner], list[str]]:
    """Measure a model at one batch in all ways, in turn, and add the rows; also why some ways weren't measured."""
    orders = [
        options.order("training", replace(setting, precision=precision), isa)
        for isa in options.isas
        for precision in precisions
    ]
    notes = []
    with Workers(orders) as workers:
        able = []
        for worker in workers:
            try:
                assert worker.facts
                able.append(worker)
            except RefusedError as error:
                notes.append(f"{worker.order.setting.precision}, {worker.order.isa}: not measured. {error}.")
        runners = [Runner(worker, "step", threads) for threads in options.lines for worker in able]
        take_turns(runners, rounds)
        memory = {id(worker): worker.memory() for worker in able}
    rows += [row_of(runner, memory[id(runner.worker)]) for runner in runners]
    return runners, notes


def say(rows: Sequence[Sequence[object]], found: Sequence[Runner]) -> None:
    """Show what has just been measured."""
    for row in rows[-len(found) :]:
        print("  ".join(map(str, row)), flush=True)


def row_of(runner: Runner, memory: float) -> Sequence[object]:
    """A line of the table; the ratio stands where the original was measured, at its batch and on its threads."""
    setting, isa = runner.worker.order.setting, runner.worker.order.isa
    times = "–"
    original = TRAINING.get(setting.original)
    if original is not None and runner.threads == THREADS and setting.batch == batch_of(setting.original):
        times = f"{original.step / runner.median:.2f} ({original.least / min(runner.seconds):.2f})"
    return (
        setting.name,
        setting.batch,
        setting.precision,
        runner.threads or "–",
        isa if runner.threads else "–",
        seconds(runner),
        f"{runner.rate / 1e9:.0f}",
        share(runner),
        f"{memory:,.0f}",
        times,
    )


def batch_of(original: str) -> int:
    """Examples a step in a measurement of the original, from its name."""
    return int(original.removesuffix("_r2").rpartition("_b")[2])


def model_row(setting: Setting, worker: Worker) -> Sequence[object]:
    """A line of the table of models."""
    original, facts = TRAINING.get(setting.original), worker.facts
    figures = [f"{facts['parameters']:,}", f"{facts['flops'] / 1e9:.1f}"]
    if original is None or setting.batch != batch_of(setting.original):
        return setting.name, setting.batch, *figures, "–", "–"
    return setting.name, setting.batch, *figures, f"{original.step:.2f} ({original.least:.2f})", original.memory


def _variables(isa: str) -> str:
    return "the process was started with " + ", ".join(f"{name}={value}" for name, value in ISAS[isa].items())
