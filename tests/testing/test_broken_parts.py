"""Each defect of a part of a training is found by the check that is there for it; unusual ones that are right pass."""

from __future__ import annotations

import os

import pytest
import slips_of_parts
from broken_parts import INTENDED, RIGHT

import gen.testing


@pytest.mark.parametrize("part", INTENDED, ids=lambda part: part.__name__)
def test_a_defect_is_found_by_its_check(part):
    report = gen.testing.check_component(part)
    assert [result.name for result in report.failures][:1] == [INTENDED[part]], str(report)


@pytest.mark.parametrize("name", slips_of_parts.INTENDED)
def test_a_slip_that_nobody_had_in_mind_is_found(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # some write to where they stand, or go elsewhere
    report = gen.testing.check_component(getattr(slips_of_parts, name))
    os.chdir(tmp_path)
    assert [result.name for result in report.failures][:1] == [slips_of_parts.INTENDED[name]], str(report)


@pytest.mark.parametrize("part", RIGHT, ids=lambda part: part.__name__)
def test_what_is_unusual_and_right_passes(part):
    gen.testing.check_component(part).require()
