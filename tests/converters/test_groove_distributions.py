"""KL of the timing and loudness of grooves against a slow second implementation that goes hit by hit."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_grooves import OPTIONS, random_rows

from gen_converters.groove.converter import GrooveConverter
from gen_converters.groove.distributions import histogram_kl, normal_kl

COLUMNS = {
    f"{quantity}{kind}_{side}": size
    for quantity, bins in (("timing", 25), ("velocity", 32))
    for kind, size in (("", bins), ("_moments", 3))
    for side in ("real", "played")
}
FIGURES = ("timing_kl", "velocity_kl", "timing_kl_normal", "velocity_kl_normal")


def summarised(converter: GrooveConverter, columns: Any) -> dict[str, float]:
    return converter.summarise({name: column.sum(axis=0) for name, column in columns.items()})


def hits_by_position(converter: GrooveConverter, rows: np.ndarray, lengths: np.ndarray) -> dict[int, list[Any]]:
    """Steps late and velocity (0 to 1) of every hit, by a plain loop."""
    cells = converter._rows.cells(rows)
    found: dict[int, list[Any]] = {}
    for b in range(len(rows)):
        for t in range(int(lengths[b]) // converter._rows.rows_per_step):
            for c in range(cells.hit.shape[2]):
                if cells.hit[b, t, c] > 0.5:
                    late = -min(max(cells.offset[b, t, c], -1.0), 1.0) / 2
                    velocity = min(max(cells.velocity[b, t, c], 0.0), 1.0)
                    found.setdefault(t % converter._steps_per_quarter, []).append((late, velocity))
    return found


def shares(bins: list[int], count: int) -> list[float]:
    counted = Counter(bins)
    return [0.99 * counted[bin] / len(bins) + 0.01 / count for bin in range(count)]


def divergence(p: list[float], q: list[float]) -> float:
    return sum(a * math.log(a / b) for a, b in zip(p, q, strict=True))


def normal_divergence(a: list[float], b: list[float]) -> float:
    (p, s), (q, r) = ((sum(x) / len(x), math.sqrt(sum((v - sum(x) / len(x)) ** 2 for v in x) / len(x))) for x in (a, b))
    return math.log(r / s) + (s**2 + (p - q) ** 2) / (2 * r**2) - 0.5


def hit_by_hit(
    converter: GrooveConverter, targets: np.ndarray, outputs: np.ndarray, lengths: np.ndarray
) -> dict[str, float]:
    real, played = (hits_by_position(converter, rows, lengths) for rows in (targets, outputs))
    found: dict[str, list[float]] = {name: [] for name in FIGURES}
    for position in real.keys() & played.keys():
        late = [[hit[0] for hit in side[position]] for side in (real, played)]
        loud = [[hit[1] for hit in side[position]] for side in (real, played)]
        timing = [shares([min(int((x + 0.5) // 0.04), 24) for x in side], 25) for side in late]
        velocity = [shares([round(127 * x) // 4 for x in side], 32) for side in loud]
        found["timing_kl"].append(divergence(*timing))
        found["velocity_kl"].append(divergence(*velocity))
        found["timing_kl_normal"].append(normal_divergence(*late))
        found["velocity_kl_normal"].append(normal_divergence(*loud))
    return {name: sum(values) / len(values) for name, values in found.items()}


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_figures_agree_with_a_hit_by_hit_count(options: dict[str, Any]) -> None:
    rng = np.random.default_rng(11)
    converter = GrooveConverter(**options, mode="train")
    targets, outputs = (random_rows(converter, options, rng) for _ in range(2))
    rows = targets.shape[1]
    lengths = np.array([rows, rows // 2, 0, rows, 3 * rows // 4])
    columns = converter.statistics(targets, outputs, lengths, np.full(5, 120.0))
    positions = options.get("steps_per_quarter", 4)
    for name, size in COLUMNS.items():
        assert columns[name].shape == (5, positions, size), name
        assert columns[name].dtype == np.float64
    found = summarised(converter, columns)
    for name, value in hit_by_hit(converter, targets, outputs, lengths).items():
        assert value > 0
        assert found[name] == pytest.approx(value, rel=1e-9), name


def test_a_hit_counts_at_its_position_within_the_beat_and_in_its_bin() -> None:
    converter = GrooveConverter(mode="train")
    targets = np.zeros((1, 16, 27))
    targets[0, 6, [2, 11, 20]] = 1, 100 / 127, -0.5  # the closed hi-hat, a quarter of a step late
    targets[0, 15, [0, 9, 18]] = 1, 1.0, 1.0  # the kick, as loud and as early as can be
    columns = converter.statistics(targets, np.zeros_like(targets), np.array([16]), np.array([120.0]))
    assert np.argwhere(columns["timing_real"]).tolist() == [[0, 2, 18], [0, 3, 0]]
    assert np.argwhere(columns["velocity_real"]).tolist() == [[0, 2, 25], [0, 3, 31]]
    assert columns["timing_moments_real"][0, 2] == pytest.approx([1, 0.25, 0.0625])
    assert columns["velocity_moments_real"][0, 3].tolist() == [1, 1, 1]
    assert not any(columns[name].any() for name in COLUMNS if name.endswith("played"))


def test_figures_by_hand() -> None:
    real, played = np.array([[3.0, 1.0], [5.0, 5.0]]), np.array([[1.0, 1.0], [2.0, 2.0]])
    p = 0.99 * 0.75 + 0.005
    assert histogram_kl(real, played) == pytest.approx((p * math.log(2 * p) + (1 - p) * math.log(2 - 2 * p)) / 2)
    # means 1 and 0, standard deviations 1 and 2
    assert normal_kl(np.array([[2.0, 2.0, 4.0]]), np.array([[2.0, 0.0, 8.0]])) == pytest.approx(
        math.log(2) + 2 / 8 - 1 / 2
    )


def test_a_quantised_groove_is_as_far_away_as_can_be_and_no_normal_distribution() -> None:
    rng = np.random.default_rng(5)
    converter = GrooveConverter(mode="train")
    targets = random_rows(converter, {}, rng)
    quantised = targets.copy()
    quantised[..., 9:18], quantised[..., 18:] = 0.557, 0.0
    columns = converter.statistics(targets, quantised, np.full(5, 20), np.full(5, 120.0))
    found = summarised(converter, columns)
    assert 2 < found["timing_kl"] < math.log(2500)
    assert 2 < found["velocity_kl"] < math.log(3200)
    assert math.isnan(found["timing_kl_normal"])
    assert math.isnan(found["velocity_kl_normal"])


@st.composite
def counts_by_chance(draw: st.DrawFn) -> np.ndarray:
    """``[4, 25]``, with anything from no hit at all to some in every bin."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    filled = rng.random((4, 25)) < draw(st.sampled_from([0.0, 0.01, 0.1, 1.0]))
    return (rng.integers(0, 50, (4, 25)) * filled).astype(np.float64)


