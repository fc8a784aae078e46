"""A comparison as plain data: what is printed, kept as JSON and Markdown, and drawn on a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from gen.comparing.bars import bars, bars_intervals
from gen.comparing.baselines import baselines_result
from gen.comparing.cautions import cautions
from gen.comparing.fairness import Size, settings_that_differ
from gen.comparing.measuring import Measured, Models, examples_of
from gen.comparing.paper import TABLE, row_name
from gen.comparing.plan import Plan
from gen.comparing.training import seconds_of
from gen.comparing.verdicts import Sampled, interval, sample, verdicts
from gen.data.prepare import Prepared
from gen.evaluation.clips import reconstructed_clips
from gen.evaluation.measurement import Measurement
from gen.evaluation.regimes import GAP, MAIN, TEACHER_FORCED
from gen.interfaces.converter import Converter
from gen.system.machine import code, machine
from gen.training.run import Run, curves

_STEPS_RIGHT = "step_accuracy"
_SHOWN = (*MAIN, GAP)


def comparison_result(
    plan: Plan,
    sizes: Mapping[str, Size],
    flags: Sequence[str],
    measured: Sequence[Measured],
    models: Models,
    baselines: Measurement | None,
    prepared: Prepared,
    converter: Converter,
    *,
    command: str,
) -> dict[str, Any]:
    """Everything that a comparison found; the schema stands in ``docs/comparing.md``.

    Args:
        sizes, flags: as `gen.comparing.fairness` finds them.
        measured: every trial.
        models: the first trial's of each arm is heard reconstructing.
        baselines: as `gen.comparing.measuring.measure_baselines` has them.
    """
    examples = examples_of(plan, prepared)
    of_arm = {arm.name: [each for each in measured if each.trial.arm == arm.name] for arm in plan.arms}
    measurements = {name: [each.measurement for each in trials] for name, trials in of_arm.items()}
    sampled = {name: sample(found, converter) for name, found in measurements.items()}
    return {
        "title": " against ".join(of_arm),
        "command": command,
        "gen": code(),
        "made": date.today().isoformat(),
        "machine": machine(),
        "source": prepared.source,
        "split": plan.split,
        "examples": len(examples),
        "pieces": len(np.unique(examples.source)),
        "data": prepared.fingerprint,
        "budget": "as trained before" if all(arm.run is not None for arm in plan.arms) else str(plan.budget),
        "seeds": list(plan.seeds),
        "temperature": plan.temperature,
        "pick": plan.pick,
        "arms": {
            arm.name: {
                "description": arm.recipe.description,
                "parameters": asdict(sizes[arm.name]),
                "trials": len(of_arm[arm.name]),
            }
            for arm in plan.arms
        },
        "flags": [*flags, *cautions(plan, of_arm, sampled)],
        "differences": settings_that_differ(plan.arms),
        "table": _table(plan, sampled),
        "figures": {arm: {name: _cell(value) for name, value in found.items()} for arm, found in sampled.items()},
        **_baselines(baselines, converter, sampled),
        "verdicts": [asdict(verdict) for verdict in verdicts(sampled)],
        "by_bar": {arm: bars(found, converter) for arm, found in measurements.items()},
        "by_bar_intervals": {arm: bars_intervals(found, converter) for arm, found in measurements.items()},
        "curves": {each.trial.name: {"arm": each.trial.arm, **curves(Run(each.trial.path))} for each in measured},
        "trials": [
            {
                **{key: getattr(each.trial, key) for key in ("name", "arm", "seed")},
                "measured_at_step": each.measurement.step,
                "training_seconds": seconds_of(Run(each.trial.path)) or None,
            }
            for each in measured
        ],
        "clips": reconstructed_clips({name: models.of(trials[0].trial) for name, trials in of_arm.items()}, examples),
    }


def write_reports(folder: Path, result: Mapping[str, Any]) -> list[Path]:
    """Write ``result.json``, ``report.md``, ``report.html``, ``table.csv``, ``table.tex`` and ``table.svg`` into a
    folder; each whole or not at all.
    """
    from gen.pages.comparison import page
    from gen.pages.markdown import markdown
    from gen.pages.paper_table import csv_table, latex_table
    from gen.pages.picture import picture
    from gen.system.files import json_text, write_atomically

    texts = {
        "result.json": json_text(result, indent=1) + "\n",
        "report.md": markdown(result),
        "report.html": page(result),
        "table.csv": csv_table(result),
        "table.tex": latex_table(result),
        "table.svg": picture(result),
    }
    for name, text in texts.items():
        write_atomically(folder / name, text)
    return [folder / name for name in texts]


def _table(plan: Plan, sampled: Mapping[str, Mapping[str, Sampled]]) -> list[dict[str, Any]]:
    """Rows in the shape of the paper's table 1: one a stream, with every arm's accuracies, and the paper's beside."""
    row = row_name(plan.arms[0].recipe.converter)
    first = next(iter(sampled.values()))
    found = []
    for name in first:
        regime, _, figure = name.partition("/")
        if regime != TEACHER_FORCED or not figure.endswith(_STEPS_RIGHT):
            continue
        stream = figure.removesuffix(_STEPS_RIGHT).rstrip("_")
        cells = {
            arm: {shown: _cell(values[f"{shown}/{figure}"]) for shown in _SHOWN if f"{shown}/{figure}" in values}
            for arm, values in sampled.items()
        }
        found.append({"row": row, "stream": stream, "cells": cells, "paper": TABLE.get((row, stream))})
    return found


def _baselines(
    measurement: Measurement | None, converter: Converter, arms: Mapping[str, Mapping[str, Sampled]]
) -> dict[str, Any]:
    """``baselines`` with their figures and the verdicts beside them, where there are any."""
    if measurement is None:
        return {}
    figures, found = baselines_result(measurement, converter, arms)
    cells = {name: {figure: _cell(value) for figure, value in values.items()} for name, values in figures.items()}
    return {"baselines": {"figures": cells, "verdicts": found}}


def _cell(sampled: Sampled) -> dict[str, Any]:
    low, high = interval(sampled)
    return {"mean": sampled.mean, "low": low, "high": high, "seeds": sampled.seeds.tolist()}
