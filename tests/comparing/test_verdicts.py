"""Verdicts against a bootstrap written out, and what they may never say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gen.comparing.verdicts import Sampled, interval, verdicts

RIGHT = "free_running/step_accuracy"


def arm(seeds, *, spread=0.0, resamples=400, rng=0):
    """Resamples scattered around each seed's value, the same way for every arm of one rng."""
    noise = spread * np.random.default_rng(rng).standard_normal(resamples)
    values = np.array(seeds, np.float64)
    return {RIGHT: Sampled(values, values[:, None] + noise)}


def only(a, b):
    (found,) = verdicts({"one": a, "other": b})
    return found


def test_a_clear_difference_is_shown_and_says_which_is_better():
    found = only(arm([0.7, 0.72, 0.71]), arm([0.6, 0.61, 0.6]))
    assert found.better == "one"
    assert found.difference == pytest.approx(0.71 - 0.60333, abs=1e-4)
    assert found.seeds == pytest.approx((0.1, 0.11, 0.11))
    assert found.words.startswith("step accuracy, free-running: one is better (one 0.710, other 0.603")


def test_where_less_is_better_the_lesser_wins():
    first, second = arm([0.3, 0.31, 0.3]), arm([0.2, 0.2, 0.21])
    renamed = [{"gap/step_accuracy": each[RIGHT]} for each in (first, second)]
    (found,) = verdicts(dict(zip(("one", "other"), renamed, strict=True)))
    assert found.better == "other"
    assert found.words.startswith("step accuracy, lost from teacher-forced to free-running: other loses less (")


def test_seeds_that_disagree_show_no_difference():
    found = only(arm([0.70, 0.70, 0.70, 0.70, 0.70, 0.59]), arm([0.6] * 6))
    assert found.better is None
    assert "no difference shown: the seeds disagree (" in found.words


def test_an_interval_that_holds_0_shows_no_difference():
    first, second = arm([0.61], spread=0.1, rng=1), arm([0.60], spread=0.1, rng=2)
    assert only(first, second).better is None


def test_where_an_arm_has_no_such_figure_nothing_is_judged_and_the_words_say_whose_is_missing():
    found = only(arm([0.7, 0.7]), arm([np.nan, 0.6]))
    assert found.better is None
    assert found.words == (
        "step accuracy, free-running: nothing to judge, there is no such figure of 1 of 2 trainings of other "
        "(2 seeds each)"
    )


def test_a_figure_that_one_training_lacks_has_no_interval_and_decides_nothing_however_clear_the_others_are():
    one, other = arm([0.1, 0.1, np.nan]), arm([0.3, 0.3, 0.3])
    assert np.isnan(interval(one[RIGHT])).all()
    found = only(one, other)
    assert found.better is None
    assert np.isnan((found.low, found.high)).all()


def test_a_figure_that_no_training_has_is_said_to_be_the_arms():
    found = only(arm([np.nan, np.nan]), arm([0.3, 0.3]))
    assert "there is no such figure of one (2 seeds each)" in found.words


@given(st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_an_arm_is_never_better_than_itself(seeds):
    found = only(arm(seeds, spread=0.1), arm(seeds, spread=0.1))
    assert found.better is None
    assert found.difference == found.low == found.high == 0


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=4),
    st.integers(0, 100),
)
def test_intervals_are_those_of_a_bootstrap_written_out(pairs, seed):
    a, b = (arm([pair[side] for pair in pairs], spread=0.05, resamples=60, rng=seed + side) for side in (0, 1))
    draws = np.random.default_rng(0).integers(len(pairs), size=(len(pairs), 60))
    differences = []
    for r in range(60):
        ours = [a[RIGHT].resamples[s, r] for s in draws[:, r]]
        theirs = [b[RIGHT].resamples[s, r] for s in draws[:, r]]
        differences.append(sum(ours) / len(ours) - sum(theirs) / len(theirs))
    found = only(a, b)
    assert (found.low, found.high) == pytest.approx(tuple(np.percentile(differences, [2.5, 97.5])), abs=1e-9)


def test_swapping_the_arms_turns_a_verdict_round():
    first, second = arm([0.7, 0.71], spread=0.01, rng=3), arm([0.6, 0.62], spread=0.01, rng=4)
    one, other = only(first, second), only(second, first)
    assert one.difference == pytest.approx(-other.difference)
    assert (one.better, other.better) == ("one", "other")


def test_arms_with_unlike_numbers_of_seeds_are_compared_without_pairs():
    found = only(arm([0.7, 0.71, 0.72]), arm([0.6]))
    assert found.better == "one"
    assert found.seeds == ()
    assert "one seed each" in found.words


def test_a_figure_that_is_no_number_decides_nothing():
    found = only(arm([np.nan]), arm([0.5]))
    assert found.better is None


def test_seeds_widen_an_interval():
    alike, apart = arm([0.6, 0.6, 0.6], spread=0.01)[RIGHT], arm([0.5, 0.6, 0.7], spread=0.01)[RIGHT]
    assert np.diff(interval(apart)) > 2 * np.diff(interval(alike))