COUNTS = counts_by_chance()


@settings(deadline=None)
@given(real=COUNTS, played=COUNTS)
def test_kl_is_never_negative_and_is_finite_or_not_a_number(real: np.ndarray, played: np.ndarray) -> None:
    found = histogram_kl(real, played)
    if (real.any(axis=1) & played.any(axis=1)).any():
        assert 0 <= found <= math.log(2500)
    else:
        assert math.isnan(found)


@settings(deadline=None)
@given(counts=COUNTS.filter(lambda counts: counts.any()), factor=st.integers(1, 1000))
def test_kl_of_equal_shares_is_nothing_however_many_hits_there_are(counts: np.ndarray, factor: int) -> None:
    assert histogram_kl(counts, factor * counts) == pytest.approx(0, abs=1e-12)


@settings(deadline=None)
@given(
    values=st.lists(st.floats(-0.5, 0.5), min_size=2, max_size=30),
    others=st.lists(st.floats(-0.5, 0.5), min_size=2, max_size=30),
)
def test_kl_of_normal_distributions_is_never_negative(values: list[float], others: list[float]) -> None:
    moments = [np.array([[len(x), sum(x), sum(v * v for v in x)]]) for x in (values, others)]
    found = normal_kl(*moments)
    assert math.isnan(found) or found >= 0
    same = normal_kl(moments[0], moments[0])
    assert math.isnan(same) or same == pytest.approx(0, abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), cut=st.integers(1, 4))
def test_columns_of_parts_add_up_to_the_whole(seed: int, cut: int) -> None:
    rng = np.random.default_rng(seed)
    converter = GrooveConverter(mode="train")
    targets, outputs = (random_rows(converter, {}, rng) for _ in range(2))
    lengths, qpm = rng.integers(0, 21, 5), rng.uniform(60, 200, 5)
    whole = converter.statistics(targets, outputs, lengths, qpm)
    parts = [
        converter.statistics(targets[some], outputs[some], lengths[some], qpm[some])
        for some in (slice(0, cut), slice(cut, 5))
    ]
    for name, column in whole.items():
        assert np.allclose(sum(part[name].sum(axis=0) for part in parts), column.sum(axis=0), rtol=0, atol=1e-9), name


def test_a_copy_is_distributed_as_its_original_and_silence_is_not_a_number() -> None:
    rng = np.random.default_rng(3)
    converter = GrooveConverter(mode="train")
    targets = random_rows(converter, {}, rng)
    for outputs, expected in ((targets, 0.0), (np.zeros_like(targets), math.nan)):
        found = summarised(converter, converter.statistics(targets, outputs, np.full(5, 20), np.full(5, 120.0)))
        for name in FIGURES:
            assert found[name] == pytest.approx(expected, abs=1e-9, nan_ok=True), name


def test_sums_over_no_examples_may_be_plain_zeros() -> None:
    converter = GrooveConverter(mode="train")
    silence = np.zeros((1, 16, 27))
    columns = converter.statistics(silence, silence, np.array([16]), np.array([120.0]))
    found = converter.summarise(dict.fromkeys(columns, 0.0))
    assert all(math.isnan(found[name]) for name in FIGURES)
