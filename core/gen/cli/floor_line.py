"""The line at the end of a training: how much a model says right, beside what needs no training to speak of."""

from __future__ import annotations

from dataclasses import replace

from gen.data.prepare import Prepared
from gen.evaluation.figures import figures
from gen.evaluation.floors.judging import judged
from gen.evaluation.measure import baseline_regimes, bits_of, measure
from gen.evaluation.regimes import GREEDY
from gen.interfaces.converter import Baselined
from gen.model.build import build_converter
from gen.pages.words import figure_name, regime_name
from gen.training.load import Trained

_HELD_OUT, _TRAINING = 128, 4_000  # examples: enough for a line, and seconds at the most


def floor_line(trained: Trained, prepared: Prepared) -> str:
    """How a model stands on some validation examples, greedily; empty where there are none, or nothing to judge by."""
    if not {"train", "validation"} <= set(prepared.splits):
        return ""
    examples = prepared.require("validation").evenly(_HELD_OUT)
    converter = build_converter(trained.recipe, mode="eval")
    measurement = measure(trained.model, converter, examples, step=trained.step, regimes=[GREEDY])
    bits, training = [bits_of([measurement])], prepared.require("train")
    if isinstance(converter, Baselined):  # these aren't kept
        training = training.evenly(_TRAINING)
    floors = baseline_regimes(converter, training, examples, bits=bits, store=prepared.store)
    found = figures(replace(measurement, regimes={**measurement.regimes, **floors}), converter)
    named = [name for regime, name, _ in judged(found) if regime == GREEDY]
    if not named:
        return ""
    main = next((name for name in named if name.endswith("hit_f1")), named[0])
    own = found[GREEDY][main]
    beside = {each: found[each][main] for regime, name, each in judged(found) if (regime, name) == (GREEDY, main)}
    told = ", ".join(f"{regime_name(each).removeprefix('baseline: ')} {value:.3f}" for each, value in beside.items())
    below = "; BELOW ITS FLOOR: train on, or see gen eval" if own < max(beside.values()) else ""
    return f"{len(examples)} validation examples, greedy: {figure_name(main)} {own:.3f} (floors: {told}){below}"
