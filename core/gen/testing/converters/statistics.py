"""Figures by which outputs are compared with targets.

Letters in shape comments: B batch, T steps, D depth.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gen.interfaces.rows import FloatArray
from gen.testing.checks import Checks, failed, skipped
from gen.testing.converters.subject import ConverterSubject

_RATES = ("accuracy", "precision", "recall", "f1")
_ERRORS = ("error", "mae", "mse", "distance")

Columns = Mapping[str, npt.NDArray[np.float64]]


class _Given(NamedTuple):
    """Targets of several examples of one number of steps, side by side."""

    targets: FloatArray
    lengths: npt.NDArray[np.int64]
    qpm: npt.NDArray[np.float64]


CHECKS: Checks[ConverterSubject] = Checks()


@CHECKS.add("outputs compared with something other than targets, or padding counted as wrong", needs=["examples"])
def statistics(subject: ConverterSubject) -> None:
    """Outputs that are the targets have rates of 1 and errors of 0; others have not."""
    given = _stacked(subject)
    figures = _figures(subject, _columns(subject, given, given.targets))
    for name, value in figures.items():
        for names, wanted in ((_RATES, 1), (_ERRORS, 0)):
            if name.endswith(names) and abs(value - wanted) > 1e-6:  # which NaN isn't: there is nothing to judge by
                failed(f"{name} of a perfect output is {value:.4g}, not {wanted}")
    wrong = _figures(subject, _columns(subject, given, np.roll(given.targets, 1, axis=1)))
    if all(value == wrong[name] or math.isnan(value) for name, value in figures.items()):
        failed("every figure is the same for outputs that are late by a step: outputs aren't looked at")


@CHECKS.add("means in place of sums, or one number for the whole batch", needs=["examples"])
def additive(subject: ConverterSubject) -> None:
    """Columns ``[B]``, or ``[B, K]`` and so on, that are the same for an example alone and among others."""
    given = _stacked(subject)
    late = np.roll(given.targets, 1, axis=1)
    together = _columns(subject, given, late)
    count = len(given.targets)
    for name, column in together.items():
        if np.shape(column)[:1] != (count,) or not np.isfinite(column).all():
            failed(f"statistics {name!r}: shape {list(np.shape(column))}, not [{count}] or [{count}, …] finite numbers")
    for row in range(count):
        one = slice(row, row + 1)
        part = _Given(given.targets[one], given.lengths[one], given.qpm[one])
        alone = _columns(subject, part, late[one])
        if alone.keys() != together.keys():
            failed(f"statistics of one example are named {sorted(alone)}, of {count} {sorted(together)}")
        for name, column in alone.items():
            if not np.allclose(column[0], together[name][row], rtol=1e-6, atol=1e-9):
                failed(f"statistics {name!r} of an example are others when it is alone")


@CHECKS.add(
    "a division by a count of 0, or figures that are left out where there is nothing to judge by",
    needs=["statistics", "additive"],
)
def empty_statistics(subject: ConverterSubject) -> None:
    """Sums of nothing at all have figures of the same names, and raise nothing."""
    given = _stacked(subject)
    columns = _columns(subject, given, given.targets)
    figures = _figures(subject, columns)
    nothing = subject.component.summarise({name: _sum(0.0 * column) for name, column in columns.items()})
    if nothing.keys() != figures.keys():
        failed(f"figures of nothing are named {sorted(nothing)}, of something {sorted(figures)}")


def _stacked(subject: ConverterSubject) -> _Given:
    examples = subject.examples
    steps = len(examples[0].outputs)
    same = [example for example in examples if len(example.outputs) == steps]
    if not same:
        skipped("no two examples have as many steps")
    return _Given(
        np.stack([example.outputs for example in same]),
        np.stack([np.asarray(example.length) for example in same]),
        np.array([example.qpm for example in same]),
    )


def _columns(subject: ConverterSubject, given: _Given, outputs: FloatArray) -> Columns:
    return subject.component.statistics(given.targets, outputs, given.lengths, given.qpm)


def _figures(subject: ConverterSubject, columns: Columns) -> dict[str, float]:
    return subject.component.summarise({name: _sum(column) for name, column in columns.items()})


def _sum(column: npt.NDArray[np.float64]) -> float | npt.NDArray[np.float64]:
    """Over the examples: a number of ``[B]``, an array ``[K]`` of ``[B, K]``."""
    total: npt.NDArray[np.float64] = np.sum(column, axis=0, dtype=np.float64)
    return float(total) if total.ndim == 0 else total
