"""The page on data sets tells the truth; that its snippets run is held by tests/docs."""

from __future__ import annotations

from pathlib import Path

import pytest

from gen_datasets import register_datasets
from gen_datasets.demo.feel import VOICE, ground_truth
from gen_datasets.demo.piece import PARTS
from gen_datasets.demo.source import Demo
from gen_datasets.folk.files import COLLECTIONS

PAGE = (Path(__file__).parents[2] / "docs" / "datasets.md").read_text(encoding="utf-8")


def test_the_page_names_every_source_that_is_registered() -> None:
    assert all(f"\n## {name}\n" in PAGE for name in register_datasets())


def test_the_page_tells_the_truth_about_the_half_time_backbeat() -> None:
    feel = ground_truth("half-time")
    assert feel.delay[VOICE["snare"], 8] == pytest.approx(0.12)
    assert feel.velocity[VOICE["snare"], 8] == 111


def test_the_page_tells_the_truth_about_the_piece_that_it_shows() -> None:
    harmony = Demo(parts="trio").piece(3).harmony
    assert f"# {harmony.key.name} {harmony.form}\n" in PAGE
    assert f"# {' | '.join(harmony.symbols.split(' | ')[:4])} | …\n" in PAGE


def test_the_page_names_every_part_and_collection() -> None:
    assert all(f"| `{name}` |" in PAGE for name in (*PARTS, *COLLECTIONS))
