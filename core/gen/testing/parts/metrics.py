"""The checks of metrics, in the order in which they run.

Letters in shape comments: B examples, T steps, D output depth.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from gen.data.examples import stack
from gen.interfaces.converter import Converter
from gen.interfaces.metric import Figure, Metric
from gen.model.build import build_converter
from gen.recipes.load import load_recipe
from gen.registry.signatures import NAME
from gen.testing import arrays
from gen.testing.checks import Checks, failed
from gen.testing.music import plain_pieces
from gen.testing.subject import Subject, under_two_seeds

_MOST = 12  # examples
_RECIPE = "cat-drums_2bar_tiny"


class MetricSubject(Subject[Metric]):
    """A metric under test, on two bars of drums, or on what ``converter`` makes of plain pieces."""

    KIND = "metric"
    SIZES: ClassVar[Mapping[str, Any]] = {"converter": None}

    def __init__(self, cls: type, options: Mapping[str, Any]) -> None:
        super().__init__(cls, options)
        converter = self.given["converter"] or build_converter(load_recipe(_RECIPE), mode="eval")
        self.given = {**self.given, "converter": converter}

    @cached_property
    def arrays(self) -> tuple[Any, Any, Any, Any]:
        """Targets, other outputs, lengths and tempos of some examples."""
        converter: Converter = self.given["converter"]
        found = [each for piece in plain_pieces() for each in converter.to_tensors(piece, rng=np.random.default_rng(0))]
        examples = stack(found[:_MOST], [0] * len(found[:_MOST]), converter.layout)
        return examples.outputs, np.roll(examples.outputs, 1, axis=0), examples.lengths, examples.qpm

    def columns(self, rows: slice = slice(None), *, right: bool = False) -> dict[str, Any]:
        """What it counts of some examples."""
        targets, outputs, lengths, qpm = (array[rows] for array in self.arrays)
        return dict(self.component.statistics(targets, targets if right else outputs, lengths, qpm))

    def figures(self, columns: Mapping[str, Any]) -> dict[str, float]:
        """Its figures of columns."""
        totals = {name: np.asarray(column, np.float64).sum(axis=0) for name, column in columns.items()}
        return self.component.summarise({n: float(t) if t.ndim == 0 else t for n, t in totals.items()})


CHECKS: Checks[MetricSubject] = Checks()


@CHECKS.add("`figures` that are left out or made in the constructor, or names with capitals", needs=[])
def declares(subject: MetricSubject) -> None:
    """Its class says which figures there are, and what each is."""
    figures = getattr(subject.cls, "figures", None)
    if not isinstance(figures, Mapping) or not figures:
        failed("the class has no `figures`, a mapping of names to gen.interfaces.Figure")
    for name, figure in figures.items():
        if not isinstance(figure, Figure) or not NAME.fullmatch(name):
            failed(f"figure {name!r} is {figure!r}; it needs lower-case words and '_', and a gen.interfaces.Figure")


@CHECKS.add(arrays.IN_PLACE, needs=["declares"])
def inputs_untouched(subject: MetricSubject) -> None:
    """Targets, outputs, lengths and tempos are as they were: it takes arrays that can't be written to."""
    arrays.leaves_arrays(subject.component.statistics, "statistics()", *subject.arrays)


@CHECKS.add("a counter or a cache that is kept on self from one call to the next", needs=["inputs-untouched"])
def forgets(subject: MetricSubject) -> None:
    """What it counts of some examples doesn't hang on what it counted before."""
    columns = subject.columns()
    subject.figures(subject.columns(slice(0, 2)))
    again = subject.columns()
    if any(not np.array_equal(column, columns[name], equal_nan=True) for name, column in again.items()):
        failed("asked again, after others, it counts something else of the same examples")


@CHECKS.add("steps past an example's length that are counted, too", needs=["forgets"])
def padding(subject: MetricSubject) -> None:
    """What stands past an example's length makes no difference."""
    targets, outputs, lengths, qpm = subject.arrays
    shorter, noisy = np.maximum(lengths // 2, 1), [targets.copy(), outputs.copy()]
    after = np.arange(targets.shape[1]) >= shorter.reshape(len(shorter), -1).sum(1)[:, None]  # [B, T]
    noisy[0][after], noisy[1][after] = 1.0 - noisy[0][after], noisy[1][after][:, ::-1]
    one = subject.component.statistics(targets, outputs, shorter, qpm)
    other = subject.component.statistics(noisy[0], noisy[1], shorter, qpm)
    for name, column in one.items():
        if not np.allclose(column, other[name], equal_nan=True):
            failed(f"{name!r} changes with what stands after an example's last step")


@CHECKS.add("means in place of sums, or one number for the whole batch", needs=["padding"])
def additive(subject: MetricSubject) -> None:
    """Columns ``[B]``, or ``[B, K]`` and so on, that are the same for an example alone and among others."""
    whole = subject.columns()
    count = len(subject.arrays[2])
    for name, column in whole.items():
        if not isinstance(column, np.ndarray):
            failed(f"column {name!r} is a {type(column).__name__}, no numpy array")
        if np.shape(column)[:1] != (count,):
            failed(f"column {name!r} is {list(np.shape(column))}; {count} examples have a row each")
    for row in (0, count // 2, count - 1):
        for name, column in subject.columns(slice(row, row + 1)).items():
            if not np.allclose(column[0], whole[name][row], equal_nan=True):
                failed(f"{name!r} of example {row} is {column[0]} alone, and {whole[name][row]} among others")


@CHECKS.add("a division by a count of 0, or a figure that isn't declared", needs=["additive"])
def figures(subject: MetricSubject) -> None:
    """All that it declares, finite, of some examples and of nothing at all."""
    columns = subject.columns()
    for what, found in (
        ("of some examples", subject.figures(columns)),
        ("of nothing", subject.figures({name: np.zeros_like(column)[:0] for name, column in columns.items()})),
    ):
        if set(found) != set(subject.cls.figures):  # type: ignore[attr-defined]
            failed(f"{what} it gives {sorted(found)}, and declares {sorted(subject.cls.figures)}")  # type: ignore[attr-defined]
        for name, value in found.items():
            if not isinstance(value, (int, float)) or not math.isfinite(value):
                failed(f"{what} {name} is {value!r}")


@CHECKS.add("`better` the wrong way round, or outputs compared with something other than targets", needs=["figures"])
def right_is_best(subject: MetricSubject) -> None:
    """Where more or less is better, outputs that are the targets are no worse than others."""
    right, other = subject.figures(subject.columns(right=True)), subject.figures(subject.columns())
    for name, figure in subject.cls.figures.items():  # type: ignore[attr-defined]
        worse = {"more": right[name] < other[name], "less": right[name] > other[name], None: False}[figure.better]
        if worse:
            failed(f"{name} is {right[name]:.4g} where all is right, and {other[name]:.4g} where it isn't")


@CHECKS.add("numpy.random or random", needs=["figures"])
def determinism(subject: MetricSubject) -> None:
    """Nothing is drawn."""
    one, other = under_two_seeds(lambda _: subject.figures(subject.columns()))
    if one != other:
        failed("the same examples have other figures the next time")
