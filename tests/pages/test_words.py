"""What regimes and figures are called on pages and in Markdown."""

from __future__ import annotations

import pytest

from gen.evaluation.regimes import REGIMES
from gen.pages.words import figure_name, full_name, regime_meaning, regime_name


@pytest.mark.parametrize("name", REGIMES)
def test_a_regime_is_called_on_a_page_what_it_is_called_everywhere(name: str) -> None:
    assert (regime_name(name), regime_meaning(name)) == (REGIMES[name].label, REGIMES[name].meaning)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("gap", "lost when free-running"),
        ("baseline_nearest_neighbours", "baseline: nearest neighbours"),
        ("baseline_mlp", "baseline: MLP"),
        ("a_b", "a b"),
    ],
)
def test_what_no_model_says_has_a_name_too(name: str, label: str) -> None:
    assert regime_name(name) == label


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("free_running/timing_mae_ms", "timing MAE (ms), free-running"),
        ("greedy/timing_mse_16ths", "timing MSE (16ths²), greedy"),
        ("teacher_forced/cross_entropy", "cross entropy (nats a step), teacher-forced"),
        ("greedy/velocity_kl_normal", "velocity KL normal (nats), greedy"),
        ("latent/kl_bits", "KL (bits), latent space"),
    ],
)
def test_a_figure_is_named_with_its_unit_and_its_regime(name: str, words: str) -> None:
    assert full_name(name) == words
    assert figure_name(name.partition("/")[2]) == words.partition(", ")[0]
