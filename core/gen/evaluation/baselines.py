"""What a model has to beat: simple predictors that a converter knows for its task, scored like the model itself."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gen.data.examples import Examples
from gen.evaluation.measure import compared
from gen.evaluation.measurement import Regime
from gen.evaluation.regimes import BASELINE
from gen.interfaces.baselines import Baselined
from gen.interfaces.converter import Converter


def baseline_regimes(
    converter: Converter, training: Examples, examples: Examples, *, seed: int = 0
) -> Mapping[str, Regime]:
    """The baselines' answers to the inputs of examples, compared with the targets; empty where there are none.

    Args:
        converter: has baselines if it is `gen.interfaces.Baselined`.
        training: what they are fitted to.
        examples: what they are asked.
        seed: of whatever they draw.
    """
    if not isinstance(converter, Baselined):
        return {}
    predictors = converter.baselines(
        training.inputs, training.outputs, training.controls, training.lengths, rng=np.random.default_rng(seed)
    )
    return {
        BASELINE + name: compared(converter, examples, predict(examples.inputs, examples.controls))
        for name, predict in predictors.items()
    }
