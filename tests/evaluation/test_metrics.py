"""Metrics of strangers beside a converter's own: counted, shown with their unit, and judged as they declare."""

from __future__ import annotations

import types
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest
from tiny_models import tiny_model

import gen
import gen.testing
from gen.comparing.verdicts import _is_judged, less_is_better
from gen.data.examples import stack
from gen.errors import PluginError
from gen.interfaces import Figure, Metric
from gen.model.build import build_converter
from gen.pages.words import figure_name
from gen.recipes.sections import Component
from gen_datasets.demo.source import Demo


class Notes(Metric):
    figures: ClassVar = {
        "notes": Figure(unit="a step"),
        "notes_off": Figure("a step", "less"),
        "notes_right": Figure("", "more"),
    }

    def __init__(self, scale: float = 1.0, *, converter: gen.Converter) -> None:
        self.scale, self.depth = scale, converter.output_depth

    def statistics(self, targets, outputs, lengths, qpm):
        assert outputs.shape[2] == self.depth
        inside = np.arange(targets.shape[1]) < lengths[:, None]
        said, right = (outputs[..., 1:] * inside[..., None]).sum((1, 2)), (outputs == targets).all(2) & inside
        wanted = (targets[..., 1:] * inside[..., None]).sum((1, 2))
        return {"n": lengths * self.scale, "said": said, "away": abs(said - wanted), "right": right.sum(1) * 1.0}

    def summarise(self, sums):
        n = max(sums["n"], 1.0)
        return {"notes": sums["said"] / n, "notes_off": sums["away"] / n, "notes_right": sums["right"] / n}


class Undeclared(Notes):
    figures: ClassVar = {"notes": Figure()}


class Shared(Notes):
    figures = Notes.figures

    def statistics(self, targets, outputs, lengths, qpm):
        return {
            name: column / len(lengths) for name, column in super().statistics(targets, outputs, lengths, qpm).items()
        }


class Backwards(Notes):
    figures: ClassVar = {**Notes.figures, "notes_off": Figure("a step", "more")}


class Divides(Notes):
    figures = Notes.figures

    def summarise(self, sums):
        return {name: value / sums["n"] for name, value in super().summarise(sums).items()}


class Loose(Notes):
    figures: ClassVar = {"Notes": "a step"}


@pytest.fixture
def stranger():
    found = {"notes": Notes, "undeclared": Undeclared}
    hook = gen.hookimpl(specname="register_metrics")(lambda: found)
    with gen.testing.plugins(types.SimpleNamespace(__name__="stranger", register_metrics=hook)):
        yield


@pytest.fixture
def examples():
    trained = tiny_model("drums")
    converter = build_converter(trained.recipe, mode="eval")
    found = [
        example
        for item in Demo(parts="drums", clips=3, bars=4).items()
        for example in converter.to_tensors(gen.read_midi(item.read()), rng=np.random.default_rng(0))
    ]
    return stack(found[:4], [0] * 4, converter.layout)


def test_its_figures_stand_beside_the_converters_own(stranger, examples):
    trained = tiny_model("drums")
    recipe = replace(trained.recipe, metrics=(Component("notes", {"scale": 2.0}),))
    plain, more = (
        gen.evaluate(trained.model, build_converter(each, mode="eval"), examples, step=0)
        for each in (trained.recipe, recipe)
    )
    for regime, figures in plain.items():
        own = {"notes", "notes_off", "notes_right"} if regime != "latent" else set()
        assert set(more[regime]) - set(figures) == own
        assert {name: more[regime][name] for name in figures} == figures


def test_what_is_made_for_training_and_for_clips_knows_nothing_of_it(stranger):
    recipe = replace(tiny_model("drums").recipe, metrics=(Component("notes", {"scale": 1.0}),))
    assert "statistics" not in vars(build_converter(recipe))
    assert isinstance(build_converter(recipe, mode="eval"), type(build_converter(recipe)))


def test_it_is_judged_and_written_as_it_declares(stranger):
    assert figure_name("notes_off") == "notes off (a step)"
    assert [_is_judged(f"free_running/{name}") for name in Notes.figures] == [False, True, True]
    assert [less_is_better(f"free_running/{name}") for name in Notes.figures] == [False, True, False]
    assert figure_name("timing_mae_ms") == "timing MAE (ms)"


def test_figures_that_it_did_not_declare_are_refused_with_its_name(stranger, examples):
    recipe = replace(tiny_model("drums").recipe, metrics=(Component("undeclared", {"scale": 1.0}),))
    converter = build_converter(recipe, mode="eval")
    with pytest.raises(PluginError, match="metric 'undeclared' gave notes, notes_off, notes_right; it declares notes"):
        gen.evaluate(tiny_model("drums").model, converter, examples, step=0)


def test_an_honest_metric_passes():
    gen.testing.check_component(Notes).require()


@pytest.mark.parametrize(
    ("broken", "check"),
    [
        (Undeclared, "figures"),
        (Shared, "additive"),
        (Backwards, "right-is-best"),
        (Divides, "figures"),
        (Loose, "declares"),
    ],
)
def test_a_planted_fault_is_found_by_the_check_meant_for_it(broken, check):
    assert check in [failure.name for failure in gen.testing.check_component(broken).failures]
