"""What a metric promises: figures by which what a model says is compared with what it should have said.

Letters in shape comments: B examples, T steps, D output depth.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Figure:
    """What a figure is.

    Attributes:
        unit: in words, such as ``ms``; empty for a share of one.
        better: whether ``more`` or ``less`` of it is better; None where neither is, and ``gen compare`` judges nothing
            by it.
    """

    unit: str = ""
    better: Literal["more", "less"] | None = None


class Metric(ABC):
    """Further figures on any converter, beside its own.

    Its constructor takes the options of a node of a recipe's ``metrics``; gen gives it ``converter``, the recipe's,
    where it has that keyword. Every regime of ``gen eval`` has its figures, with intervals, and so has every bar.

    The hook ``register_metrics`` names it. A ``ValueError`` of the constructor that begins with the
    name of an option is told at that option's place in the recipe.
    """

    figures: ClassVar[Mapping[str, Figure]]
    """By name: lower-case words joined by ``_`` that no converter's figure has."""

    @abstractmethod
    def statistics(
        self,
        targets: npt.NDArray[np.floating],
        outputs: npt.NDArray[np.floating],
        lengths: npt.NDArray[np.int64],
        qpm: npt.NDArray[np.float64],
    ) -> Mapping[str, npt.NDArray[np.float64]]:
        """Additive counts and sums, one row an example, as `gen.Converter.statistics` gives and explains them."""

    @abstractmethod
    def summarise(self, sums: Mapping[str, Any]) -> dict[str, float]:
        """Turn summed `statistics` into `figures`: all of them, whatever the sums are, and of nothing at all, too."""
