"""Floors against slow second implementations, and against data whose components are known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gen.evaluation.floors.fit import _tell_all
from gen.evaluation.floors.linear import LinearCode
from gen.evaluation.floors.reading import Reader, columns_of
from gen.evaluation.floors.simple import Nearest, constant, constant_by_position, previous_bar
from gen.interfaces import Flags, Floats, OneHot


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def gaussian(rng: np.random.Generator, n: int, variances: list[float], width: int) -> tuple[np.ndarray, np.ndarray]:
    """Examples ``[n, width]`` of exactly these variances along known directions, and the directions ``[width, K]``."""
    directions, _ = np.linalg.qr(rng.standard_normal((width, len(variances))))
    scores = rng.standard_normal((n, len(variances)))
    scores -= scores.mean(axis=0)
    uncorrelated, _ = np.linalg.qr(scores)  # columns of unit length, orthogonal, and of mean 0
    scores = uncorrelated * np.sqrt(n) * np.sqrt(variances)
    return (scores @ directions.T + 3.0).astype(np.float32), directions


def test_the_components_of_known_data_are_found(rng):
    data, directions = gaussian(rng, 500, [9.0, 4.0, 1.0], 12)
    found = LinearCode.of(data).components

    assert found.variances[:3].tolist() == pytest.approx([9.0, 4.0, 1.0], rel=1e-4)
    assert np.abs(found.directions[:, :3].numpy().T @ directions) == pytest.approx(np.eye(3), abs=1e-3)


def test_wide_data_give_the_same_code_by_the_randomised_decomposition(rng, monkeypatch):
    data, _ = gaussian(rng, 400, [9.0, 4.0, 1.0, 0.25], 60)
    exact = LinearCode.of(data).say(data, 4.0)
    monkeypatch.setattr("gen.evaluation.floors.linear._MOST", 6)

    assert LinearCode.of(data).say(data, 4.0) == pytest.approx(exact, abs=1e-3)


@pytest.mark.parametrize("few", [0, 400])
def test_codes_of_few_wide_examples_are_those_of_the_covariance(few, rng, monkeypatch):
    monkeypatch.setattr("gen.evaluation.floors.linear._FEW", few)  # 0: the randomised decomposition
    monkeypatch.setattr("gen.evaluation.floors.linear._COLUMNS", 7)
    data, _ = gaussian(rng, 40, [9.0, 4.0, 1.0, 0.25], 90)
    data += rng.standard_normal((40, 90)).astype(np.float32) * 0.01
    code = LinearCode.of(data)
    away = data - data.mean(axis=0)
    variances, directions = np.linalg.eigh(away.T.astype(float) @ away / len(data))  # slowly, the least first

    assert code.components.variances[:4].tolist() == pytest.approx(variances[:-5:-1].tolist(), rel=1e-4)
    told = 1 - 0.5 / variances[:-4:-1]  # half is left of each of the three that have more
    bits = 0.5 * np.log2(variances[:-4:-1] / 0.5).sum()
    slow = away @ directions[:, :-4:-1] * told @ directions[:, :-4:-1].T + data.mean(axis=0)
    assert code.say(data, bits) == pytest.approx(slow, abs=2e-3)


def test_errors_are_as_computed_by_hand(rng):
    data, _ = gaussian(rng, 2000, [16.0, 4.0, 1.0], 8)
    code = LinearCode.of(data)
    # a water level of 1: ½ log2 16 + ½ log2 4 + 0 = 3 bits; the shares that are told are 1 - 1/16, 1 - 1/4 and nothing
    assert code.components.shares(3.0)[:3].tolist() == pytest.approx([15 / 16, 3 / 4, 0.0], abs=1e-3)
    # of the mean each told component is shrunk, so it is off by its own share of 1/w; the third isn't told: off by 1
    off = ((code.say(data, 3.0) - data) ** 2).sum(axis=1).mean()
    assert off == pytest.approx(1 / 16 + 1 / 4 + 1.0, rel=1e-2)
    drawn = ((code.say(data, 3.0, rng) - data) ** 2).sum(axis=1).mean()
    assert drawn == pytest.approx(1 / 16 + 1 / 4 + 1.0 + (1 - 1 / 16) + (1 - 1 / 4), rel=5e-2)


@pytest.mark.parametrize("bits", [0.5, 3.0, 12.5, 40.0])
def test_the_code_spends_what_its_posteriors_cost(bits, rng):
    data, _ = gaussian(rng, 3000, [30.0, 12.0, 5.0, 2.0, 0.5], 10)
    found = LinearCode.of(data).components
    shares, variances = found.shares(bits).double().numpy(), found.variances.double().numpy()
    told = shares > 0
    means = (data - found.centre.numpy()) @ found.directions.numpy()[:, told] * shares[told]
    variance = (variances * (1 - shares) * shares)[told]
    # KL to a normal prior of the aggregate's variance, averaged over examples
    prior = (variances * shares)[told]
    kl = 0.5 * (variance / prior + means**2 / prior - 1 - np.log(variance / prior)).sum(axis=1).mean()

    assert kl / math.log(2) == pytest.approx(bits, rel=1e-3)


def test_no_bits_say_the_centre_and_many_say_everything(rng):
    data, _ = gaussian(rng, 300, [9.0, 1.0], 6)
    code = LinearCode.of(data)

    assert code.say(data, 0.0) == pytest.approx(np.broadcast_to(data.mean(axis=0), data.shape), abs=1e-3)
    assert code.say(data, 60.0) == pytest.approx(data, abs=1e-3)


def test_data_without_any_variance_are_said_as_they_are():
    data = np.full((5, 4), 2.0, np.float32)
    assert LinearCode.of(data).say(data, 10.0) == pytest.approx(data)


def test_the_nearest_example_is_the_one_that_a_loop_finds(rng):
    seen = rng.standard_normal((40, 5, 3)).astype(np.float32)
    asked = rng.standard_normal((700, 5, 3)).astype(np.float32)
    slow = [int(np.argmin([((one - other) ** 2).sum() for other in seen])) for one in asked]
    nearest = Nearest(seen)

    assert nearest.find(asked).tolist() == slow
    assert nearest.find(seen).tolist() == list(range(40))
    assert nearest.bits == pytest.approx(math.log2(40))


FIELDS = (OneHot(3), Flags(2), Floats(1))
ROWS = np.array(  # two examples of two steps: a class of three, two flags, a real number
    [
        [[1, 0, 0, 1, 0, 0.5], [0, 1, 0, 0, 0, 0.1]],
        [[1, 0, 0, 1, 1, 0.7], [1, 0, 0, 0, 0, 0.3]],
    ],
    np.float32,
)


def test_the_constant_says_the_likeliest_of_every_column():
    said = constant(FIELDS, ROWS)
    assert said[0, 0] == pytest.approx([1, 0, 0, 0, 0, 0.4])  # the first flag is set in exactly half: not likelier
    assert said.shape == (1, 2, 6)


def test_the_constant_by_position_says_the_likeliest_row_of_every_step():
    said = constant_by_position(FIELDS, ROWS)
    assert said[0, 0, :3].tolist() == [1, 0, 0]
    assert said[0, 0, 3] == 1
    assert said[0, 1, 3:5].tolist() == [0, 0]
    assert said[0, :, 5] == pytest.approx([0.6, 0.2])


def test_the_previous_bar_is_the_true_one_before():
    targets = np.arange(12, dtype=np.float32).reshape(1, 6, 2)
    first = np.full((1, 6, 2), -1.0, np.float32)
    said = previous_bar(targets, first, 2)

    assert said[0, :2].tolist() == [[-1, -1], [-1, -1]]
    assert said[0, 2:].tolist() == targets[0, :4].tolist()


def test_estimates_are_read_by_what_their_columns_mean():
    estimates = np.array([[[0.2, 0.5, 0.3, 0.6, 0.4, 9.0]]], np.float32)
    assert Reader.of(FIELDS, ROWS).read(estimates)[0, 0] == pytest.approx([0, 1, 0, 1, 0, 0.7])


def test_the_threshold_of_flags_is_the_one_with_the_best_f1(rng):
    true = (rng.random((50, 8, 4)) < 0.2).astype(np.float32)
    estimates = np.clip(true * 0.3 + rng.random(true.shape) * 0.3, 0, 1).astype(np.float32)  # all hits are above 0.3
    reader = Reader.of((Flags(4),), true, estimates)

    def f1(threshold: float) -> float:
        said = estimates > threshold
        right = (said & (true > 0.5)).sum()
        return float(2 * right / (said.sum() + true.sum()))

    assert f1(reader.thresholds[0]) == max(f1(at) for at in np.arange(0.1, 0.91, 0.025))


def test_the_columns_of_fields_lie_side_by_side():
    assert [(field.width, at.start, at.stop) for field, at in columns_of(FIELDS)] == [(3, 0, 3), (2, 3, 5), (1, 5, 6)]


def test_a_code_needs_inputs_that_tell_what_is_to_be_said():
    outputs = np.array([[[1, 0, 0.5], [0, 1, 0.25], [1, 0, 0.5]]], np.float32)
    assert _tell_all(outputs, outputs)
    assert _tell_all(outputs[..., :2] * 2, outputs)  # another way of writing the same
    assert not _tell_all(np.zeros_like(outputs), outputs)
