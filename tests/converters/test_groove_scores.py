"""Errors of grooves against a slow second implementation that goes cell by cell."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from random_grooves import OPTIONS, random_rows

from gen_converters.groove.converter import GrooveConverter


def errors(converter: GrooveConverter, columns: Any) -> dict[str, float]:
    """The figures that go cell by cell; those of distributions have tests of their own."""
    found = converter.summarise({name: column.sum(axis=0) for name, column in columns.items()})
    return {name: value for name, value in found.items() if "_kl" not in name}


def one_by_one(
    converter: GrooveConverter, targets: np.ndarray, outputs: np.ndarray, lengths: np.ndarray, qpm: np.ndarray
) -> dict[str, float]:
    """Plain loops over examples, steps and drums, over what the rows say."""
    expected, played = converter._rows.cells(targets), converter._rows.cells(outputs)
    spq = converter._steps_per_quarter
    tp = fp = fn = tn = steps = good = 0
    velocity: list[float] = []
    ms: list[float] = []
    sixteenths: list[float] = []
    for b in range(len(targets)):
        for t in range(int(lengths[b]) // converter._rows.rows_per_step):
            steps += 1
            wrong = False
            for c in range(expected.hit.shape[2]):
                a, z = expected.hit[b, t, c] > 0.5, played.hit[b, t, c] > 0.5
                tp, fp, fn, tn = tp + (a and z), fp + (z and not a), fn + (a and not z), tn + (not a and not z)
                wrong = wrong or a != z
                if a and z:
                    loud = [min(max(x.velocity[b, t, c], 0.0), 1.0) * 127 for x in (expected, played)]
                    velocity.append(abs(loud[0] - loud[1]))
                    when = [min(max(x.offset[b, t, c], -1.0), 1.0) / 2 for x in (expected, played)]
                    ms.append(abs(when[0] - when[1]) * 60_000 / qpm[b] / spq)
                    sixteenths.append(((when[0] - when[1]) / spq * 4) ** 2)
            good += not wrong
    precision, recall = tp / (tp + fp), tp / (tp + fn)
    return {
        "hit_precision": precision,
        "hit_recall": recall,
        "hit_f1": 2 * precision * recall / (precision + recall),
        "hit_accuracy": (tp + tn) / (tp + tn + fp + fn),
        "step_accuracy": good / steps,
        "velocity_mae": sum(velocity) / len(velocity),
        "timing_mae_ms": sum(ms) / len(ms),
        "timing_mse_16ths": sum(sixteenths) / len(sixteenths),
    }


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_figures_agree_with_a_cell_by_cell_count(options: dict[str, Any]) -> None:
    rng = np.random.default_rng(7)
    converter = GrooveConverter(**options, mode="train")
    targets, outputs = (random_rows(converter, options, rng) for _ in range(2))
    outputs[0] = targets[0]  # something to get right
    rows = targets.shape[1]
    lengths = np.array([rows, rows // 2, 0, rows, 3 * rows // 4])
    qpm = np.array([60.0, 90.0, 120.0, 97.5, 200.0])
    columns = converter.statistics(targets, outputs, lengths, qpm)
    assert all(len(column) == 5 for column in columns.values())
    found = errors(converter, columns)
    expected = one_by_one(converter, targets, outputs, lengths, qpm)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert value > 0
        assert found[name] == pytest.approx(value, rel=1e-9), name


def test_figures_by_hand() -> None:
    targets, outputs = np.zeros((1, 16, 27)), np.zeros((1, 16, 27))
    targets[0, 0, [0, 9, 18]] = 1, 1.0, 0.2
    outputs[0, 0, [0, 9, 18]] = 0.9, 0.5, -0.2  # found, half as loud, 0.2 steps later
    targets[0, 4, 1] = 1  # missed
    outputs[0, 8, 2] = 1  # made up
    converter = GrooveConverter(mode="train")
    columns = converter.statistics(targets, outputs, np.array([16]), np.array([60.0]))
    found = errors(converter, columns)
    assert found == pytest.approx(
        {
            "hit_precision": 0.5,
            "hit_recall": 0.5,
            "hit_f1": 0.5,
            "hit_accuracy": 142 / 144,
            "step_accuracy": 14 / 16,
            "velocity_mae": 63.5,
            "timing_mae_ms": 50.0,  # 0.2 of a step of 250 ms
            "timing_mse_16ths": 0.04,
        }
    )


def test_a_perfect_copy_scores_perfectly_and_steps_past_the_end_do_not_count() -> None:
    rng = np.random.default_rng(3)
    converter = GrooveConverter(mode="train")
    targets = random_rows(converter, {}, rng)
    outputs = targets.copy()
    outputs[:, 10:, :9] = 1 - outputs[:, 10:, :9]
    columns = converter.statistics(targets, outputs, np.full(5, 10), np.full(5, 120.0))
    found = converter.summarise({name: column.sum(axis=0) for name, column in columns.items()})
    assert found["hit_f1"] == found["step_accuracy"] == 1
    assert found["velocity_mae"] == found["timing_mae_ms"] == found["timing_mse_16ths"] == 0


def test_figures_without_anything_to_judge_by_are_not_a_number() -> None:
    converter = GrooveConverter(mode="train")
    silence = np.zeros((2, 16, 27))
    columns = converter.statistics(silence, silence, np.full(2, 16), np.full(2, 120.0))
    found = converter.summarise({name: column.sum(axis=0) for name, column in columns.items()})
    assert found["hit_accuracy"] == found["step_accuracy"] == 1
    assert all(math.isnan(found[name]) for name in ("hit_precision", "hit_recall", "hit_f1", "velocity_mae"))
