"""What is said of arms that had too little training to conclude anything from."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from gen.comparing.arms import Budget
from gen.comparing.cautions import cautions
from gen.comparing.verdicts import Sampled
from gen.system.files import json_text


def curve(path, losses):
    """A run's metrics with validation losses by step."""
    path.mkdir(parents=True)
    lines = [{"step": step, "split": "validation", "loss": loss} for step, loss in losses.items()]
    (path / "metrics.jsonl").write_text("".join(json_text(line) + "\n" for line in lines))
    return path


FLAT = {10: 9.0, 40: 5.0, 60: 4.0, 80: 3.0, 90: 3.2, 100: 3.1}


@pytest.fixture
def caution(tmp_path):
    """Cautions about one arm with these validation losses, a mapping a training."""

    def told(*curves, worth=0.3, pick="best", pieces=20):
        plan = SimpleNamespace(budget=Budget(100), pick=pick)
        trials = [
            SimpleNamespace(
                trial=SimpleNamespace(own=True, path=curve(tmp_path / f"run-{number}", losses)),
                measurement=SimpleNamespace(pieces=np.arange(pieces)),
            )
            for number, losses in enumerate(curves)
        ]
        seeds = np.broadcast_to(worth, len(curves))
        return cautions(plan, {"a": trials}, {"a": {"latent/nats_from_z": Sampled(seeds, seeds[:, None])}})

    return told


@pytest.mark.parametrize(("worth", "trainings"), [(0.0, 2), (-0.01, 2), (0.0005, 2), ([0.014, 0.5], 1)])
def test_trainings_whose_decoder_does_without_z_are_counted(caution, worth, trainings):
    (said,) = caution(FLAT, FLAT, worth=worth)
    assert said.startswith(f"a does without its z in {trainings} of 2 trainings")


@pytest.mark.parametrize("pick", ["best", "last"])
def test_a_training_whose_loss_falls_at_the_end_of_its_budget_has_not_flattened(caution, pick):
    falls = {**FLAT, 100: 2.9}
    (said,) = caution(falls, FLAT, falls, pick=pick)
    assert "still getting better when its budget ended, in 2 of 3 trainings" in said


@pytest.mark.parametrize("least", [2.99, 3.0, float("nan")])
def test_what_chance_makes_of_a_flat_curve_is_no_fall(caution, least):
    assert caution({**FLAT, 100: least}) == []


@pytest.mark.parametrize("losses", [{100: 1.0}, {}])
def test_of_a_single_look_or_none_nothing_follows(caution, losses):
    assert not any("still" in said for said in caution(losses))


def test_losses_below_0_fall_too(caution):
    (said,) = caution({80: -3.0, 100: -3.1})
    assert "has not flattened" in said


def test_without_validation_the_last_weights_are_said_to_be_measured(caution):
    (said,) = caution({})
    assert said.startswith("without validation examples")


def test_trainings_that_were_looked_at_unlike_often_are_told(caution):
    (said,) = caution(FLAT, {step: FLAT[step] for step in (40, 80, 100)})
    assert said.startswith("trainings were validated at unlike steps, 3 to 6 of them")


def test_where_the_last_weights_are_taken_anyway_looks_make_no_difference(caution):
    assert caution(FLAT, {80: 3.0, 100: 3.0}, pick="last") == []


def test_few_pieces_of_music_are_told(caution):
    (said,) = caution(FLAT, pieces=9)
    assert said.startswith("9 pieces of music are few")
