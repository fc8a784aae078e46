"""Baselines of humanisation, against slow second implementations and on data with a rule."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gen
from gen_converters.groove.converter import GrooveConverter
from gen_converters.groove.humanisation import linear, neighbours
from gen_converters.groove.humanisation.performances import Performances, split_off
from gen_converters.melody.converter import MelodyConverter

NAMES = ["quantised", "linear", "nearest_neighbours", "mlp"]
# Two drums and four steps a window, so that cells are few.
SMALL: dict[str, Any] = {
    "split_bars": 1,
    "steps_per_quarter": 2,
    "quarters_per_bar": 2,
    "pitch_classes": [[36], [38]],
    "humanize": True,
    "mode": "train",
}
STEPS, DRUMS = 4, 2
CELLS = STEPS * DRUMS


def scores(count: int, rng: np.random.Generator) -> np.ndarray:
    """``[N, T, C]``."""
    return (rng.random((count, STEPS, DRUMS)) < 0.5).astype(np.float32)


def by_a_linear_rule(hit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Velocity and offset, each a linear function of the other drum at the same step and the same drum a step later."""
    other, later = hit[..., ::-1], np.roll(hit, -1, axis=1)
    return 0.3 + 0.3 * other + 0.2 * later, 0.4 * other - 0.3 * later


