"""What a converter knows of simple ways to do its task, for whoever judges a model beside them; optional."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from gen.interfaces.rows import FloatArray

Predictor = Callable[[FloatArray, FloatArray | None], FloatArray]
"""From inputs ``[B, T, input_depth]`` and controls ``[B, T, control_depth]``, or None where there are none, to outputs
``[B, T, output_depth]`` as `Converter.statistics` takes them."""


@runtime_checkable
class Baselined(Protocol):
    """A converter whose task has baselines, fitted on the examples that a model learns from."""

    def baselines(
        self,
        inputs: FloatArray,
        outputs: FloatArray,
        controls: FloatArray | None,
        lengths: npt.NDArray[np.int64],
        *,
        rng: np.random.Generator,
    ) -> Mapping[str, Predictor]:
        """Fit every baseline: predictors by name, in the order in which to show them.

        There are none where the converter's options make a task that has no baselines.

        Args:
            inputs, outputs, controls: of N training examples, at least 1, as `Predictor` has them.
            lengths: valid steps, ``[N]``.
            rng: of every draw; the same state and examples give the same predictors.
        """
