"""Each defect is found by the check that is there for it, and by no other."""

from __future__ import annotations

import pytest
from broken_decoders import INTENDED
from honest_decoder import HonestDecoder

import gen.testing
from gen.testing.decoders import CHECKS
from gen_decoders.flat import FlatDecoder

NEEDS_A_GPU = {"cuda"}


def options_of(decoder: type) -> dict[str, object]:
    """FlatDecoder's own widths would take long."""
    return {"sizes": [8]} if issubclass(decoder, FlatDecoder) else {}


@pytest.mark.parametrize("decoder", INTENDED, ids=lambda decoder: decoder.__name__)
def test_a_defect_is_found_by_its_check_and_by_no_other(decoder):
    report = gen.testing.check_decoder(decoder, **options_of(decoder))
    assert [result.name for result in report.failures] == [INTENDED[decoder]], str(report)
    assert report.failures[0].cause


def test_an_honest_decoder_passes():
    report = gen.testing.check_decoder(HonestDecoder).require()
    skipped = {result.name for result in report.results if result.outcome == "skipped"}
    assert skipped <= {"stepwise", "segments", "cuda"}


def test_every_check_has_a_defect_to_find():
    assert {check.name for check in CHECKS} - NEEDS_A_GPU == set(INTENDED.values())
