"""Learning curves as rows of numbers, where none can be drawn."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import fmean

from gen.pages.values import Result, finite, section

_FIGURES = ("loss", "kl_bits", "accuracy")
_MOST = 10  # steps

Curves = tuple[list[int], dict[str, list[float | None]]]
"""Steps, and by arm a value at each; None where not every training of the arm has one."""


def learning_curves(result: Result) -> dict[str, Curves]:
    """Of every figure that trainings were validated by, at ten steps at the most, evenly over those looked at."""
    found = section(result, "curves")
    arms: dict[str, list[dict[str, dict[int, float]]]] = {}
    for name in found:
        columns = section(found, name, "validation")
        arms.setdefault(str(section(found, name).get("arm", name)), []).append(
            {figure: _by_step(columns.get("step"), columns.get(figure)) for figure in _FIGURES}
        )
    curves: dict[str, Curves] = {}
    for figure in _FIGURES:
        steps = sorted({step for trainings in arms.values() for each in trainings for step in each[figure]})
        chosen = (
            [steps[(place + 1) * len(steps) // _MOST - 1] for place in range(_MOST)] if len(steps) > _MOST else steps
        )
        if chosen:
            curves[figure] = (
                chosen,
                {
                    arm: [_mean([each[figure].get(step) for each in trainings]) for step in chosen]
                    for arm, trainings in arms.items()
                },
            )
    return curves


def _by_step(steps: object, values: object) -> dict[int, float]:
    if not isinstance(steps, (list, tuple)) or not isinstance(values, (list, tuple)):
        return {}
    pairs = zip(map(finite, steps), map(finite, values), strict=False)
    return {int(step): value for step, value in pairs if step is not None and value is not None}


def _mean(values: Iterable[float | None]) -> float | None:
    there = list(values)
    return (
        None if any(each is None for each in there) or not there else fmean(each for each in there if each is not None)
    )
