"""What an evaluation found, as plain data for JSON, tables and pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np

from gen.data.examples import Examples
from gen.evaluation.clips import reconstructed_clips
from gen.evaluation.figures import LATENT, by_bar, by_regime, figures
from gen.evaluation.floors.judging import beside_baselines
from gen.evaluation.intervals import intervals_by_bar, percentiles, resampled_figures
from gen.evaluation.measurement import Measurement
from gen.evaluation.regimes import BASELINE
from gen.interfaces.converter import Converter
from gen.system.machine import code, machine
from gen.training.load import Trained
from gen.training.run import Run, curves


def evaluation_result(measurement: Measurement, converter: Converter, *, resamples: int) -> dict[str, Any]:
    """Figures by regime, those of the latent space, intervals (none without resamples), and figures by bar."""
    found = figures(measurement, converter)
    drawn = {"seed": measurement.seed, "resamples": resamples}
    clouds = resampled_figures(measurement, converter, **drawn) if resamples else {}
    return {
        "step": measurement.step,
        "examples": len(measurement),
        "pieces": len(np.unique(measurement.pieces)),
        "seed": measurement.seed,
        "temperature": measurement.temperature,
        "regimes": {name: values for name, values in found.items() if name != LATENT},
        LATENT: found[LATENT],
        "intervals": by_regime({name: percentiles(values) for name, values in clouds.items()}),
        "by_bar": by_bar(measurement, converter),
        "by_bar_intervals": intervals_by_bar(measurement, converter, **drawn) if resamples else {},
        "beside_baselines": beside_baselines("model", found, clouds),
    }


def evaluation_findings(result: Mapping[str, Any], trained: Trained, run: Run, examples: Examples) -> dict[str, Any]:
    """What a page of one model shows: the same as a comparison's, with one arm.

    The result is that of `evaluation_result`, with ``run``, ``split``, ``source`` and ``data``; a few examples are
    reconstructed to be heard.
    """
    arm = trained.recipe.name
    cells = {
        f"{regime}/{name}": _cell(value, (result["intervals"].get(regime) or {}).get(name))
        for regime, values in {**result["regimes"], LATENT: result[LATENT]}.items()
        for name, value in values.items()
    }
    return {
        "title": f"{arm} at step {trained.step}",
        "command": f"gen eval {result['run']} --split {result['split']}",
        "gen": code(),
        "made": date.today().isoformat(),
        "machine": machine(),
        **{key: result[key] for key in ("source", "split", "examples", "pieces", "data", "temperature")},
        "seeds": [trained.recipe.training.seed],
        "arms": {arm: {"description": trained.recipe.description, "trials": 1}},
        "figures": {arm: cells},
        "baselines": {
            "figures": {
                name: {figure: cells[f"{name}/{figure}"] for figure in values}
                for name, values in result["regimes"].items()
                if name.startswith(BASELINE)
            },
            "verdicts": [_named(each, arm) for each in result["beside_baselines"]],
        },
        "by_bar": {arm: result["by_bar"]},
        "by_bar_intervals": {arm: result["by_bar_intervals"]},
        "curves": {arm: {"arm": arm, **curves(run)}},
        "clips": reconstructed_clips({arm: trained}, examples),
    }


def _named(verdict: Mapping[str, Any], arm: str) -> dict[str, Any]:
    """The same with the model's own name, also where it is the better one."""
    better = arm if verdict["better"] == verdict["a"] else verdict["better"]
    return {**verdict, "a": arm, "better": better}


def _cell(value: float, ends: Any) -> dict[str, Any]:
    low, high = ends or (None, None)
    return {"mean": value, "low": low, "high": high, "seeds": [value]}
