"""Further figures beside those of a converter."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from gen.errors import PluginError
from gen.interfaces.converter import Converter
from gen.interfaces.metric import Figure, Metric
from gen.recipes.build import construct
from gen.recipes.sections import Component
from gen.registry import registry

Columns = Mapping[str, npt.NDArray[np.float64]]


def measured(converter: Converter, components: Sequence[Component]) -> Converter:
    """A converter that counts for metrics as well, and gives their figures after its own; itself where there are none.

    Raises:
        PluginError: where it is used: a metric gives other figures than it declares.
    """
    if not components:
        return converter
    metrics: list[tuple[str, Metric]] = [
        (f"{number}:{each.type}", cast(Metric, construct("metric", each, converter=converter)))
        for number, each in enumerate(components)
    ]

    def statistics(targets: Any, outputs: Any, lengths: Any, qpm: Any) -> Columns:
        found = dict(converter.statistics(targets, outputs, lengths, qpm))
        for name, metric in metrics:
            own = metric.statistics(targets, outputs, lengths, qpm)
            found |= {f"{name}:{column}": np.asarray(value, np.float64) for column, value in own.items()}
        return found

    def summarise(sums: Mapping[str, Any]) -> dict[str, float]:
        further_columns = tuple(f"{name}:" for name, _ in metrics)
        figures = converter.summarise({k: value for k, value in sums.items() if not k.startswith(further_columns)})
        for name, metric in metrics:
            parts = {key.removeprefix(f"{name}:"): value for key, value in sums.items() if key.startswith(f"{name}:")}
            further = metric.summarise(parts)
            if set(further) != set(metric.figures) or set(further) & set(figures):
                raise PluginError(
                    f"metric {name.partition(':')[2]!r} gave {', '.join(further) or 'no figure'}; it declares "
                    f"{', '.join(metric.figures)}, and {', '.join(figures)} are there already"
                )
            figures |= further
        return figures

    both = copy.copy(converter)  # of the same class, so that all that it can do besides is still there
    vars(both).update(statistics=statistics, summarise=summarise)
    return both


def declared(figure: str) -> Figure | None:
    """What a figure is, if an installed metric declares it."""
    for name in registry().names("metric"):
        try:
            figures: Mapping[str, Figure] = registry().find("metric", name).figures  # type: ignore[attr-defined]
        except PluginError:
            continue  # whoever asks for that metric is told
        if figure in figures:
            return figures[figure]
    return None
