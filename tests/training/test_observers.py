"""Observers: what they are told, that they can't end a training, and a training in one call."""

from __future__ import annotations

import types
from dataclasses import replace

import pytest
import torch
from stopped import contents

import gen
import gen.testing
from gen.cli import main
from gen.errors import RecipeError, UsageError
from gen.interfaces import Observer
from gen.recipes.sections import Component
from gen.training.run import Run


class Diary(Observer):
    """A stranger's: writes down all that it is told."""

    def __init__(self, fail_at: int = 0) -> None:
        self.fail_at = fail_at
        self.told: list[tuple[object, ...]] = []

    def on_begin(self, run, recipe, step):
        self.told.append(("begin", run.name, recipe["latent"]["size"], step))

    def on_step(self, step):
        if step == self.fail_at:
            raise OSError("no route to host")
        self.told.append(("step", step))

    def on_log(self, step, split, figures):
        self.told.append((split, step, "loss" in figures))

    def on_checkpoint(self, step):
        self.told.append(("checkpoint", step))

    def on_end(self, step, reason):
        self.told.append(("end", step, reason))
        torch.manual_seed(0)  # whatever it does, it has no part in what is computed


@pytest.fixture
def short(tiny):
    return replace(tiny, training=replace(tiny.training, steps=4, eval_every=4, checkpoint_every=4))


@pytest.fixture(autouse=True)
def one_store(monkeypatch, tmp_path_factory):
    monkeypatch.setenv("GEN_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "one"))


def test_it_is_told_of_everything_in_order(short, tmp_path):
    diary = Diary()
    trained = gen.train(short, out=tmp_path / "run", device="cpu", observers=[diary])
    each = [("train", step, True) for step in (1, 2, 3, 4)]
    late = [("validation", 4, True), ("checkpoint", 4), ("step", 4)]
    between = [line for step in (1, 2, 3) for line in (each[step - 1], ("step", step))]
    assert diary.told == [("begin", "run", 4, 0), *between, each[3], *late, ("end", 4, "finished")]
    assert (trained.step, trained.model.training) == (4, False)


def test_one_that_fails_is_left_out_and_changes_nothing(short, tmp_path):
    broken, other = Diary(fail_at=2), Diary()
    with pytest.warns(RuntimeWarning, match=r"observer Diary \(.*observers.py:\d+\) is told nothing more, for its "):
        gen.train(short, out=tmp_path / "watched", device="cpu", observers=[broken, other])
    assert broken.told[-1] == ("train", 2, True)
    assert other.told[-1] == ("end", 4, "finished")
    gen.train(short, out=tmp_path / "alone", device="cpu")
    assert contents(Run(tmp_path / "watched")) == contents(Run(tmp_path / "alone"))


def test_a_recipe_names_it_and_a_resumed_run_may_have_another(short, tmp_path):
    seen = []

    class Named(Diary):
        def __init__(self, label: str) -> None:
            super().__init__()
            seen.append((label, self.told))

    hook = gen.hookimpl(specname="register_observers")(lambda: {"named": Named})
    with gen.testing.plugins(types.SimpleNamespace(__name__="stranger", register_observers=hook)):
        observed = replace(short, training=replace(short.training, observers=(Component("named", {"label": "first"}),)))
        gen.train(observed, out=tmp_path / "run", device="cpu")
        assert gen.load_recipe(tmp_path / "run").training.observers == observed.training.observers
    assert [(label, told[-1]) for label, told in seen] == [("first", ("end", 4, "finished"))]


def test_a_run_is_used_without_an_observer_that_is_gone_and_goes_on_where_that_is_asked(short, tmp_path, capsys):
    run = tmp_path / "run"
    hook = gen.hookimpl(specname="register_observers")(lambda: {"diary": Diary})
    with gen.testing.plugins(types.SimpleNamespace(__name__="stranger", register_observers=hook)):
        observed = replace(short, training=replace(short.training, observers=(Component("diary"),)))
        gen.train(observed, out=run, device="cpu")

    assert gen.load_run(run).step == 4
    with pytest.raises(RecipeError, match=r"training.observers\[0\].type: no observer named 'diary'"):
        gen.load_recipe(run)
    assert main(["train", "--resume", str(run)]) == 2
    assert capsys.readouterr().err.endswith("(available: tensorboard); to go on without it: training.observers=[]\n")
    assert main(["train", "--resume", str(run), "training.observers=[]", "training.steps=5", "--samples", "0"]) == 0
    assert gen.load_run(run).step == 5


def test_a_training_in_one_call_goes_on_with_its_own_recipe_alone(short, tmp_path):
    gen.train(short, out=tmp_path / "run", device="cpu")
    diary = Diary()
    gen.train(short, out=tmp_path / "run", device="cpu", resume=True, observers=[diary])
    assert diary.told == [("begin", "run", 4, 4), ("end", 4, "finished")]
    with pytest.raises(UsageError, match="was started with another recipe"):
        gen.train(replace(short, name="other"), out=tmp_path / "run", resume=True)
    with pytest.raises(UsageError, match="is not empty"):
        gen.train(short, out=tmp_path / "run")


def test_tensorboard_keeps_its_promises():
    pytest.importorskip("tensorboard")
    from gen.training.watching import TensorBoard

    gen.testing.check_component(TensorBoard).require()


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("training.observers=[tensorbord]", "training.observers[0].type: no observer named 'tensorbord'; did you mean"),
        ("training.observers=tensorboard", "training.observers: expected "),
    ],
)
def test_what_a_recipe_says_wrongly_is_told_at_its_place(override, message):
    with pytest.raises(RecipeError) as caught:
        gen.load_recipe("groovae_4bar", [override])
    assert message in str(caught.value)


class Leaves(Observer):
    def on_end(self, step, reason):
        raise KeyError(reason)


class Grabs(Observer):
    def on_log(self, step, split, figures):
        figures.clear()


class Seeds(Observer):
    def on_begin(self, run, recipe, step):
        torch.manual_seed(1)


class Starts(Observer):
    def on_begin(self, run, recipe, step):
        (run / "folder").mkdir()


@pytest.mark.parametrize(
    ("broken", "check"), [(Leaves, "listens"), (Grabs, "listens"), (Seeds, "draws-nothing"), (Starts, "goes-on")]
)
def test_a_planted_fault_is_found_by_the_check_meant_for_it(broken, check):
    assert check in [failure.name for failure in gen.testing.check_component(broken).failures]
