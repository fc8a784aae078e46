"""What is said of arms that had too little training to conclude anything from."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from gen.comparing.arms import Budget
from gen.comparing.cautions import cautions
from gen.comparing.verdicts import Sampled


def caution(*, worth, steps, pick="best"):
    plan = SimpleNamespace(budget=Budget(100), pick=pick)
    trials = [
        SimpleNamespace(trial=SimpleNamespace(own=True), measurement=SimpleNamespace(step=step)) for step in steps
    ]
    seeds = np.broadcast_to(worth, len(steps))
    return cautions(plan, {"a": trials}, {"a": {"latent/nats_from_z": Sampled(seeds, seeds[:, None])}})


@pytest.mark.parametrize(("worth", "trainings"), [(0.0, 2), (-0.01, 2), (0.0005, 2), ([0.014, 0.5], 1)])
def test_trainings_whose_decoder_does_without_z_are_counted(worth, trainings):
    (said,) = caution(worth=worth, steps=[50, 60])
    assert said.startswith(f"a does without its z in {trainings} of 2 trainings")


def test_a_training_whose_last_weights_are_its_best_has_not_flattened():
    (said,) = caution(worth=0.3, steps=[100, 80, 100])
    assert "still getting better when its budget ended, in 2 of 3 trainings" in said


def test_where_the_last_weights_are_taken_anyway_nothing_follows_from_it():
    assert caution(worth=0.3, steps=[100], pick="last") == []


def test_a_training_that_flattened_and_uses_its_z_raises_no_caution():
    assert caution(worth=0.3, steps=[90]) == []
