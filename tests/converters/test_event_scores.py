"""Scores of melodies, drums and trios against a slow second implementation that goes step by step."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import gen
from gen_converters.drums.converter import DrumsConverter
from gen_converters.melody.converter import MelodyConverter
from gen_converters.trio.converter import TrioConverter

LENGTHS = np.array([40, 20, 0, 40, 33])
QPM = np.full(5, 120.0)


def summarised(converter: gen.Converter, targets: np.ndarray, outputs: np.ndarray) -> dict[str, float]:
    columns = converter.statistics(targets, outputs, LENGTHS, QPM)
    assert all(column.shape == (5,) for column in columns.values())
    return converter.summarise({name: float(column.sum()) for name, column in columns.items()})


def ratio(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator else math.nan


def rates(tp: int, fp: int, fn: int) -> dict[str, float]:
    precision, recall = ratio(tp, tp + fp), ratio(tp, tp + fn)
    return {
        "onset_precision": precision,
        "onset_recall": recall,
        "onset_f1": ratio(2 * precision * recall, precision + recall),
    }


def melody_one_by_one(targets: np.ndarray, outputs: np.ndarray, notes: range) -> dict[str, float]:
    steps = right = tp = fp = fn = pitches = 0
    for b, length in enumerate(LENGTHS):
        for t in range(length):
            a, z = int(targets[b, t]), int(outputs[b, t])
            steps, right = steps + 1, right + (a == z)
            if a in notes and z in notes:
                tp, pitches = tp + 1, pitches + (a == z)
            elif z in notes:
                fp += 1
            elif a in notes:
                fn += 1
    return {"step_accuracy": right / steps, **rates(tp, fp, fn), "pitch_accuracy": pitches / tp}


def drums_one_by_one(targets: np.ndarray, outputs: np.ndarray, drums: int, end: int | None = None) -> dict[str, float]:
    """Over classes: the sum of 2^i of what is struck, or the end token."""
    steps = right = tp = fp = fn = 0
    for b, length in enumerate(LENGTHS):
        for t in range(length):
            a, z = int(targets[b, t]), int(outputs[b, t])
            steps, right = steps + 1, right + (a == z)
            struck = [set() if x == end else {i for i in range(drums) if x >> i & 1} for x in (a, z)]
            tp += len(struck[0] & struck[1])
            fp += len(struck[1] - struck[0])
            fn += len(struck[0] - struck[1])
    return {"step_accuracy": right / steps, **rates(tp, fp, fn)}


def drawn(classes: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Targets and outputs ``[5, 40]`` of which about half agree."""
    rng = np.random.default_rng(seed)
    likely = rng.integers(0, classes, 6)
    targets, outputs = (rng.choice([0, 1, *likely, *rng.integers(0, classes, 6)], (5, 40)) for _ in range(2))
    return targets, np.where(rng.random((5, 40)) < 0.5, targets, outputs)


@pytest.mark.parametrize("end_token", [False, True])
def test_figures_of_melodies_agree_with_a_step_by_step_count(end_token: bool) -> None:
    converter = MelodyConverter(add_end_token=end_token)
    targets, outputs = drawn(converter.output_depth, 1)
    targets[0, 39] = outputs[0, 39] = converter.output_depth - 1
    rows = np.eye(converter.output_depth)
    found = summarised(converter, rows[targets], rows[outputs])
    expected = melody_one_by_one(targets, outputs, range(2, 90))
    assert found == pytest.approx(expected)
    assert 0 < expected["pitch_accuracy"] < 1
    assert 0 < expected["onset_f1"] < 1


DRUMS: list[dict[str, Any]] = [
    {},
    {"add_end_token": True},
    {"roll_input": True, "roll_output": True, "pitch_classes": [[36], [38], [42]]},
]


@pytest.mark.parametrize("options", DRUMS, ids=str)
def test_figures_of_drums_agree_with_a_step_by_step_count(options: dict[str, Any]) -> None:
    converter = DrumsConverter(**options)
    drums = len(options.get("pitch_classes", range(9)))
    end = 2**drums if options.get("add_end_token") else None
    targets, outputs = drawn(2**drums + (end is not None), 2)
    if end is not None:
        targets[0, 39], outputs[0, 38:] = end, end
    if options.get("roll_output"):
        found = summarised(converter, *((x[..., np.newaxis] >> np.arange(drums)) & 1 for x in (targets, outputs)))
    else:
        rows = np.eye(converter.output_depth)
        found = summarised(converter, rows[targets], rows[outputs])
    assert found == pytest.approx(drums_one_by_one(targets, outputs, drums, end))
    assert 0 < found["onset_f1"] < 1


def test_a_step_with_a_false_end_is_wrong_in_a_roll_too() -> None:
    converter = DrumsConverter(roll_input=True, roll_output=True, add_end_token=True)
    targets = np.zeros((5, 40, 10))
    outputs = targets.copy()
    outputs[0, 0, 9] = 1
    assert summarised(converter, targets, outputs)["step_accuracy"] == pytest.approx(1 - 1 / LENGTHS.sum())


def test_figures_of_trios_are_those_of_each_stream() -> None:
    melody, bass, drums = drawn(90, 3), drawn(90, 4), drawn(512, 5)
    targets, outputs = (
        np.concatenate([np.eye(90)[melody[side]], np.eye(90)[bass[side]], np.eye(512)[drums[side]]], axis=2)
        for side in (0, 1)
    )
    found = summarised(TrioConverter(), targets, outputs)
    expected = {
        **{f"melody_{name}": value for name, value in melody_one_by_one(*melody, range(2, 90)).items()},
        **{f"bass_{name}": value for name, value in melody_one_by_one(*bass, range(2, 90)).items()},
        **{f"drums_{name}": value for name, value in drums_one_by_one(*drums, 9).items()},
    }
    assert found == pytest.approx(expected)
    assert len(found) == 14


def test_figures_by_hand() -> None:
    targets, outputs = np.zeros((5, 40), int), np.zeros((5, 40), int)
    targets[0, :6], outputs[0, :6] = [41, 0, 1, 43, 0, 45], [41, 0, 0, 44, 46, 0]
    outputs[1, 20:] = 60  # past the end
    found = summarised(MelodyConverter(), np.eye(90)[targets], np.eye(90)[outputs])
    assert found == pytest.approx(
        {
            "step_accuracy": 129 / 133,
            "onset_precision": 2 / 3,  # 41 and, at another pitch, 43; 46 is made up
            "onset_recall": 2 / 3,  # 45 is missed
            "onset_f1": 2 / 3,
            "pitch_accuracy": 1 / 2,
        }
    )


def test_figures_without_anything_to_judge_by_are_not_a_number() -> None:
    silence = np.eye(90)[np.zeros((5, 40), int)]
    found = summarised(MelodyConverter(), silence, silence)
    assert found.pop("step_accuracy") == 1
    assert all(math.isnan(value) for value in found.values())
