"""Each defect of an encoder is found by the check that is there for it, and by no other."""

from __future__ import annotations

import pytest
from broken_encoders import INTENDED, HonestEncoder

import gen.testing
from gen.testing.encoders import CHECKS

NEEDS_A_GPU = {"cuda"}


@pytest.mark.parametrize("encoder", INTENDED, ids=lambda encoder: encoder.__name__)
def test_a_defect_is_found_by_its_check_and_by_no_other(encoder):
    report = gen.testing.check_encoder(encoder)
    assert [result.name for result in report.failures] == [INTENDED[encoder]], str(report)
    assert report.failures[0].cause


def test_an_honest_encoder_passes():
    report = gen.testing.check_encoder(HonestEncoder).require()
    assert {result.name for result in report.results if result.outcome == "skipped"} <= NEEDS_A_GPU


def test_every_check_has_a_defect_to_find():
    assert {check.name for check in CHECKS} - NEEDS_A_GPU == set(INTENDED.values())
