"""Rate and distortion: how much of an example comes back from how many bits, by a recipe and by a linear code."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gen.errors import UsageError
from gen.evaluation.figures import LATENT, RIGHT
from gen.evaluation.floors.fit import LINEAR, LINEAR_DRAW
from gen.evaluation.regimes import BASELINE, FREE_RUNNING, GREEDY
from gen.recipes.sections import Recipe

RATES = (8, 16, 32, 64, 128, 256)
"""Bits of an example."""

_CODES = {"linear_code": LINEAR, "drawn_linear_code": LINEAR_DRAW}
_CURVES = (GREEDY, "greedy_draw", FREE_RUNNING, *_CODES)
_JUDGED = (*RIGHT, "velocity_mae", "timing_mae_ms")  # endings of what says how much is right, and how wrong the rest

Cells = Mapping[str, Mapping[str, Any]]
"""Figures by ``regime/name``, or a baseline's by name, each with ``mean``, ``low`` and ``high``."""


def recipes_at_rates(recipe: Recipe, rates: Sequence[int] = RATES) -> list[Recipe]:
    """The recipe with each number of bits free, named after it: ``drums_4bar_at_8_bits``.

    Raises:
        UsageError: fewer than two rates, one twice or below 1, or a recipe whose bits cost nothing.
    """
    if len(set(rates)) != len(rates) or len(rates) < 2 or min(rates) < 1:
        raise UsageError(f"rates are two or more different numbers of bits from 1 on, not {', '.join(map(str, rates))}")
    if recipe.latent.max_beta <= 0.0:
        raise UsageError(f"{recipe.name} says nothing of its rate: latent.max_beta is 0, so it may spend any")
    return [
        replace(recipe, name=f"{recipe.name}_at_{bits}_bits", latent=replace(recipe.latent, free_bits=float(bits)))
        for bits in sorted(rates)
    ]


def rate_study(figures: Mapping[str, Cells], baselines: Mapping[str, Cells]) -> dict[str, Any]:
    """What each model spends and gets right, and what the linear code gets right that spends as many whole bits.

    Args:
        figures: every model's, by its name.
        baselines: by name, as `gen.evaluation.measure.baseline_regimes` has them.

    Returns:
        ``rows``, ``arm`` and ``bits`` of each model, fewest bits first; and ``figures``, by name, then by curve (three
        regimes and two codes), a figure for each row, None where there is none.
    """
    bits = {arm: float(of[f"{LATENT}/kl_bits"]["mean"]) for arm, of in figures.items()}
    arms = sorted((arm for arm in figures if math.isfinite(bits[arm])), key=lambda arm: bits[arm])

    def cell(arm: str, curve: str, name: str) -> Mapping[str, Any] | None:
        if curve in _CODES:
            return baselines.get(BASELINE + _CODES[curve].format(round(bits[arm])), {}).get(name)
        return figures[arm].get(f"{curve}/{name}")

    names = dict.fromkeys(
        name.partition("/")[2]
        for of in figures.values()
        for name in of
        if name.startswith(f"{GREEDY}/") and name.endswith(_JUDGED)
    )
    return {
        "rows": [{"arm": arm, "bits": bits[arm]} for arm in arms],
        "figures": {name: {curve: [cell(arm, curve, name) for arm in arms] for curve in _CURVES} for name in names},
    }
