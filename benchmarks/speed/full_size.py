"""Training steps of the 16-bar models at full size, where the memory they are predicted to take is free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from speed.memory import fits
from speed.options import Options
from speed.report import peaks, table
from speed.settings import FULL
from speed.training import COLUMNS, MODELS, compare, model_row, say
from speed.turns import Rounds, Runner

TITLE = "Training steps of full-size models"
FILE = "training_step_full"
ROUNDS = Rounds(0.0, 2, 2)  # a step takes a quarter of a minute
EXPLANATION = """\
As in `training_step`, at the original's own widths. Precisions are measured one after another, for two such models may
not fit. The original needed more than 22.9 GB for flat-mel_16bar at this batch and more than 15 GB for
hierdec-mel_16bar, and finished no step of them."""


def measure(options: Options) -> list[str]:
    """Markdown after the heading."""
    precisions, notes = options.precisions()
    runners: list[Runner] = []
    rows: list[Sequence[object]] = []
    models: list[Sequence[object]] = []
    once = replace(options, threads=(max(options.threads),), isas=options.isas[:1])
    for setting in FULL:
        setting = replace(setting, batch=options.batch(setting.batch))
        ok, why = fits(setting, options.device)
        if not ok:
            notes.append(why)
            continue
        for precision in precisions:
            found, refused = compare(once, setting, [precision], ROUNDS, rows)
            runners += found
            notes += refused
            say(rows, found)
        models.append(model_row(setting, found[0].worker))
    lines = [*EXPLANATION.splitlines(), "", peaks(runners), "", *table(COLUMNS, rows), *table(MODELS, models)]
    return [*lines, *(f"* {note}" for note in dict.fromkeys(notes))]
