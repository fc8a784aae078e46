"""Each defect of a part of a training is found by the check that is there for it; unusual ones that are right pass."""

from __future__ import annotations

import pytest
from broken_parts import INTENDED, RIGHT

import gen.testing


@pytest.mark.parametrize("part", INTENDED, ids=lambda part: part.__name__)
def test_a_defect_is_found_by_its_check(part):
    report = gen.testing.check_component(part)
    assert [result.name for result in report.failures][:1] == [INTENDED[part]], str(report)


@pytest.mark.parametrize("part", RIGHT, ids=lambda part: part.__name__)
def test_what_is_unusual_and_right_passes(part):
    gen.testing.check_component(part).require()