def by_a_rule_that_is_not_linear(hit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whether exactly one of the other drum now and the same drum later is hit."""
    either = np.abs(hit[..., ::-1] - np.roll(hit, -1, axis=1))
    return 0.2 + 0.6 * either, either - 0.5


def rows(hit: np.ndarray, velocity: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """Rows ``[N, T, 3 C]``."""
    return np.concatenate([hit, velocity * hit, offset * hit], axis=2).astype(np.float32)


def fitted(
    outputs: np.ndarray, *, seed: int = 0, lengths: np.ndarray | None = None, **options: Any
) -> dict[str, gen.interfaces.Predictor]:
    converter = GrooveConverter(**SMALL | options)
    lengths = np.full(len(outputs), outputs.shape[1]) if lengths is None else lengths
    return dict(converter.baselines(outputs, outputs, None, lengths, rng=np.random.default_rng(seed)))


def score_rows(hit: np.ndarray) -> np.ndarray:
    """What an encoder hears of a score."""
    return rows(hit, np.zeros_like(hit), np.zeros_like(hit))


def error(predictor: gen.interfaces.Predictor, hit: np.ndarray, played: tuple[np.ndarray, np.ndarray]) -> float:
    """Root mean square over hits, of velocity and offset together."""
    said = predictor(score_rows(hit), None)
    return float(np.sqrt(((said - rows(hit, *played)) ** 2).sum() / hit.sum()))


def performances(count: int, rng: np.random.Generator) -> Performances:
    """Clips played by chance, ``n`` cells."""
    hit = scores(count, rng).reshape(count, CELLS)
    return Performances(hit, (rng.random((count, CELLS, 2)) * hit[..., None]).astype(np.float32), DRUMS)


@pytest.fixture(scope="module")
def linear_rule() -> dict[str, gen.interfaces.Predictor]:
    hit = scores(2000, np.random.default_rng(1))
    return fitted(rows(hit, *by_a_linear_rule(hit)))


@pytest.fixture(scope="module")
def other_rule() -> dict[str, gen.interfaces.Predictor]:
    hit = scores(2000, np.random.default_rng(1))
    return fitted(rows(hit, *by_a_rule_that_is_not_linear(hit)))


@pytest.mark.parametrize("name", NAMES)
def test_every_baseline_keeps_the_hits_and_plays_nothing_else(
    name: str, other_rule: dict[str, gen.interfaces.Predictor]
) -> None:
    assert list(other_rule) == NAMES
    hit = scores(300, np.random.default_rng(2))
    said = other_rule[name](score_rows(hit), None)
    assert said.dtype == np.float32
    assert np.array_equal(said[..., :DRUMS], hit)
    for values, low in ((said[..., DRUMS : 2 * DRUMS], 0.0), (said[..., 2 * DRUMS :], -1.0)):
        assert (values[hit == 0] == 0).all()
        assert values.min() >= low
        assert values.max() <= 1


def test_the_quantised_baseline_is_on_time_and_as_loud_as_hits_are_on_the_average() -> None:
    hit = np.zeros((3, STEPS, DRUMS), np.float32)
    hit[0, 0, 0] = hit[0, 2, 1] = hit[1, 1, 1] = 1
    velocity = np.zeros_like(hit)
    velocity[0, 0, 0], velocity[0, 2, 1], velocity[1, 1, 1] = 0.2, 0.3, 1.0
    said = fitted(rows(hit, velocity, np.full_like(hit, 0.7)))["quantised"](score_rows(hit), None)
    assert said[..., DRUMS : 2 * DRUMS][hit == 1] == pytest.approx(0.5)
    assert not said[..., 2 * DRUMS :].any()


def test_linear_regression_recovers_a_linear_rule(linear_rule: dict[str, gen.interfaces.Predictor]) -> None:
    hit = scores(200, np.random.default_rng(3))
    assert error(linear_rule["linear"], hit, by_a_linear_rule(hit)) < 1e-3
    assert error(linear_rule["quantised"], hit, by_a_linear_rule(hit)) > 0.3


def test_linear_regression_agrees_with_least_squares_cell_by_cell() -> None:
    known, asked = performances(60, np.random.default_rng(4)), scores(20, np.random.default_rng(5)).reshape(20, CELLS)
    said = linear.fit(known, 3.0)(asked)
    for cell in range(CELLS):
        of_drum = [known.played[b, c] for b, c in np.argwhere(known.hit) if c % DRUMS == cell % DRUMS]
        mean = np.mean(np.asarray(of_drum, np.float64), axis=0)
        clips = [b for b in range(60) if known.hit[b, cell]]
        x = [[*known.hit[b], 1.0] for b in clips]
        y = [known.played[b, cell] - mean for b in clips]
        x += (np.sqrt(3.0) * np.eye(CELLS + 1)).tolist()  # the ridge, as clips of its own
        y += [np.zeros(2)] * (CELLS + 1)
        weights = np.linalg.lstsq(np.array(x), np.array(y), rcond=None)[0]
        expected = np.array([[*score, 1.0] for score in asked]) @ weights + mean
        assert np.allclose(said[:, cell], expected, atol=1e-4)


def test_neighbours_agree_with_a_search_clip_by_clip() -> None:
    known, asked = performances(40, np.random.default_rng(6)), scores(20, np.random.default_rng(7)).reshape(20, CELLS)
    said = neighbours.fit(known, 3)(asked)
    for b, score in enumerate(asked):
        ranked = sorted((sum(score[c] != known.hit[i, c] for c in range(CELLS)), i) for i in range(40))[:3]
        same = [pair for pair in ranked if pair[0] == 0]
        for cell in range(CELLS):
            pairs = [(1 / distance if distance else 1.0, i) for distance, i in (same or ranked) if known.hit[i, cell]]
            if pairs:
                expected = sum(w * known.played[i, cell] for w, i in pairs) / sum(w for w, _ in pairs)
                assert np.allclose(said[b, cell], expected, atol=1e-4)
            elif score[cell] and not same:  # the other cells mean nothing
                assert np.allclose(said[b, cell], known.drum_means[cell], atol=1e-6)


def test_the_nearest_neighbour_of_a_training_clip_is_itself() -> None:
    every = np.arange(2**CELLS)[:, np.newaxis] >> np.arange(CELLS) & 1  # each score once
    hit = every.reshape(-1, STEPS, DRUMS).astype(np.float32)
    rng = np.random.default_rng(8)
    outputs = rows(hit, rng.random(hit.shape), rng.uniform(-1, 1, hit.shape))
    said = fitted(outputs)["nearest_neighbours"](score_rows(hit), None)
    assert np.allclose(said, outputs, atol=1e-4)


@pytest.mark.parametrize(("kind", "values"), [(linear, linear.RIDGES), (neighbours, neighbours.COUNTS)])
def test_the_setting_is_the_one_that_does_best_on_held_out_clips(kind: Any, values: tuple[float, ...]) -> None:
    known = performances(200, np.random.default_rng(9))
    rest, held = split_off(known, np.random.default_rng(12))
    errors = []
    for value in values:
        said = kind.fit(rest, value)(held.hit)
        errors.append(sum(((said[b, c] - held.played[b, c]) ** 2).sum() for b, c in np.argwhere(held.hit)))
    best = values[int(np.argmin(errors))]
    assert best != values[0]  # clips played by chance are best played by many neighbours, or by none
    assert kind.choose(known, np.random.default_rng(12)) == best


def test_the_perceptron_learns_what_no_linear_rule_can_say(other_rule: dict[str, gen.interfaces.Predictor]) -> None:
    hit = scores(200, np.random.default_rng(13))
    errors = {name: error(other_rule[name], hit, by_a_rule_that_is_not_linear(hit)) for name in NAMES}
    assert errors["mlp"] < 0.1 < 0.3 < min(errors["linear"], errors["quantised"])


def test_held_out_clips_are_a_tenth_in_whole_stretches() -> None:
    known = performances(1000, np.random.default_rng(14))
    rest, held = split_off(known, np.random.default_rng(15))
    assert len(rest) + len(held) == 1000
    assert len(held) == 100
    taken = [i for i in range(1000) if any(np.array_equal(known.played[i], clip) for clip in held.played)]
    assert sum(a + 1 != b for a, b in pairwise(taken)) < 5


def test_the_same_generator_gives_the_same_predictors_and_another_gives_others() -> None:
    rng = np.random.default_rng(16)
    hit = scores(100, rng)
    outputs = rows(hit, rng.random(hit.shape), rng.uniform(-1, 1, hit.shape))
    first, same, other = (fitted(outputs, seed=seed) for seed in (1, 1, 2))
    asked = score_rows(scores(20, rng))
    for name in NAMES:
        assert np.array_equal(first[name](asked, None), same[name](asked, None)), name
    assert not np.array_equal(first["mlp"](asked, None), other["mlp"](asked, None))


def test_steps_past_the_end_of_a_clip_teach_nothing() -> None:
    hit = np.ones((10, STEPS, DRUMS), np.float32)
    velocity = np.full_like(hit, 0.25)
    velocity[:, 2:] = 1.0
    said = fitted(rows(hit, velocity, np.zeros_like(hit)), lengths=np.full(10, 2))
    for name in ("quantised", "linear", "nearest_neighbours"):
        assert np.allclose(said[name](score_rows(hit), None)[:, :, DRUMS : 2 * DRUMS], 0.25, atol=1e-6), name


@pytest.mark.parametrize("count", [1, 2, 12])
@pytest.mark.parametrize("density", [0.0, 1.0])
def test_the_fewest_examples_are_enough(count: int, density: float) -> None:
    hit = np.full((count, STEPS, DRUMS), density, np.float32)
    asked = scores(5, np.random.default_rng(17))
    for name, predictor in fitted(rows(hit, 0.4 * hit, 0.2 * hit)).items():
        said = predictor(score_rows(asked), None)
        assert np.isfinite(said).all(), name
        assert np.array_equal(said[..., :DRUMS], asked), name


@pytest.mark.parametrize(
    "options",
    [
        {"split_instruments": True},
        {"num_velocity_bins": 16, "num_offset_bins": 17},
        {"split_instruments": True, "num_velocity_bins": 16, "num_offset_bins": 17},
    ],
    ids=str,
)
def test_predictions_are_rows_of_the_converters_own_layout(options: dict[str, Any]) -> None:
    converter = GrooveConverter(**SMALL | options)
    hit = scores(400, np.random.default_rng(18))
    velocity, offset = by_a_linear_rule(hit)
    matrix = np.stack([hit, velocity * hit, offset * hit], axis=2).reshape(-1, 3, DRUMS)
    outputs = converter._rows.rows(matrix).dense().reshape(400, -1, converter.output_depth)
    lengths = np.full(400, outputs.shape[1])
    matrix[:, 1:] = 0
    inputs = converter._rows.rows(matrix).dense().reshape(outputs.shape)
    predictors = converter.baselines(inputs, outputs, None, lengths, rng=np.random.default_rng(0))
    assert list(predictors) == NAMES
    for name, predictor in predictors.items():
        said = predictor(inputs, None)
        columns = converter.statistics(outputs, said, lengths, np.full(400, 120.0))
        figures = converter.summarise({key: column.sum(axis=0) for key, column in columns.items()})
        assert figures["hit_f1"] == 1, name
        assert figures["velocity_mae"] < (20 if name == "quantised" else 8), name


def test_hits_in_controls_are_what_is_played_whatever_the_inputs_say() -> None:
    converter = GrooveConverter(**SMALL | {"humanize": False, "hits_as_controls": True})
    hit = scores(200, np.random.default_rng(19))
    outputs = rows(hit, *by_a_linear_rule(hit))
    lengths = np.full(200, STEPS)
    predictors = converter.baselines(outputs, outputs, hit, lengths, rng=np.random.default_rng(0))
    asked = scores(50, np.random.default_rng(20))
    for name, predictor in predictors.items():
        said = predictor(outputs[:50], asked)
        assert np.array_equal(said[..., :DRUMS], asked), name
        assert np.array_equal(said, predictor(np.zeros_like(outputs[:50]), asked)), name
    with pytest.raises(ValueError, match="controls is None"):
        predictors["quantised"](outputs, None)


@pytest.mark.parametrize(
    ("options", "has_baselines"),
    [
        ({}, True),
        ({"fixed_velocities": True}, True),
        ({"humanize": False, "hits_as_controls": True}, True),
        ({"humanize": False}, False),
        ({"humanize": False, "fixed_velocities": True}, False),
        ({"add_instruments": [1]}, False),
        ({"add_instruments": [1], "hits_as_controls": True}, True),
        ({"max_note_dropout_probability": 0.5}, False),
        ({"max_note_dropout_probability": 0.5, "mode": "eval"}, False),
        ({"split_bars": None}, False),
        ({"tapify": True, "pitch_classes": "roland", "steps_per_quarter": 1}, False),
    ],
    ids=str,
)
def test_only_humanisation_of_windows_has_baselines(options: dict[str, Any], has_baselines: bool) -> None:
    converter = GrooveConverter(**SMALL | options)
    assert isinstance(converter, gen.interfaces.Baselined)
    outputs = np.zeros((3, converter.steps or STEPS, converter.output_depth), np.float32)
    controls = outputs[..., : converter.control_depth] if converter.control_depth else None
    found = converter.baselines(outputs, outputs, controls, np.full(3, outputs.shape[1]), rng=np.random.default_rng(0))
    assert list(found) == (NAMES if has_baselines else [])


def test_a_converter_without_the_method_has_no_baselines() -> None:
    assert not isinstance(MelodyConverter(), gen.interfaces.Baselined)


@pytest.mark.slow
def test_quantised_real_grooves_have_the_papers_timing_errors(groove_zip: Path, tmp_path: Path) -> None:
    recipe = gen.load_recipe("groovae_2bar_humanize")
    prepared = gen.prepare(recipe, path=str(groove_zip), store=tmp_path)
    converter, test = gen.build_converter(recipe, mode="eval"), prepared.require("test")
    quantised = test.outputs.copy()
    quantised[..., 9:] = 0
    columns = converter.statistics(test.outputs, quantised, test.lengths, test.qpm)
    figures = converter.summarise({name: column.sum(axis=0) for name, column in columns.items()})
    assert figures["timing_mae_ms"] == pytest.approx(22.6, abs=0.1)  # Gillick et al. 2019: 22.6 and 0.041
    assert figures["timing_mse_16ths"] == pytest.approx(0.041, abs=0.001)
