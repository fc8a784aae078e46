"""A tiny model of sixteen bars and its examples; clips of both kinds of length."""

from __future__ import annotations

import pytest

import gen
from gen.data.prepare import Prepared, prepare
from gen.evaluation.measure import measure
from gen.evaluation.measurement import Measurement
from gen.model.build import build_converter, build_model
from gen.model.vae import VAE
from gen.recipes.sections import Recipe

TINY = {
    "groove": (
        "groovae_4bar",
        ["data={source: {type: demo, clips: 20, bars: 4}}", "encoder.sizes=[12]", "decoder.sizes=[12, 10]"],
    ),
    "drums": (
        "cat-drums_2bar_tiny",
        ["data={source: {type: demo, parts: drums, clips: 20}}", "encoder.sizes=[12]", "decoder.sizes=[8]"],
    ),
    "trio": (
        "flat-trio_16bar",
        [
            "data={source: {type: demo, parts: trio, clips: 8, bars: 18}}",
            "encoder.sizes=[6]",
            "decoder.sizes=[8]",
            "converter.max_tensors_per_notesequence=3",
        ],
    ),
}


class Case:
    """A recipe, its data, a model of it with weights that say something, and what was measured of it."""

    def __init__(self, name: str) -> None:
        recipe, overrides = TINY[name]
        self.recipe: Recipe = gen.load_recipe(recipe, [*overrides, "latent.size=4", "latent.free_bits=0.5"])
        self.prepared: Prepared = prepare(self.recipe)
        self.examples = self.prepared.require("train")
        self.converter = build_converter(self.recipe, mode="eval")
        self.model: VAE = build_model(self.recipe)
        for parameter in self.model.parameters():  # otherwise all that is said is nearly the same
            if parameter.requires_grad:
                parameter.data.mul_(3.0)
        self.measurement: Measurement = self.measure()

    def measure(self, **options: object) -> Measurement:
        return measure(self.model, self.converter, self.examples, step=7, **options)


@pytest.fixture(scope="session", params=list(TINY))
def case(request: pytest.FixtureRequest) -> Case:
    """One of each."""
    return Case(request.param)


@pytest.fixture(scope="session")
def drums() -> Case:
    """Drums of two bars."""
    return Case("drums")
