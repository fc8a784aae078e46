"""Optimisers and schedules by name, gen's and a stranger's: trained, stopped, and taken up again bit by bit."""

from __future__ import annotations

import types
from dataclasses import replace

import pytest
import torch
from stopped import contents, whole_and_resumed

import gen
import gen.testing
from gen.errors import PluginError, RecipeError
from gen.interfaces import Optimiser as Maker
from gen.interfaces import Schedule
from gen.model.schedules import learning_rate
from gen.recipes import resolved_yaml
from gen.recipes.sections import Component, TrainingSection
from gen.registry import registry
from gen.training.optimiser import Optimiser, schedule_of


class Signs(Maker):
    """A stranger's: momentum, a step of its own length for each, and a number that it keeps in torch's groups."""

    remembers = ("seen",)

    def __init__(self, keep: float = 0.9) -> None:
        self.keep = keep

    def make(self, parameters, learning_rate):
        return torch.optim.SGD([{"params": list(parameters), "seen": 0.0}], lr=2 * learning_rate, momentum=self.keep)

    def before(self, made, update):
        for group in made.param_groups:
            group["seen"] += 1.0
            for parameter in group["params"]:
                if parameter.grad is not None:
                    parameter.grad.mul_(1.0 / group["seen"])


class Stairs(Schedule):
    def __init__(self, every: int = 2) -> None:
        self.every = every

    def share(self, step, steps):
        return 0.5 ** (step // self.every)


def stranger(**components):
    """A plugin of these components, by hook."""
    hooks = {hook: gen.hookimpl(specname=hook)(lambda found=found: dict(found)) for hook, found in components.items()}
    return types.SimpleNamespace(__name__="stranger", **hooks)


PLUGIN = stranger(register_optimisers={"signs": Signs}, register_schedules={"stairs": Stairs})


@pytest.mark.parametrize(
    ("optimiser", "schedule"),
    [
        (Component("adamw", {"weight_decay": 0.1}), Component("warm_up", {"steps": 2, "then": Component("cosine")})),
        (Component("sgd", {"momentum": 0.9}), "one_cycle"),
        (Component("sgd", {"momentum": 0.0}), "exponential"),
        (Component("signs", {"keep": 0.5}), Component("stairs", {"every": 2})),
    ],
    ids=["adamw", "sgd", "plain", "stranger"],
)
def test_a_training_goes_on_exactly_where_it_stopped(tiny, prepared, tmp_path, optimiser, schedule):
    with gen.testing.plugins(PLUGIN):
        words = gen.load_recipe("groovae_4bar").training
        training = replace(tiny.training, optimiser=optimiser, schedule=schedule, min_learning_rate=0.0)
        training = replace(training, steps=4, eval_every=4, grad_norm_limit=words.grad_norm_limit)
        recipe = replace(tiny, training=training)
        recipe = gen.load_recipe(str(written(recipe, tmp_path)))  # defaults filled in
        whole, resumed = whole_and_resumed(recipe, prepared, tmp_path)
    assert contents(whole) == contents(resumed)


def written(recipe, folder):
    file = folder / "recipe.yaml"
    file.write_text(resolved_yaml(recipe))
    return file


@pytest.mark.parametrize("kind", ["optimiser", "schedule"])
def test_gens_own_keep_their_promises(kind):
    for name in registry().names(kind):
        gen.testing.check_component(registry().find(kind, name)).require()


def test_adam_by_its_name_is_adam_without_one(tiny, prepared, tmp_path):
    plain, named = (
        Optimiser([torch.nn.Parameter(torch.ones(3))], replace(tiny.training, optimiser=optimiser))
        for optimiser in (None, Component("adam"))
    )
    for each in (plain, named):
        for step in range(3):
            each.parameters[0].grad = torch.arange(3.0) - step
            each.step(step)
    assert torch.equal(plain.parameters[0], named.parameters[0])


def test_a_group_keeps_its_multiple_of_the_rate():
    with gen.testing.plugins(PLUGIN):
        training = TrainingSection(optimiser=Component("signs"), schedule=Component("stairs"), min_learning_rate=0.0)
        made = Optimiser([torch.nn.Parameter(torch.ones(3))], training)
    made.parameters[0].grad = torch.ones(3)
    made.step(2)
    assert made.torch.param_groups[0]["lr"] == 2 * 0.5 * training.learning_rate


def test_what_cannot_be_saved_is_refused_by_its_name():
    class Hoarder(Maker):
        def make(self, parameters, learning_rate):
            made = torch.optim.SGD(list(parameters), lr=learning_rate)
            made.state[parameters[0]]["seen"] = ["a list"]
            return made

    parameter = torch.nn.Parameter(torch.ones(2))
    made = Optimiser([parameter], TrainingSection(), maker=Hoarder())
    with pytest.raises(PluginError, match=r"\['a list'\] \(list\), which can't be saved"):
        made.state()


def test_a_climb_ends_whole_and_what_follows_begins_there():
    schedule = Component("warm_up", {"steps": 4, "then": Component("cosine")})
    training = TrainingSection(steps=14, learning_rate=2.0, min_learning_rate=0.0, schedule=schedule)
    rates = [learning_rate(training, step, schedule_of(training)) for step in range(14)]
    assert rates[:5] == [0.5, 1.0, 1.5, 2.0, 2.0]
    assert rates[4:] == sorted(rates[4:], reverse=True)
    assert rates[-1] == 0.0


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (
            "training.schedule=cosin",
            "schedule: expected one of 'exponential', 'one_cycle', constant, cosine, ",
        ),
        ("training.schedule=cosin", "did you mean 'cosine'?"),
        ("training.optimiser={type: adamw, momentum: 1}", "training.optimiser.momentum: 'adamw' takes no 'momentum'"),
        ("training={optimiser: sgd, weight_decay: 0.1}", "weight_decay is for the Adam of a recipe without an optimis"),
    ],
)
def test_what_a_recipe_says_wrongly_is_told_at_its_place(override, message):
    with pytest.raises(RecipeError) as caught:
        gen.load_recipe("groovae_4bar", [override])
    assert message in str(caught.value)
