"""The table of accuracies as a picture."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

import pytest
from made_results import ARMS, DEEP, FLAT, comparison

from gen.pages.picture import picture

_TEXT = "{http://www.w3.org/2000/svg}text"


def test_every_arm_has_its_numbers_and_the_papers_stand_in_italics() -> None:
    result = comparison()
    texts = list(fromstring(picture(result)).iter(_TEXT))
    said = [text.text for text in texts]
    cell = result["table"][0]["cells"][DEEP]["free_running"]

    assert set(ARMS) <= set(said)
    assert f"{cell['mean']:.3f}" in said
    assert f"{cell['low']:.3f} to {cell['high']:.3f}" in said
    italic = {text.text for text in texts if text.get("font-style") == "italic"}
    assert italic >= {"flat, in the paper", "0.812", "0.107"}
    assert "test · 1,200 steps · 1,919 examples · 214 pieces · 3 seeds an arm" in said


def test_floors_stand_beside_what_they_are_told_like() -> None:
    result = comparison()
    floors = {"baseline_constant": 0.573, "baseline_drawn_linear_code_at_248_bits": 0.735, "baseline_empty": None}
    result["baselines"] = {"figures": {name: {"step_accuracy": {"mean": mean}} for name, mean in floors.items()}}
    texts = {text.text: text for text in fromstring(picture(result)).iter(_TEXT)}
    column = {text.get("x"): head for head, text in texts.items() if head in ("free-running", "greedy")}

    assert column[texts["0.573"].get("x")] == "greedy"
    assert column[texts["0.735"].get("x")] == "free-running"
    assert "baseline: drawn linear code at 248 bits" in texts


def test_nothing_lies_outside_nor_upon_another_column() -> None:
    whole = fromstring(picture(comparison()))
    width, height = float(whole.get("width", 0)), float(whole.get("height", 0))
    texts = list(whole.iter(_TEXT))
    right = sorted({float(text.get("x", 0)) for text in texts if text.get("text-anchor") == "end"})
    longest = max(24 + 7.8 * len(name) for name in ARMS)

    assert all(0 < float(text.get("x", 0)) < width and 0 < float(text.get("y", 0)) < height for text in texts)
    assert right[0] - 148 >= longest


def test_hostile_names_are_text() -> None:
    result = comparison()
    result["title"] = "</text><script>alert(1)</script>\x00\ud800"
    result["table"][0]["cells"] = {"<svg onload=x>" * 20: result["table"][0]["cells"][FLAT]}
    whole = fromstring(picture(result))

    assert {element.tag.rpartition("}")[2] for element in whole.iter()} == {"svg", "rect", "line", "text"}
    assert float(whole.get("width", 0)) < 1200


@pytest.mark.parametrize("table", [None, [], [{}], [{"cells": {"a": None}, "paper": None}]])
def test_of_a_result_without_a_table_heads_are_left(table: object) -> None:
    assert fromstring(picture({"table": table, "examples": "many", "seeds": None})) is not None
